with sanctions as (

    select * from {{ ref('int_hrm__sanctions') }}

),

final as (

    select
        'persons_sanctioned' as measure_id,
        sanctions.scope,
        sanctions.person_key,
        sanctions.period_start,
        sanctions.org_unit_id,
        {{ fact_columns('sanctions') }}
    from sanctions

)

select * from final
