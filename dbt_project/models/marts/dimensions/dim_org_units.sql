with units as (

    select * from {{ ref('stg_org__units') }}

),

run as (

    select * from {{ source('build', 'run') }}

),

current_units as (

    select * from {{ ref('int_org__current_units') }}

),

spans as (

    select
        org_unit_id,
        min(valid_from) as valid_from,
        max(valid_to) as valid_to
    from units
    group by org_unit_id

),

-- the version of as_of, or the last before it, or the first after it
ranked as (

    select
        units.org_unit_id,
        units.parent_id,
        units.ministry_id,
        units.level,
        units.name_uz,
        units.name_ru,
        units.name_en,
        units.name_ko,
        row_number() over (
            partition by units.org_unit_id
            order by
                case when units.valid_from <= run.as_of then 0 else 1 end,
                case when units.valid_from <= run.as_of then units.valid_from else null end desc,
                units.valid_from
        ) as choice
    from units
    cross join run

),

final as (

    select
        ranked.org_unit_id,
        ranked.parent_id,
        ranked.ministry_id,
        ranked.level,
        ranked.name_uz,
        ranked.name_ru,
        ranked.name_en,
        ranked.name_ko,
        spans.valid_from,
        case when spans.valid_to >= date '9999-12-30' then null else spans.valid_to end as valid_to,
        spans.valid_from <= run.as_of and spans.valid_to >= run.as_of as is_current,
        current_units.current_org_unit_id
    from ranked
    cross join run
    inner join spans on ranked.org_unit_id = spans.org_unit_id
    left join current_units
        on
            ranked.org_unit_id = current_units.org_unit_id
            and current_units.is_greatest
    where ranked.choice = 1

)

select * from final
