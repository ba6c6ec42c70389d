with places as (

    select distinct
        instrument_id,
        instrument_version,
        wave_id,
        period_end,
        frame_month,
        org_view,
        org_unit_id,
        dimension_1,
        category_1
    from {{ ref('int_survey__cell_places') }}

),

headcounts as (

    select * from {{ ref('int_survey__headcounts') }}

),

final as (

    select
        places.instrument_id,
        places.instrument_version,
        places.wave_id,
        places.period_end,
        places.org_view,
        places.org_unit_id,
        places.dimension_1,
        places.category_1,
        headcounts.headcount as frame_n
    from places
    left join headcounts
        on
            places.org_view = headcounts.org_view
            and places.org_unit_id = headcounts.org_unit_id
            and places.dimension_1 = headcounts.dimension_1
            and places.category_1 = headcounts.category_1
            and places.frame_month = headcounts.period_start

)

select * from final
