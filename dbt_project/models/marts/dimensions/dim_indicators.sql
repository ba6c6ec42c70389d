with cards as (

    select * from {{ ref('indicators') }}

),

-- an index that only its codebook knows: names from there, the rest from its score family
codebook_cards as (

    select
        index_id as indicator_id,
        max(name_uz) as name_uz,
        max(name_ru) as name_ru,
        max(name_en) as name_en,
        max(name_ko) as name_ko,
        max(score_family) as score_family
    from {{ ref('stg_survey__index_items') }}
    where index_id not in (select cards.indicator_id from cards)
    group by index_id

),

final as (

    select
        indicator_id,
        method_version,
        domain,
        indicator_group,
        name_uz,
        name_ru,
        name_en,
        name_ko,
        meaning_uz,
        meaning_ru,
        meaning_en,
        meaning_ko,
        formula,
        numerator,
        denominator,
        base,
        unit,
        direction,
        caveats,
        standards,
        is_annualised,
        n_min,
        definition_source,
        to_review
    from cards

    union all

    select
        indicator_id,
        1 as method_version,
        'survey' as domain,
        cast(null as varchar) as indicator_group,
        name_uz,
        name_ru,
        name_en,
        name_ko,
        name_uz as meaning_uz,
        name_ru as meaning_ru,
        name_en as meaning_en,
        name_ko as meaning_ko,
        score_family as formula,
        'sum of respondents'' scores' as numerator,
        'respondents with a score' as denominator,
        'respondents with a score' as base,
        'points' as unit,
        'neutral' as direction,
        'The card stands in the codebook of the instrument.' as caveats,
        'Codebook of the instrument.' as standards,
        false as is_annualised,
        10 as n_min,
        'codebook of the instrument' as definition_source,
        'uz ru ko' as to_review
    from codebook_cards

)

select * from final
