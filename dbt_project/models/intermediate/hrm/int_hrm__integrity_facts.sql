with sanctions as (

    select * from {{ ref('int_hrm__sanctions') }}

),

declarations as (

    select *
    from {{ ref('stg_declarations__declarations') }}
    where declaration_kind = 'income'

),

coverage as (

    select *
    from {{ ref('int_hrm__coverage') }}
    where kind = 'declarations'

),

-- one duty of a person by a day, whoever tells of it
duties as (

    select
        declarations.person_key,
        coalesce(units.ministry_id, senders.ministry_id) as ministry_id,
        declarations.due_date as day,
        min(declarations.org_unit_id) as given_unit_id,
        max(case when declarations.is_on_time then 1 else 0 end) = 1 as is_on_time
    from declarations
    {{ ministry_of('declarations') }}
    group by
        declarations.person_key,
        coalesce(units.ministry_id, senders.ministry_id),
        declarations.due_date

),

described as (

    {{ as_on_day('duties', ['is_on_time']) }}

),

due as (

    select
        coverage.period_start,
        described.*
    from described
    inner join coverage
        on
            described.ministry_id = coverage.ministry_id
            and cast(date_trunc('month', described.day) as date) = coverage.period_start

),

final as (

    {{ facts('due', {
        'declarations_due': 'count(*)',
        'declarations_on_time': 'count(*) filter (where is_on_time)',
    }) }}

    union all

    {{ facts('sanctions', {
        'sanctions': 'count(*)',
        'sanctions_reprimand': "count(*) filter (where sanction_class = 'reprimand')",
        'sanctions_fine': "count(*) filter (where sanction_class = 'fine')",
        'sanctions_rank_lowered': "count(*) filter (where sanction_class = 'rank_lowered')",
        'sanctions_post_lowered': "count(*) filter (where sanction_class = 'post_lowered')",
        'sanctions_dismissal': "count(*) filter (where sanction_class = 'dismissal')",
    }) }}

)

select * from final
