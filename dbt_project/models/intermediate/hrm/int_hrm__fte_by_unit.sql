with assignments as (

    select * from {{ ref('int_hrm__assignments') }}

),

months as (

    select * from {{ ref('int_org__months') }}

),

final as (

    select
        months.period_start,
        assignments.org_unit_id,
        assignments.sex,
        sum(
            case
                when
                    assignments.long_leave_start <= months.period_end
                    and assignments.long_leave_end >= months.period_end
                    then 0
                else cast(assignments.fte as decimal(9, 4))
            end
        ) as fte_end
    from assignments
    inner join months
        on
            assignments.start_date <= months.period_end
            and assignments.end_date >= months.period_end
    group by
        months.period_start,
        assignments.org_unit_id,
        assignments.sex

)

select * from final
