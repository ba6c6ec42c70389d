with source as (

    select * from {{ source('lake', 'pay') }}

),

final as (

    select
        -- keys
        _source as source,
        person_key,
        month,
        pay_kind,
        org_unit_id,
        position_id,
        coalesce(paid_month, month) as paid_month,
        -- work paid
        fte,
        paid_days,
        -- amounts of the month
        currency,
        base_pay,
        coalesce(rank_supplement, 0) as rank_supplement,
        coalesce(tenure_supplement, 0) as tenure_supplement,
        coalesce(allowances, 0) as allowances,
        coalesce(bonus, 0) as bonus,
        coalesce(deductions, 0) as deductions,
        base_pay
        + coalesce(rank_supplement, 0)
        + coalesce(tenure_supplement, 0)
        + coalesce(allowances, 0)
        + coalesce(bonus, 0) as gross_pay,
        coalesce(allowances, 0) + coalesce(bonus, 0) as variable_pay
    from source

)

select * from final
