with sums as (

    select * from {{ ref('int_survey__disposition_sums') }}

),

waves as (

    select * from {{ ref('int_survey__waves') }}

),

-- who is left of the list, nobody knows what became of
settled as (

    select
        sums.*,
        waves.period_start,
        waves.period_end,
        sums.complete + sums.partial as n,
        sums.complete + sums.partial + sums.refused + sums.non_contact + sums.other as known,
        greatest(
            sums.invited - sums.ineligible - sums.complete - sums.partial - sums.refused
            - sums.non_contact - sums.other,
            0
        ) as unknown
    from sums
    inner join waves
        on
            sums.instrument_id = waves.instrument_id
            and sums.wave_id = waves.wave_id

),

-- of a list taken from the personnel file it is known who still belonged to it
judged as (

    select
        *,
        case
            when frame_basis = 'frozen_extract' then 1
            else known * 1.0 / nullif(known + ineligible, 0)
        end as eligible_share
    from settled

),

final as (

    select
        instrument_id,
        wave_id,
        org_unit_id,
        org_view,
        'wave' as period_kind,
        period_start,
        period_end,
        dimension_1,
        category_1,
        frame_basis,
        frozen_on,
        n,
        invited,
        ineligible,
        complete,
        partial,
        refused,
        non_contact,
        other,
        cast(unknown as bigint) as unknown,
        cast(eligible_share as double) as eligible_share,
        cast(complete * 1.0 / nullif(known + unknown, 0) as double) as rr1,
        cast(n * 1.0 / nullif(known + unknown, 0) as double) as rr2,
        cast(complete * 1.0 / nullif(known + eligible_share * unknown, 0) as double) as rr3,
        cast(n * 1.0 / nullif(known + eligible_share * unknown, 0) as double) as rr4,
        cast(complete * 1.0 / nullif(known, 0) as double) as rr5,
        cast(n * 1.0 / nullif(known, 0) as double) as rr6,
        cast(complete * 1.0 / nullif(n + refused + other, 0) as double) as coop1,
        cast(refused * 1.0 / nullif(known + unknown, 0) as double) as ref1,
        cast((known - non_contact) * 1.0 / nullif(known + unknown, 0) as double) as con1,
        'A' as obs_status,
        'F' as conf_status
    from judged

)

select * from final
