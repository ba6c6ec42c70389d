with sums as (

    select *
    from {{ ref('int_bpr__rule_sums') }}
    where rule_id <> 'all'

),

rules as (

    select * from {{ ref('process_rules') }}

),

log_sums as (

    select * from {{ ref('int_bpr__log_sums') }}

),

final as (

    select
        sums.process_id,
        sums.org_unit_id,
        sums.rule_id,
        rules.rule_kind,
        rules.article,
        rules.article_status,
        rules.article_source,
        rules.name_uz,
        rules.name_ru,
        rules.name_en,
        rules.name_ko,
        sums.cases_checked,
        sums.cases_broken,
        cast(sums.cases_broken as double) / sums.cases_checked as broken_share,
        log_sums.evidence_level,
        'F' as conf_status
    from sums
    inner join rules on sums.rule_id = rules.rule_id
    inner join log_sums
        on
            sums.process_id = log_sums.process_id
            and sums.org_unit_id = log_sums.org_unit_id

)

select * from final
