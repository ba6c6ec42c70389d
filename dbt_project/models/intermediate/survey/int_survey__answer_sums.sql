with responses as (

    select * from {{ ref('int_survey__valid_responses') }}

),

weights as (

    select
        source,
        response_key,
        cast(weight as decimal(18, 6)) as weight,
        cast(weight_square as decimal(18, 6)) as weight_square
    from {{ ref('int_survey__weights') }}

),

answers as (

    select
        source,
        response_key,
        item_id,
        answer
    from {{ ref('stg_survey__answers') }}
    where
        repeat_group = 'none'
        and choice = 'value'
        and answer is not null

),

-- answers beyond the middle of the scale are positive, reversed items turned
points as (

    select
        instrument_id,
        instrument_version,
        item_id,
        code,
        case when 2 * score > score_min + score_max then 1 else 0 end as positive,
        case when 2 * score < score_min + score_max then 1 else 0 end as negative
    from {{ ref('stg_survey__scale_points') }}

),

scores as (

    select * from {{ ref('int_survey__respondent_scores') }}

),

item_sums as (

    select
        responses.instrument_id,
        responses.instrument_version,
        responses.wave_id,
        'item' as measure_kind,
        'percent_positive' as score_family,
        answers.item_id as measure_id,
        cast(null as varchar) as first_item,
        cast(null as varchar) as second_item,
        responses.org_unit_id,
        responses.sex,
        count(*) as n,
        sum(points.positive) as n_positive,
        sum(points.negative) as n_negative,
        sum(weights.weight) as w,
        sum(weights.weight_square) as w2,
        cast(sum(weights.weight * points.positive) as double) as wx,
        cast(sum(weights.weight_square * points.positive) as double) as w2x,
        cast(sum(weights.weight_square * points.positive) as double) as w2y,
        cast(sum(weights.weight_square * points.positive) as double) as w2xy,
        cast(sum(weights.weight * points.negative) as double) as w_negative
    from answers
    inner join responses
        on
            answers.source = responses.source
            and answers.response_key = responses.response_key
    inner join weights
        on
            answers.source = weights.source
            and answers.response_key = weights.response_key
    inner join points
        on
            responses.instrument_id = points.instrument_id
            and responses.instrument_version = points.instrument_version
            and answers.item_id = points.item_id
            and answers.answer = points.code
    group by
        responses.instrument_id,
        responses.instrument_version,
        responses.wave_id,
        answers.item_id,
        responses.org_unit_id,
        responses.sex

),

scale_sums as (

    select
        scores.instrument_id,
        scores.instrument_version,
        scores.wave_id,
        'scale' as measure_kind,
        scores.score_family,
        scores.index_id as measure_id,
        cast(null as varchar) as first_item,
        cast(null as varchar) as second_item,
        scores.org_unit_id,
        scores.sex,
        count(*) as n,
        null as n_positive,
        null as n_negative,
        sum(weights.weight) as w,
        sum(weights.weight_square) as w2,
        {{ exact_sum('weights.weight * scores.score') }} as wx,
        {{ exact_sum('weights.weight_square * scores.score') }} as w2x,
        {{ exact_sum('weights.weight_square * scores.score') }} as w2y,
        {{ exact_sum('weights.weight_square * scores.score * scores.score') }} as w2xy,
        null as w_negative
    from scores
    inner join weights
        on
            scores.source = weights.source
            and scores.response_key = weights.response_key
    where scores.score is not null
    group by
        scores.instrument_id,
        scores.instrument_version,
        scores.wave_id,
        scores.score_family,
        scores.index_id,
        scores.org_unit_id,
        scores.sex

),

-- what two items of a composite have in common: its error needs no second look at the persons
shares as (

    select
        item_scores.*,
        weights.weight,
        weights.weight_square,
        case when item_scores.item_score > 50 then 1 else 0 end as positive
    from {{ ref('int_survey__item_scores') }} as item_scores
    inner join weights
        on
            item_scores.source = weights.source
            and item_scores.response_key = weights.response_key
    where
        item_scores.score_family = 'percent_positive'
        and item_scores.item_score is not null

),

pair_sums as (

    select
        one.instrument_id,
        one.instrument_version,
        one.wave_id,
        'pair' as measure_kind,
        'percent_positive' as score_family,
        one.index_id as measure_id,
        one.item_id as first_item,
        other.item_id as second_item,
        one.org_unit_id,
        one.sex,
        count(*) as n,
        null as n_positive,
        null as n_negative,
        sum(one.weight) as w,
        sum(one.weight_square) as w2,
        cast(sum(one.weight * one.positive) as double) as wx,
        cast(sum(one.weight_square * one.positive) as double) as w2x,
        cast(sum(one.weight_square * other.positive) as double) as w2y,
        cast(sum(one.weight_square * one.positive * other.positive) as double) as w2xy,
        null as w_negative
    from shares as one
    inner join shares as other
        on
            one.source = other.source
            and one.response_key = other.response_key
            and one.index_id = other.index_id
            and one.item_id <= other.item_id
    group by
        one.instrument_id,
        one.instrument_version,
        one.wave_id,
        one.index_id,
        one.item_id,
        other.item_id,
        one.org_unit_id,
        one.sex

),

-- who answered any item of a composite of shares
any_sums as (

    select
        persons.instrument_id,
        persons.instrument_version,
        persons.wave_id,
        'scale' as measure_kind,
        'percent_positive' as score_family,
        persons.index_id as measure_id,
        cast(null as varchar) as first_item,
        cast(null as varchar) as second_item,
        persons.org_unit_id,
        persons.sex,
        count(*) as n,
        null as n_positive,
        null as n_negative,
        sum(persons.weight) as w,
        sum(persons.weight_square) as w2,
        null as wx,
        null as w2x,
        null as w2y,
        null as w2xy,
        null as w_negative
    from (
        select distinct
            source,
            response_key,
            instrument_id,
            instrument_version,
            wave_id,
            index_id,
            org_unit_id,
            sex,
            weight,
            weight_square
        from shares
    ) as persons
    group by
        persons.instrument_id,
        persons.instrument_version,
        persons.wave_id,
        persons.index_id,
        persons.org_unit_id,
        persons.sex

),

final as (

    select * from item_sums
    union all
    select * from scale_sums
    union all
    select * from pair_sums
    union all
    select * from any_sums

)

select * from final
