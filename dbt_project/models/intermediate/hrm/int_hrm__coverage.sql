{#- kind -> where its rows stand, and the day that says when a row begins to count -#}
{% set kinds = {
    'appraisals': ('stg_appraisals__appraisals', 'cycle_end'),
    'competitions': ('stg_competitions__competitions', 'opened_date'),
    'declarations': ('stg_declarations__declarations', 'due_date'),
    'discipline': ('stg_discipline__cases', 'decided_date'),
    'leave': ('stg_leave__absences', 'start_date'),
    'long_leave': ('stg_personnel__assignments', 'long_leave_start'),
    'pay': ('stg_pay__months', 'month'),
    'reserve': ('stg_reserve__members', 'entered_date'),
    'trainings': ('stg_trainings__attendances', 'end_date'),
} %}
{% set registers = {
    'orders': 'stg_orders__movements',
    'staffing': 'stg_staffing__posts',
} %}

with months as (

    select * from {{ ref('int_org__months') }}

),

sent as (

    select * from {{ ref('stg_build__coverage') }}

),

sources as (

    select * from {{ source('build', 'sources') }}

),

ministries as (

    select distinct ministry_id from {{ ref('int_org__unit_ministries') }}

),

-- a body has data from its earliest row on, and up to the last period that its sender delivered
found as (

    {% for kind, (model, day) in kinds.items() -%}
        select
            '{{ kind }}' as kind,
            coalesce(units.ministry_id, senders.ministry_id) as ministry_id,
            rows_sent.source,
            min(rows_sent.{{ day }}) as first_day
        from {{ ref(model) }} as rows_sent
        {{ ministry_of('rows_sent') }}
        group by
            coalesce(units.ministry_id, senders.ministry_id),
            rows_sent.source
        {%- if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}

),

-- a ministry tells of its movements and posts in every month or in none
registers as (

    {% for kind, model in registers.items() -%}
        select distinct
            '{{ kind }}' as kind,
            coalesce(units.ministry_id, senders.ministry_id) as ministry_id
        from {{ ref(model) }} as rows_sent
        {{ ministry_of('rows_sent') }}
        {%- if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}

),

spans as (

    select
        found.kind,
        found.ministry_id,
        found.first_day,
        last_day(cast(sent.last_period as date)) as last_day
    from found
    inner join sources on found.source = sources.source
    left join sent
        on
            sources.organisation = sent.organisation
            and found.kind = sent.kind

    union all

    -- a ministry that delivers a kind without a row in it has said that there is none
    select
        sent.kind,
        sent.organisation as ministry_id,
        cast(sent.first_period as date) as first_day,
        last_day(cast(sent.last_period as date)) as last_day
    from sent
    inner join ministries on sent.organisation = ministries.ministry_id

    union all

    select
        kind,
        ministry_id,
        date '1900-01-01' as first_day,
        cast(null as date) as last_day
    from registers

),

final as (

    select
        spans.kind,
        spans.ministry_id,
        months.period_start,
        min(cast(date_trunc('month', spans.first_day) as date)) as first_month
    from spans
    inner join months
        on
            months.period_start >= cast(date_trunc('month', spans.first_day) as date)
            and months.period_start <= coalesce(spans.last_day, months.period_end)
    where spans.ministry_id is not null
    group by
        spans.kind,
        spans.ministry_id,
        months.period_start

)

select * from final
