{#- span of control by the tree of posts, and layers of posts; deputies are no layer -#}
with recursive months as (

    select * from {{ ref('int_org__months') }}

),

versions as (

    select * from {{ ref('int_hrm__post_versions') }}

),

spells as (

    select * from {{ ref('int_hrm__post_spells') }}

),

-- a ministry that names no superior anywhere has not said how it is built
telling as (

    select distinct ministry_id
    from versions
    where reports_to_position_id is not null

),

posts as (

    select
        months.period_start,
        versions.ministry_id,
        versions.position_id,
        versions.org_unit_id,
        versions.is_managerial,
        versions.reports_to_position_id,
        case when versions.position_category = 'deputy_minister' then 0 else 1 end as step,
        coalesce(spells.filled_fte, 0) > 0 as is_filled
    from versions
    inner join telling on versions.ministry_id = telling.ministry_id
    inner join months
        on
            versions.valid_from <= months.period_end
            and versions.valid_to >= months.period_end
    left join spells
        on
            versions.ministry_id = spells.ministry_id
            and versions.position_id = spells.position_id
            and months.period_end >= spells.valid_from
            and months.period_end <= spells.valid_to

),

-- posts in a circle, or below a post that is not there, are never reached
descent as (

    select
        period_start,
        ministry_id,
        position_id,
        org_unit_id,
        1 as layer,
        1 as depth
    from posts
    where reports_to_position_id is null

    union all

    select
        posts.period_start,
        posts.ministry_id,
        posts.position_id,
        posts.org_unit_id,
        descent.layer + posts.step as layer,
        descent.depth + 1 as depth
    from descent
    inner join posts
        on
            descent.period_start = posts.period_start
            and descent.ministry_id = posts.ministry_id
            and descent.position_id = posts.reports_to_position_id
    where descent.depth < 30

),

-- nor does it in a month in which none of its posts has one
built as (

    select distinct
        period_start,
        ministry_id
    from posts
    where reports_to_position_id is not null

),

layered as (

    select
        'all' as scope,
        descent.*
    from descent
    inner join built
        on
            descent.period_start = built.period_start
            and descent.ministry_id = built.ministry_id

),

spans as (

    select
        'all' as scope,
        managers.period_start,
        managers.org_unit_id,
        managers.ministry_id,
        managers.position_id,
        count(*) as reports
    from posts as managers
    inner join posts as reporting
        on
            managers.period_start = reporting.period_start
            and managers.ministry_id = reporting.ministry_id
            and managers.position_id = reporting.reports_to_position_id
    where
        managers.is_managerial
        and reporting.is_filled
    group by
        managers.period_start,
        managers.org_unit_id,
        managers.ministry_id,
        managers.position_id

),

placed_layers as (

    {{ placed('layered') }}

),

placed_spans as (

    {{ placed('spans') }}

),

named as (

    select
        'layers_max' as measure_id,
        org_view,
        ancestor_id as org_unit_id,
        period_start,
        cast(max(layer) - min(layer) + 1 as double) as amount,
        count(*) as n
    from placed_layers
    group by
        org_view,
        ancestor_id,
        period_start

    union all

    select
        'span_of_control_median' as measure_id,
        org_view,
        ancestor_id as org_unit_id,
        period_start,
        percentile_cont(0.5) within group (order by reports) as amount,
        count(*) as n
    from placed_spans
    group by
        org_view,
        ancestor_id,
        period_start

),

final as (

    select
        measure_id,
        org_view,
        org_unit_id,
        period_start,
        'all' as dimension_1,
        'all' as category_1,
        'all' as dimension_2,
        'all' as category_2,
        amount,
        n
    from named

)

select * from final
