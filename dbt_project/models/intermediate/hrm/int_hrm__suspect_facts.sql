{#- who may stand in the extracts twice, as of the day of the build -#}
with suspects as (

    select * from {{ source('build', 'suspects') }}

),

described as (

    select
        'all' as scope,
        cast(date_trunc('month', run.as_of) as date) as period_start,
        senders.ministry_id as org_unit_id,
        suspects.persons,
        suspects.suspected,
    {% for dimension in fact_dimensions() -%}
        'unknown' as {{ dimension }}{{ ',' if not loop.last }}
    {% endfor %}
    from suspects
    cross join {{ source('build', 'run') }} as run
    inner join {{ ref('int_org__source_ministries') }} as senders
        on suspects.source = senders.source

),

final as (

    {{ facts('described', {
        'persons_filed_end': 'sum(persons)',
        'persons_suspected_end': 'sum(suspected)',
    }) }}

)

select * from final
