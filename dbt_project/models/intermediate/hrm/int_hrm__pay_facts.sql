with paid as (

    select
        *,
        'unknown' as age_band,
        'unknown' as tenure_band,
        'unknown' as contract_type,
        'unknown' as education_level
    from {{ ref('int_hrm__paid_months') }}

),

final as (

    {{ facts('paid', {
        'gross_pay': 'sum(gross_pay)',
        'variable_pay': 'sum(variable_pay)',
        'paid_person_days': 'sum(days)',
    }) }}

)

select * from final
