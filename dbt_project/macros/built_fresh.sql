{#
    Every build writes a new file, so no name has to be swapped and nothing stands in the way; of dbt's own
    steps for a table that readers hold open none is needed here. What a person builds over an older file is dropped first.
#}

{% materialization table, adapter="duckdb", supported_languages=["sql", "python"] %}
    {% set relation = this.incorporate(type="table") %}
    {% do drop_relation_if_exists(load_cached_relation(this)) %}
    {% set slices = slices_of(config.get("sliced_by")) %}
    {% for slice in range(slices) %}
        {% set code = sliced(compiled_code, slices, slice) %}
        {% call statement("main", language=model["language"]) -%}
            {% if loop.first -%}
                {{ create_table_as(False, relation, code, model["language"]) }}
            {%- else -%}
                insert into {{ relation }} {{ code }}
            {%- endif %}
        {%- endcall %}
    {% endfor %}
    {% do persist_docs(relation, model) %}
    {% do adapter.commit() %}
    {{ return({"relations": [relation]}) }}
{% endmaterialization %}

{#
    Medians hold all their values in memory. A model that says by which relation its size is known (`sliced_by`)
    and asks in its SQL for `in_slice(month)` is written some months at a time, so that no more than about four
    million rows of that relation are looked at together; where there are fewer, at once.
#}
{% macro in_slice(month) -%}
    (12 * extract(year from {{ month }}) + extract(month from {{ month }})) % 1 /* slices */ = 0 /* slice */
{%- endmacro %}

{% macro slices_of(name) %}
    {% if not name or not execute %}{{ return(1) }}{% endif %}
    {% set relation = load_relation(ref(name)) %}
    {{ return([24, 1 + run_query("select count(*) from " ~ relation).columns[0].values()[0] // 4000000] | min) }}
{% endmacro %}

{% macro sliced(code, slices, slice) %}
    {{ return(code | replace("1 /* slices */", slices | string) | replace("0 /* slice */", slice | string)) }}
{% endmacro %}

{% materialization view, adapter="duckdb" %}
    {% set relation = this.incorporate(type="view") %}
    {% do drop_relation_if_exists(load_cached_relation(this)) %}
    {% call statement("main") -%}
        {{ create_view_as(relation, compiled_code) }}
    {%- endcall %}
    {% do adapter.commit() %}
    {{ return({"relations": [relation]}) }}
{% endmaterialization %}

{# The contract of a mart has proven that these are its columns; asking the file again costs more
   than the comments. #}
{% macro duckdb__alter_column_comment(relation, column_dict) %}
    {% for name, column in column_dict.items() %}
        comment on column {{ relation }}.{{ adapter.quote(name) }} is {{ duckdb_escape_comment(column["description"]) }};
    {% endfor %}
{% endmacro %}
