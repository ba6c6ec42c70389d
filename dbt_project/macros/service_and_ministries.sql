{# Rows of a relation for the service as a whole (`UZ`) and once more for the ministry of each. #}
{% macro service_and_ministries(relation) -%}
    select
        'UZ' as org_unit_id,
        {{ relation }}.*
    from {{ relation }}

    union all

    select
        ministry_id as org_unit_id,
        {{ relation }}.*
    from {{ relation }}
    where ministry_id is not null
{%- endmacro %}
