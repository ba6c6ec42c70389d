with tariffs as (

    select * from {{ ref('int_bpr__role_tariffs') }}

),

contributions as (

    select article_status from {{ ref('parameters') }}
    where parameter = 'employer_contribution_share'

),

-- a price out of the payroll holds the social tax, a price of the list is set by nobody's act
final as (

    select
        tariffs.role,
        tariffs.valid_from,
        {{ add_days('tariffs.valid_to', -1) }} as valid_to,
        tariffs.hour_uzs as hourly_tariff_uzs,
        tariffs.price_source,
        case
            when tariffs.price_source = 'pay' then contributions.article_status
            else 'internal'
        end as article_status,
        tariffs.persons,
        tariffs.is_current,
        'F' as conf_status
    from tariffs
    cross join contributions

)

select * from final
