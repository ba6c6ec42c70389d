with sums as (

    select *
    from {{ ref('int_hrm__sums_by_org') }}
    where sex = 'all'

),

moves as (

    select * from {{ ref('int_hrm__moves_by_org') }}

),

flows as (

    select
        sums.org_unit_id,
        sums.org_view,
        sums.period_start,
        sums.period_end,
        sums.is_reported,
        sums.is_valid,
        sums.is_provisional,
        sums.is_break,
        coalesce(cast(lag(sums.headcount_end) over (
            partition by sums.org_view, sums.org_unit_id
            order by sums.period_start
        ) as bigint), 0) as opening,
        cast(sums.hires_new as bigint) as hires,
        cast(sums.transfers_in as bigint) as transfers_in,
        coalesce(moves.moves_in, 0) as moves_in,
        cast(sums.service_exits as bigint) as exits,
        cast(sums.transfers_out as bigint) as transfers_out,
        coalesce(moves.moves_out, 0) as moves_out,
        cast(sums.headcount_end as bigint) as closing
    from sums
    left join moves
        on
            sums.org_view = moves.org_view
            and sums.org_unit_id = moves.org_unit_id
            and sums.period_start = moves.period_start

),

final as (

    select
        org_unit_id,
        org_view,
        'month' as period_kind,
        period_start,
        period_end,
        opening,
        hires,
        transfers_in,
        moves_in,
        exits,
        transfers_out,
        moves_out,
        closing - (
            opening + hires + transfers_in + moves_in - exits - transfers_out - moves_out
        ) as unexplained,
        closing,
        case
            when is_provisional then 'P'
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
