{% set questions = [
    'b06_annual_cases', 'b08_open_cases', 'b09_overdue_cases', 'c01_lead_p50', 'c02_lead_p10',
    'c03_lead_p90', 'c04_return_pct', 'c06_error_pct', 'c07_late_pct', 'c08_docs_required',
    'c09_docs_already_held', 'c10_applicant_minutes', 'c11_applicant_cost_uzs',
    'e01_hours_total', 'e02_hours_process', 'e03_cases_month', 'e04_staff_unit', 'f01_design',
    'f02_performers',
    'f03_owner', 'f04_infrastructure', 'f05_metrics', 'g01_impact', 'g02_feasibility',
] %}

with responses as (

    select *
    from {{ ref('int_survey__valid_responses') }}
    where
        instrument_id = 'bpr'
        and process_id is not null

),

waves as (

    select * from {{ ref('int_survey__waves') }}

),

answers as (

    select *
    from {{ ref('stg_survey__answers') }}
    where
        repeat_group = 'none'
        and choice = 'value'

),

final as (

    select
        responses.response_key,
        responses.source,
        responses.process_id,
        responses.ministry_id,
        waves.period_start,
        waves.period_end,
        max(answers.answer) filter (where answers.item_id = 'a04_role') as respondent_role,
    {% for question in questions -%}
        max(answers.answer_number) filter (
            where answers.item_id = '{{ question }}'
        ) as {{ question }}{{ ',' if not loop.last }}
    {% endfor %}
    from responses
    inner join answers
        on
            responses.response_key = answers.response_key
            and responses.source = answers.source
    inner join waves
        on
            responses.instrument_id = waves.instrument_id
            and responses.wave_id = waves.wave_id
    group by
        responses.response_key,
        responses.source,
        responses.process_id,
        responses.ministry_id,
        waves.period_start,
        waves.period_end

)

select * from final
