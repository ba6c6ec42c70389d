{# Common table expressions that end with `placed`: the rows of the expression `leaves`, each with
   all units above it (`ancestor_id`, and UZ) in both views of the structure of the wave's month; of
   the nearest month known where the wave lies outside. The model gives `leaves` and `closure`. #}
{% macro placed_by_wave() -%}
    waves as (

        select * from {{ ref('int_survey__waves') }}

    ),

    months as (

        select
            min(period_start) as first_month,
            max(period_start) as last_month
        from {{ ref('int_org__months') }}

    ),

    dated as (

        select
            leaves.*,
            waves.period_end,
            waves.frame_month,
            greatest(least(waves.frame_month, months.last_month), months.first_month) as tree_month
        from leaves
        inner join waves
            on
                leaves.instrument_id = waves.instrument_id
                and leaves.wave_id = waves.wave_id
        cross join months

    ),

    views as (

        select 'as_was' as org_view
        union all
        select 'as_is' as org_view

    ),

    placed as (

        select
            dated.*,
            closure.org_view,
            closure.ancestor_id
        from dated
        inner join closure
            on
                dated.tree_month = closure.period_start
                and dated.org_unit_id = closure.org_unit_id

        union all

        select
            dated.*,
            views.org_view,
            'UZ' as ancestor_id
        from dated
        cross join views

    )
{%- endmacro %}
