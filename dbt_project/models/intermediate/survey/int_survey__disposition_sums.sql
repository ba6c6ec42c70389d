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

{{ placed_by_wave() }},

{{ broken_down() }},

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
