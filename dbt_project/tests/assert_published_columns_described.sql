-- every column of a published model says what it is
{% set silent = [] %}
{% if execute %}
    {% for node in graph.nodes.values() if node.config.get('meta', {}).get('publish') %}
        {% for column in node.columns.values() if not column.description | trim %}
            {% do silent.append(node.name ~ '.' ~ column.name) %}
        {% endfor %}
    {% endfor %}
{% endif %}

select described.name
from (
    select '' as name
    {%- for name in silent %}
        union all
        select '{{ name }}' as name
    {%- endfor %}
) as described
where described.name <> ''
