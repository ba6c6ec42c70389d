{# A wide table of `hrm_indicators`: values of `indicators` side by side, of all staff or of each
   category of a breakdown. `base` is the indicator that gives n and status; `parts` is a dict of
   what stands before the values: name -> [indicator, column]. #}
{% macro side_by_side(indicators, base, parts={}, breakdown='all') -%}
    {% set columns = dict(parts) %}
    {% for name in indicators %}{% do columns.update({name: [name, 'value']}) %}{% endfor %}
    {% set wanted = columns.values() | map(attribute=0) | unique | sort %}
    {% set key = ['org_unit_id', 'org_view', 'period_kind', 'period_start', 'period_end'] %}
with figures as (

    select *
    from {{ ref('hrm_indicators') }}
    where
        dimension_1 = '{{ breakdown }}'
        and dimension_2 = 'all'
        and indicator_id in ('{{ wanted | join("', '") }}')

),

final as (

    select
        {{ key | join(', ') }},
        {% if breakdown != 'all' -%}
    category_1 as {{ breakdown }},
        {% endif -%}
    {% for name, (indicator, column) in columns.items() -%}
    max({{ column }}) filter (where indicator_id = '{{ indicator }}') as {{ name }},
        {% endfor -%}
    max(n) filter (where indicator_id = '{{ base }}') as n,
        {{ status_of_row(base) }} as obs_status,
        'F' as conf_status
    from figures
    group by {{ key | join(', ') }}{{ ', category_1' if breakdown != 'all' }}

)

select * from final
{%- endmacro %}


{# Status of a row of several figures: that of its base, but estimated where one of them is. #}
{% macro status_of_row(base) -%}
    case
        when
            max(case when obs_status = 'E' then 1 else 0 end) = 1
            and coalesce(max(obs_status) filter (where indicator_id = '{{ base }}'), 'O')
            in ('A', 'B', 'O')
            then 'E'
        else coalesce(max(obs_status) filter (where indicator_id = '{{ base }}'), 'O')
    end
{%- endmacro %}
