{# Events of persons with the person as on `day`: unit, sex, bands, post, contract, education;
   'unknown' outside service.
   `relation` has person_key, ministry_id, given_unit_id and day; `columns` are kept. #}
{% macro as_on_day(relation, columns) -%}
    select
        'all' as scope,
        {% for column in columns -%}
    event.{{ column }},
        {% endfor -%}
        event.person_key,
        event.ministry_id,
        event.day,
        coalesce(spells.org_unit_id, event.given_unit_id, event.ministry_id) as org_unit_id,
        spells.person_key is not null as is_serving,
        coalesce(spells.sex, 'unknown') as sex,
        {{ age_band(months_of_age('spells.birth_month', 'event.day')) }} as age_band,
        {{ tenure_band(days_since('spells.civil_service_start_date', 'event.day')) }} as tenure_band,
        coalesce(versions.position_group, 'unknown') as position_group,
        coalesce(versions.position_category, 'unknown') as position_category,
        coalesce(versions.is_managerial, false) as is_managerial,
        coalesce(spells.contract_type, 'unknown') as contract_type,
        coalesce(spells.education_level, 'unknown') as education_level
    from {{ relation }} as event
    left join {{ ref('int_hrm__spells') }} as spells
        on
            event.person_key = spells.person_key
            and event.ministry_id = spells.ministry_id
            and spells.scope <> 'service'
            and event.day >= spells.valid_from
            and event.day <= spells.valid_to
    left join {{ ref('int_hrm__post_versions') }} as versions
        on
            spells.ministry_id = versions.ministry_id
            and spells.position_id = versions.position_id
            and event.day >= versions.valid_from
            and event.day <= versions.valid_to
{%- endmacro %}

{# The ministry of a row: that of its unit, else that of its sender. #}
{% macro ministry_of(relation) -%}
    left join {{ ref('int_org__unit_ministries') }} as units on {{ relation }}.org_unit_id = units.org_unit_id
    left join {{ ref('int_org__source_ministries') }} as senders on {{ relation }}.source = senders.source
{%- endmacro %}

{# The breakdowns that a fact carries. #}
{% macro fact_dimensions() -%}
    {{ return([
        'sex', 'age_band', 'tenure_band', 'position_group', 'position_category', 'contract_type',
        'education_level',
    ]) }}
{%- endmacro %}

{# The same, as columns of a relation. #}
{% macro fact_columns(relation) -%}
    {% for dimension in fact_dimensions() -%}
        {{ relation }}.{{ dimension }}{{ ',' if not loop.last }}
    {% endfor %}
{%- endmacro %}

{# Facts of int_hrm__facts from a relation with scope, period_start, org_unit_id and the breakdowns.
   `measures` is a dict name -> aggregate SQL; null and 0 are left out later. #}
{% macro facts(relation, measures, where='true') -%}
    select
        measure.measure_id,
        summed.scope,
        summed.period_start,
        summed.org_unit_id,
        {{ fact_columns('summed') }},
        case measure.measure_id
            {% for name in measures -%}
        when '{{ name }}' then summed.{{ name }}
    {% endfor -%}
            else null
        end as amount
    from (
        select
            scope,
            period_start,
            org_unit_id,
            {{ fact_dimensions() | join(', ') }},
            {% for name, aggregate in measures.items() -%}
        cast({{ aggregate }} as decimal(28, 6)) as {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
        from {{ relation }}
        where {{ where }}
        group by
            scope,
            period_start,
            org_unit_id,
            {{ fact_dimensions() | join(', ') }}
    ) as summed
    cross join (
        {% for name in measures -%}
        select '{{ name }}' as measure_id{{ ' union all' if not loop.last }}
    {% endfor %}
    ) as measure
{%- endmacro %}
