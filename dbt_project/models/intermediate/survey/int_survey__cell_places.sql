with leaves as (

    select * from {{ ref('int_survey__cells') }}

),

closure as (

    select * from {{ ref('int_org__closure') }}
    where is_greatest

),

breakdowns as (

    select * from {{ ref('survey_breakdowns') }}

),

{{ placed_by_wave() }},

final as (

    select
        placed.cell_no,
        placed.instrument_id,
        placed.instrument_version,
        placed.wave_id,
        placed.period_end,
        placed.frame_month,
        placed.org_view,
        placed.ancestor_id as org_unit_id,
        breakdowns.dimension_1,
        case breakdowns.dimension_1
            when 'sex' then placed.sex
            when 'position_group' then placed.position_group
            else 'all'
        end as category_1
    from placed
    cross join breakdowns

)

select * from final
where category_1 <> 'unknown'
