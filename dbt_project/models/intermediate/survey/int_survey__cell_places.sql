with leaves as (

    select * from {{ ref('int_survey__cells') }}

),

closure as (

    select * from {{ ref('int_org__closure') }}
    where is_greatest

),

{{ placed_by_wave() }},

{{ broken_down() }},

final as (

    select
        cell_no,
        instrument_id,
        instrument_version,
        wave_id,
        period_end,
        frame_month,
        org_view,
        ancestor_id as org_unit_id,
        dimension_1,
        category_1
    from broken_down
    where category_1 <> 'unknown'

)

select * from final
