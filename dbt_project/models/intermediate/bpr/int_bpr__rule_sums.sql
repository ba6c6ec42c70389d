with checks as (

    select * from {{ ref('int_bpr__rule_checks') }}

),

cases as (

    select
        org_unit_id,
        case_number
    from {{ ref('int_bpr__cases_by_org') }}

),

-- rule `all`: cases that break at least one
final as (

    select
        checks.process_id,
        cases.org_unit_id,
        coalesce(checks.rule_id, 'all') as rule_id,
        count(distinct checks.case_number) as cases_checked,
        count(distinct case when checks.is_kept then null else checks.case_number end)
            as cases_broken
    from checks
    inner join cases on checks.case_number = cases.case_number
    group by grouping sets (
        (checks.process_id, cases.org_unit_id),
        (checks.process_id, cases.org_unit_id, checks.rule_id)
    )

)

select * from final
