{#
    Every build writes a new file, so no name has to be swapped and nothing stands in the way; of dbt's own
    steps for a table that readers hold open none is needed here. What a person builds over an older file is dropped first.
#}

{% materialization table, adapter="duckdb", supported_languages=["sql", "python"] %}
    {% set relation = this.incorporate(type="table") %}
    {% do drop_relation_if_exists(load_cached_relation(this)) %}
    {% set slices = slices_of(config.get("sliced_by")) %}
    {% call statement("main", language=model["language"]) -%}
        {{ create_table_as(False, relation, sliced(compiled_code, 0, slices), model["language"]) }}
    {%- endcall %}
    {% for number in range(1, slices) %}
        {% call statement("slice") -%}
            insert into {{ relation }} {{ sliced(compiled_code, number, slices) }}
        {%- endcall %}
    {% endfor %}
    {% do persist_docs(relation, model) %}
    {% do adapter.commit() %}
    {{ return({"relations": [relation]}) }}
{% endmaterialization %}

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
