with responses as (

    select * from {{ ref('int_survey__valid_responses') }}
    where instrument_id = 'workload'

),

answers as (

    select * from {{ ref('stg_survey__answers') }}
    where
        repeat_group = 'task'
        and choice = 'value'

),

final as (

    select
        responses.source,
        responses.response_key,
        responses.instrument_id,
        responses.wave_id,
        responses.org_unit_id,
        answers.repeat_position,
        max(answers.answer) filter (where answers.item_id = 't01_function') as task_function,
        max(answers.answer_number) filter (where answers.item_id = 't02_volume') as month_volume,
        max(answers.answer_number) filter (where answers.item_id = 't03_minutes') as task_min
    from responses
    inner join answers
        on
            responses.source = answers.source
            and responses.response_key = answers.response_key
    group by
        responses.source,
        responses.response_key,
        responses.instrument_id,
        responses.wave_id,
        responses.org_unit_id,
        answers.repeat_position

)

select * from final
