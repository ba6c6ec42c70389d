{#
    Each row of `placed` once for all and once in its category of each breakdown; a category is 'unknown' where
    it was not stated. The model reads `placed` before it (see `placed_by_wave`).
#}
{% macro broken_down() -%}
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
        cross join {{ ref('survey_breakdowns') }} as breakdowns

    )
{%- endmacro %}
