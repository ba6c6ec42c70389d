with checks as (

    select * from {{ ref('int_bpr__rule_checks') }}

),

-- a case that breaks at least one rule breaks `all`
cases as (

    select
        process_id,
        ministry_id,
        case_number,
        min(case when is_kept then 1 else 0 end) = 1 as is_kept
    from checks
    group by
        process_id,
        ministry_id,
        case_number

),

counted as (

    select
        process_id,
        ministry_id,
        rule_id,
        count(*) as cases_checked,
        count(*) filter (where not is_kept) as cases_broken
    from checks
    group by
        process_id,
        ministry_id,
        rule_id

    union all

    select
        process_id,
        ministry_id,
        'all' as rule_id,
        count(*) as cases_checked,
        count(*) filter (where not is_kept) as cases_broken
    from cases
    group by
        process_id,
        ministry_id

),

placed as (

    {{ service_and_ministries('counted') }}

),

final as (

    select
        process_id,
        org_unit_id,
        rule_id,
        cast(sum(cases_checked) as bigint) as cases_checked,
        cast(sum(cases_broken) as bigint) as cases_broken
    from placed
    group by
        process_id,
        org_unit_id,
        rule_id

)

select * from final
