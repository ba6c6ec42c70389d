with sources as (

    select * from {{ source('build', 'sources') }}

),

deliveries as (

    select * from {{ source('build', 'deliveries') }}

),

newest as (

    select
        source,
        verdict,
        row_number() over (
            partition by source
            order by
                known_from desc,
                case when verdict = 'landed' then 0 else 1 end asc,
                delivery_id desc
        ) as choice
    from deliveries
    where coalesce(scope, '') <> 'rows'

),

counted as (

    select
        source,
        count(*) as deliveries_known,
        count(*) filter (where is_current) as deliveries_current,
        max(known_from) as last_known_from,
        cast(sum(case when is_current then landed else 0 end) as bigint) as rows_landed,
        cast(sum(
            case
                when not is_current then 0
                when coalesce(scope, '') = 'rows' then -landed
                else refused
            end
        ) as bigint) as rows_refused
    from deliveries
    group by source

),

-- a mended row is no longer refused, and what failed again still counts at its origin;
-- the state is that of the newest delivery, even where an older one still counts
final as (

    select
        sources.source,
        sources.kind,
        sources.organisation,
        sources.cadence,
        sources.required as is_expected,
        coalesce(counted.deliveries_current, 0) > 0 as is_delivered,
        coalesce(counted.deliveries_known, 0) as deliveries_known,
        coalesce(counted.deliveries_current, 0) as deliveries_current,
        counted.last_known_from,
        sources.due_on,
        sources.late_days,
        coalesce(sources.late_days, 0) > 0 as is_late,
        coalesce(counted.rows_landed, 0) as rows_landed,
        coalesce(counted.rows_refused, 0) as rows_refused,
        case
            when newest.source is null then 'missing'
            when newest.verdict = 'refused' then 'refused'
            when newest.verdict = 'held' then 'held'
            when counted.rows_refused > 0 then 'partly_refused'
            else 'ok'
        end as state,
        sources.title_uz,
        sources.title_ru,
        sources.title_en,
        sources.title_ko
    from sources
    left join counted on sources.source = counted.source
    left join newest
        on
            sources.source = newest.source
            and newest.choice = 1

)

select * from final
