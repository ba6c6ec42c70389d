{% set outcomes = [
    'invited', 'ineligible', 'complete', 'partial', 'refused', 'non_contact', 'other',
] %}

with leaves as (

    select * from {{ ref('int_survey__dispositions') }}

),

closure as (

    select * from {{ ref('int_org__closure') }}
    where is_greatest

),

breakdowns as (

    select * from {{ ref('survey_breakdowns') }}

),

{{ placed_by_wave() }},

broken_down as (

    select
        placed.*,
        breakdowns.dimension_1,
        case breakdowns.dimension_1
            when 'sex' then placed.sex
            when 'position_group' then placed.position_group
            else 'all'
        end as category_1
    from placed
    cross join breakdowns

),

final as (

    select
        instrument_id,
        wave_id,
        frame_basis,
        org_view,
        ancestor_id as org_unit_id,
        dimension_1,
        category_1,
        max(frozen_on) as frozen_on,
    {% for outcome in outcomes -%}
        cast(sum({{ outcome }}) as bigint) as {{ outcome }}{{ ',' if not loop.last }}
    {% endfor %}
    from broken_down
    where category_1 <> 'unknown'
    group by
        instrument_id,
        wave_id,
        frame_basis,
        org_view,
        ancestor_id,
        dimension_1,
        category_1

)

select * from final
