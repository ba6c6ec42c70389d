{#- relations with the four columns of a breakdown -#}
{% set relations = ['int_hrm__leaves', 'int_hrm__distinct_persons', 'int_hrm__pay_dominance'] %}
{% set statistics = [
    'int_hrm__person_statistics', 'int_hrm__vacancy_statistics', 'int_hrm__pay_statistics',
    'int_hrm__structure_statistics', 'int_hrm__rating_statistics', 'int_hrm__hiring_statistics',
] %}
{% set rest = {'all': 'all', 'region': 'unknown', 'level': 'unknown'} %}

with found as (

    {% for relation in relations + statistics -%}
        select
            dimension_1,
            category_1,
            dimension_2,
            category_2
        from {{ ref(relation) }}

        union distinct

    {% endfor -%}
    select
        'sex' as dimension_1,
        code as category_1,
        'all' as dimension_2,
        'all' as category_2
    from {{ ref('sex') }}

    union distinct

    {% for dimension in ['region', 'level'] -%}
        select
            '{{ dimension }}' as dimension_1,
            coalesce({{ dimension }}, 'unknown') as category_1,
            'all' as dimension_2,
            'all' as category_2
        from {{ ref('int_org__unit_versions') }}

        union distinct

    {% endfor -%}
    {% for dimension, category in rest.items() -%}
        select
            '{{ dimension }}' as dimension_1,
            '{{ category }}' as category_1,
            'all' as dimension_2,
            'all' as category_2
        {%- if not loop.last %}

            union distinct

        {% endif %}
    {%- endfor %}

),

final as (

    select
        found.*,
        dimensions.breakdown,
        cast(
            row_number() over (
                order by
                    found.dimension_1, found.category_1, found.dimension_2, found.category_2
            ) as integer
        ) as breakdown_id
    from found
    inner join {{ ref('dimensions') }} as dimensions
        on
            found.dimension_1 = dimensions.dimension_1
            and found.dimension_2 = dimensions.dimension_2

)

select * from final
