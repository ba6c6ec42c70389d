with tariffs as (

    select * from {{ ref('int_bpr__role_tariffs') }}

),

final as (

    select
        role,
        valid_from,
        {{ add_days('valid_to', -1) }} as valid_to,
        hour_uzs as hourly_tariff_uzs,
        price_source,
        persons,
        is_current,
        'F' as conf_status
    from tariffs

)

select * from final
