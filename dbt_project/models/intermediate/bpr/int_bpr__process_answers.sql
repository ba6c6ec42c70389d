{% set questions = [
    'c01_lead_p50', 'c02_lead_p10', 'c03_lead_p90', 'c04_return_pct', 'c07_late_pct',
] %}

with responses as (

    select *
    from {{ ref('stg_survey__responses') }}
    where
        is_approved
        and process_id is not null

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
        responses.submitted_at,
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
    where responses.instrument_id = 'bpr'
    group by
        responses.response_key,
        responses.source,
        responses.process_id,
        responses.ministry_id,
        responses.submitted_at

)

select * from final
