-- options of the whole process: reasons of return, what stands in the way
with respondents as (

    select * from {{ ref('int_bpr__process_answers') }}

),

chosen as (

    select
        respondents.process_id,
        respondents.ministry_id,
        respondents.period_start,
        respondents.period_end,
        respondents.response_key,
        answers.item_id,
        answers.choice,
        case when answers.answer = '1' then 1 else 0 end as is_chosen
    from respondents
    inner join {{ ref('stg_survey__answers') }} as answers
        on
            respondents.response_key = answers.response_key
            and respondents.source = answers.source
    where
        answers.item_id in ('c05_return_reasons', 'g03_barriers')
        and answers.choice <> 'value'
        and answers.answer is not null

),

placed as (

    {{ service_and_ministries('chosen') }}

),

final as (

    select
        process_id,
        org_unit_id,
        period_start,
        period_end,
        item_id,
        choice,
        cast(sum(is_chosen) as double) as mentions,
        count(distinct response_key) as n
    from placed
    group by
        process_id,
        org_unit_id,
        period_start,
        period_end,
        item_id,
        choice

)

select * from final
