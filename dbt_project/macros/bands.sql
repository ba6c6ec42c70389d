{# Bands of age and tenure; their names stand in seeds/codes. #}
{% macro age_band(months) -%}
    case
        when {{ months }} is null then 'unknown'
        when {{ months }} < 360 then 'u30'
        when {{ months }} < 480 then '30_39'
        when {{ months }} < 600 then '40_49'
        when {{ months }} < 660 then '50_54'
        when {{ months }} < 720 then '55_59'
        else '60p'
    end
{%- endmacro %}

{% macro tenure_band(days) -%}
    case
        when {{ days }} is null then 'unknown'
        when {{ days }} < 365 then 'u1'
        when {{ days }} < 1096 then '1_2'
        when {{ days }} < 1826 then '3_4'
        when {{ days }} < 3652 then '5_9'
        when {{ days }} < 7305 then '10_19'
        else '20p'
    end
{%- endmacro %}

{# Completed months from the first day of the month of birth to a day. #}
{% macro months_of_age(birth_month, day) -%}
    ({{ month_number(day) }} - {{ month_number(birth_month) }})
{%- endmacro %}

{# Days from one day to a later one; null where it is not earlier. #}
{% macro days_since(start, day) -%}
    case
        when {{ start }} <= {{ day }} then {{ days_between(start, day) }}
        else null
    end
{%- endmacro %}

{# A relation with scope, period_start and org_unit_id, at each unit that holds its units and at the
   service. #}
{% macro placed(relation, where='true') -%}
    select
        closure.org_view,
        closure.ancestor_id,
        leaf.*
    from {{ relation }} as leaf
    inner join {{ ref('int_org__closure') }} as closure
        on
            leaf.period_start = closure.period_start
            and leaf.org_unit_id = closure.org_unit_id
    where
        leaf.scope <> 'service'
        and closure.is_greatest
        and {{ where }}

    union all

    select
        views.org_view,
        'UZ' as ancestor_id,
        leaf.*
    from {{ relation }} as leaf
    cross join (
        select 'as_was' as org_view
        union all
        select 'as_is' as org_view
    ) as views
    where
        leaf.scope <> 'ministry'
        and {{ where }}
{%- endmacro %}

{# The same for figures, by number of the place: where one view stands for both, it alone is
   worked out. #}
{% macro placed_once(relation) -%}
    select
        places.scope_id,
        leaf.*
    from {{ relation }} as leaf
    inner join (
        select
            scopes.scope_id,
            closure.period_start,
            closure.org_unit_id
        from {{ ref('int_org__closure') }} as closure
        inner join {{ ref('int_org__scopes') }} as scopes
            on
                closure.org_view = scopes.org_view
                and closure.ancestor_id = scopes.org_unit_id
        where closure.is_greatest
    ) as places
        on
            leaf.period_start = places.period_start
            and leaf.org_unit_id = places.org_unit_id
    where leaf.scope <> 'service'

    union all

    select
        scopes.scope_id,
        leaf.*
    from {{ relation }} as leaf
    cross join {{ ref('int_org__scopes') }} as scopes
    where
        leaf.scope <> 'ministry'
        and scopes.org_unit_id = 'UZ'
{%- endmacro %}
