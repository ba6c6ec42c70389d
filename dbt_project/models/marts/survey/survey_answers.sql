with sums as (

    select * from {{ ref('int_survey__estimate_sums') }}
    where
        org_view = 'as_was'
        and dimension_1 = 'all'
        and measure_kind in ('item', 'option')

),

codes as (

    select * from {{ ref('int_survey__codes') }}

),

choices as (

    select * from {{ source('build', 'codebook_choices') }}

),

waves as (

    select * from {{ ref('int_survey__waves') }}

),

items as (

    select * from sums
    where measure_kind = 'item'

),

chosen as (

    select
        sums.instrument_id,
        sums.instrument_version,
        sums.wave_id,
        sums.org_unit_id,
        sums.measure_id as item_id,
        codes.code as answer,
        codes.choice_list,
        codes.score,
        codes.score_min,
        codes.score_max,
        sums.n as answers,
        sums.w as weighted_answers,
        items.n,
        items.w as weighted_n
    from sums
    inner join codes
        on
            sums.instrument_id = codes.instrument_id
            and sums.instrument_version = codes.instrument_version
            and sums.measure_id = codes.item_id
            and sums.score_family = cast(codes.option_place as varchar)
    inner join items
        on
            sums.instrument_id = items.instrument_id
            and sums.instrument_version = items.instrument_version
            and sums.wave_id = items.wave_id
            and sums.org_unit_id = items.org_unit_id
            and sums.measure_id = items.measure_id
    where sums.measure_kind = 'option'

),

-- one or two persons who answered alike could be found by subtraction from the service
rare as (

    select
        instrument_id,
        instrument_version,
        wave_id,
        item_id,
        case when org_unit_id = 'UZ' then null else org_unit_id end as ministry_id
    from chosen
    where answers in (1, 2)

),

judged as (

    select
        chosen.*,
        exists(
            select 1
            from rare
            where
                chosen.instrument_id = rare.instrument_id
                and chosen.instrument_version = rare.instrument_version
                and chosen.wave_id = rare.wave_id
                and chosen.item_id = rare.item_id
                and (chosen.org_unit_id = 'UZ' or chosen.org_unit_id = rare.ministry_id)
        ) as is_rare
    from chosen
    where chosen.n > 0

),

final as (

    select
        judged.instrument_id,
        judged.instrument_version,
        judged.wave_id,
        judged.item_id,
        judged.answer,
        judged.org_unit_id,
        'wave' as period_kind,
        waves.period_start,
        waves.period_end,
        judged.score as answer_points,
        case
            when 2 * judged.score > judged.score_min + judged.score_max then 'positive'
            when 2 * judged.score < judged.score_min + judged.score_max then 'negative'
            else 'neutral'
        end as answer_kind,
        coalesce(choices.label_uz, judged.answer) as name_uz,
        coalesce(choices.label_ru, judged.answer) as name_ru,
        coalesce(choices.label_en, judged.answer) as name_en,
        coalesce(choices.label_ko, judged.answer) as name_ko,
        judged.n,
        cast(judged.weighted_answers / nullif(judged.weighted_n, 0) as double) as value,
        'share' as unit,
        'A' as obs_status,
        case when judged.is_rare then 'C' else 'F' end as conf_status
    from judged
    inner join waves
        on
            judged.instrument_id = waves.instrument_id
            and judged.wave_id = waves.wave_id
    left join choices
        on
            judged.instrument_id = choices.instrument_id
            and judged.instrument_version = choices.instrument_version
            and judged.choice_list = choices.list
            and judged.answer = choices.code

)

select * from final
