with places as (

    select * from {{ ref('int_survey__cell_places') }}

),

cells as (

    select * from {{ ref('int_survey__cells') }}

),

counts as (

    select * from {{ ref('int_survey__cell_counts') }}

),

waves as (

    select * from {{ ref('int_survey__waves') }}

),

sums as (

    select
        places.instrument_id,
        places.instrument_version,
        places.wave_id,
        places.org_view,
        places.org_unit_id,
        cast(sum(cells.responses) as bigint) as n,
        cast(sum(counts.complete) as bigint) as complete,
        cast(sum(counts.partial) as bigint) as partial,
        cast(sum(counts.broken_off) as bigint) as broken_off,
        cast(sum(counts.screened) as bigint) as screened,
        cast(sum(counts.straight_lined) as bigint) as straight_lined,
        cast(sum(counts.long_strings) as bigint) as long_strings,
        cast(sum(counts.timed) as bigint) as timed,
        cast(sum(counts.sped) as bigint) as sped
    from places
    inner join cells on places.cell_no = cells.cell_no
    inner join counts on places.cell_no = counts.cell_no
    where places.dimension_1 = 'all'
    group by
        places.instrument_id,
        places.instrument_version,
        places.wave_id,
        places.org_view,
        places.org_unit_id

),

final as (

    select
        sums.instrument_id,
        sums.instrument_version,
        sums.wave_id,
        sums.org_unit_id,
        sums.org_view,
        'wave' as period_kind,
        waves.period_start,
        waves.period_end,
        sums.n,
        sums.complete,
        sums.partial,
        sums.broken_off,
        sums.screened,
        sums.straight_lined,
        sums.long_strings,
        sums.timed,
        sums.sped,
        cast(sums.straight_lined * 1.0 / nullif(sums.screened, 0) as double)
            as straight_lined_share,
        cast(sums.long_strings * 1.0 / nullif(sums.screened, 0) as double) as long_strings_share,
        cast(sums.sped * 1.0 / nullif(sums.timed, 0) as double) as sped_share,
        'A' as obs_status,
        -- one or two persons are too few to speak of
        case
            when
                sums.partial in (1, 2)
                or sums.broken_off in (1, 2)
                or sums.straight_lined in (1, 2)
                or sums.long_strings in (1, 2)
                or sums.sped in (1, 2)
                then 'C'
            else 'F'
        end as conf_status
    from sums
    inner join waves
        on
            sums.instrument_id = waves.instrument_id
            and sums.wave_id = waves.wave_id

)

select * from final
