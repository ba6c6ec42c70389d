{% set lines = [
    'opening', 'hires', 'transfers_in', 'moves_in', 'exits', 'transfers_out', 'moves_out', 'unexplained',
    'closing',
] %}

with flows as (

    select * from {{ ref('int_hrm__flows') }}

),

final as (

    select
        org_unit_id,
        org_view,
        'month' as period_kind,
        period_start,
        period_end,
        {% for line in lines -%}
            cast({{ line }} as double) as {{ line }},
        {% endfor -%}
        case
            when is_provisional then 'P'
            when is_start_estimated or is_end_estimated then 'E'
            when is_break then 'B'
            else 'A'
        end as obs_status,
        'F' as conf_status
    from flows
    where
        is_reported
        and (is_valid or opening + closing + hires + moves_in + moves_out + exits > 0)

)

select * from final
