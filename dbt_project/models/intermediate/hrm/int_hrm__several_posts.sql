with assignments as (

    select * from {{ ref('int_hrm__assignments') }}

),

months as (

    select *
    from {{ ref('int_org__months') }}
    where is_reported

),

-- most persons have one post all their life
holders as (

    select person_key
    from assignments
    group by person_key
    having count(*) > 1

),

final as (

    select
        months.period_start,
        assignments.person_key
    from assignments
    inner join holders on assignments.person_key = holders.person_key
    inner join months
        on
            assignments.start_date <= months.period_end
            and assignments.end_date >= months.period_end
    group by
        months.period_start,
        assignments.person_key
    having
        count(distinct coalesce(assignments.ministry_id, '') || '/' || assignments.position_id) > 1

)

select * from final
