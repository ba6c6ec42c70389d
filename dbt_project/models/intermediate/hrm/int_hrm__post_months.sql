with spells as (

    select * from {{ ref('int_hrm__post_spells') }}

),

months as (

    select * from {{ ref('int_org__months') }}

),

final as (

    select
        'all' as scope,
        months.period_start,
        spells.org_unit_id,
        spells.position_group,
        spells.position_category,
        spells.is_managerial,
        spells.is_acted,
        spells.approved_fte,
        spells.filled_fte,
        -- an overfilled post does not hide the vacancy of another
        greatest(spells.approved_fte - spells.filled_fte, 0) as vacant_fte,
        greatest(spells.filled_fte - spells.approved_fte, 0) as overfilled_fte,
        spells.filled_fte < spells.approved_fte as is_vacant,
        {{ days_between('spells.vacated_on', 'months.period_end') }} as vacant_days
    from spells
    inner join months
        on
            spells.valid_from <= months.period_end
            and spells.valid_to >= months.period_end

)

select * from final
