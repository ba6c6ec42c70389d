{#- announcements again for the same post within this many days are one competition -#}
{% set chain_days = 180 %}

with competitions as (

    select * from {{ ref('stg_competitions__competitions') }}

),

run as (

    select * from {{ source('build', 'run') }}

),

-- the law asks for competitions within the State Register alone
posts as (

    select distinct
        ministry_id,
        position_id
    from {{ ref('int_hrm__post_versions') }}
    where position_group <> 'technical'

),

-- only posts of the staffing table; what happens after the day of the build has not happened
known as (

    select
        competitions.vacancy_id,
        competitions.position_id,
        competitions.org_unit_id,
        coalesce(units.ministry_id, senders.ministry_id) as ministry_id,
        competitions.selected_person_key,
        competitions.is_competition,
        competitions.opened_date,
        case when competitions.closed_date <= run.as_of then competitions.closed_date else null end
            as closed_date,
        case when competitions.filled_date <= run.as_of then competitions.filled_date else null end
            as filled_date
    from competitions
    cross join run
    {{ ministry_of('competitions') }}
    where competitions.opened_date <= run.as_of

),

listed as (

    select known.*
    from known
    inner join posts
        on
            known.ministry_id = posts.ministry_id
            and known.position_id = posts.position_id

),

begun as (

    select
        *,
        case
            when
                lag(filled_date) over (
                    partition by ministry_id, position_id
                    order by opened_date, vacancy_id
                ) is null
                and {{ days_between(
                    'lag(closed_date) over (partition by ministry_id, position_id order by opened_date, vacancy_id)',
                    'opened_date'
                ) }} <= {{ chain_days }}
                then 0
            else 1
        end as is_new
    from listed

),

chained as (

    select
        *,
        sum(is_new) over (
            partition by ministry_id, position_id
            order by opened_date, vacancy_id
            rows between unbounded preceding and current row
        ) as chain
    from begun

),

final as (

    select
        vacancy_id,
        min(vacancy_id) over (partition by ministry_id, position_id, chain) as chain_id,
        position_id,
        org_unit_id,
        ministry_id,
        selected_person_key,
        is_competition,
        min(opened_date) over (partition by ministry_id, position_id, chain) as opened_date,
        closed_date,
        filled_date,
        row_number() over (
            partition by ministry_id, position_id, chain
            order by opened_date desc, vacancy_id desc
        ) = 1 as is_last
    from chained

)

select * from final
