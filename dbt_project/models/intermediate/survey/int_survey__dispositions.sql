with invitations as (

    select * from {{ ref('stg_survey__invitations') }}

),

frozen as (

    select * from {{ ref('int_survey__frozen_persons') }}

),

counts as (

    select
        cells.*,
        counted.complete,
        counted.partial,
        counted.broken_off
    from {{ ref('int_survey__cells') }} as cells
    inner join {{ ref('int_survey__cell_counts') }} as counted on cells.cell_no = counted.cell_no

),

listed as (

    select
        instrument_id,
        wave_id,
        'invited_list' as frame_basis,
        max(frozen_on) as frozen_on,
        org_unit_id,
        sex,
        position_group,
        count(*) as invited,
        count(*) filter (where outcome = 'ineligible') as ineligible,
        count(*) filter (where outcome = 'complete') as complete,
        count(*) filter (where outcome = 'partial') as partial,
        count(*) filter (where outcome = 'refused') as refused,
        count(*) filter (where outcome = 'non_contact') as non_contact,
        count(*) filter (where outcome = 'other') as other
    from invitations
    group by
        instrument_id,
        wave_id,
        org_unit_id,
        sex,
        position_group

),

invited as (

    select
        instrument_id,
        wave_id,
        'frozen_extract' as frame_basis,
        frozen_on,
        org_unit_id,
        sex,
        position_group,
        invited,
        ineligible,
        0 as complete,
        0 as partial,
        0 as refused,
        0 as non_contact,
        0 as other
    from frozen

),

frozen_waves as (

    select
        instrument_id,
        wave_id,
        max(frozen_on) as frozen_on
    from frozen
    group by
        instrument_id,
        wave_id

),

-- answers count for the list that was frozen for their wave; they name their unit themselves
answered as (

    select
        counts.instrument_id,
        counts.wave_id,
        'frozen_extract' as frame_basis,
        waves.frozen_on,
        counts.org_unit_id,
        counts.sex,
        counts.position_group,
        0 as invited,
        0 as ineligible,
        counts.complete,
        counts.partial,
        counts.broken_off as refused,
        0 as non_contact,
        0 as other
    from counts
    inner join frozen_waves as waves
        on
            counts.instrument_id = waves.instrument_id
            and counts.wave_id = waves.wave_id

),

final as (

    select * from listed
    union all
    select * from invited
    union all
    select * from answered

)

select * from final
