{# The columns that identify a question of an instrument. #}
{% macro item_key(relation) -%}
    {{ relation }}.instrument_id, {{ relation }}.instrument_version, {{ relation }}.item_id
{%- endmacro %}
