with variants as (

    select * from {{ ref('int_bpr__variants') }}

),

sums as (

    select * from {{ ref('int_bpr__log_sums') }}

),

-- what fewer than ten cases went is told together; a log of too few cases tells no variants
pooled as (

    select
        variants.process_id,
        variants.org_unit_id,
        variants.has_calendar,
        sums.evidence_level,
        case when variants.cases < 10 then 'other' else variants.variant end as variant,
        min(variants.place) as place,
        count(*) as variants,
        cast(sum(variants.cases) as bigint) as cases,
        max(variants.cases_in_all) as cases_in_all,
        max(case when variants.cases < 10 then null else variants.n_steps end) as n_steps,
        max(case when variants.cases < 10 then null else variants.lead_main_p50 end)
            as lead_main_p50
    from variants
    inner join sums
        on
            variants.process_id = sums.process_id
            and variants.org_unit_id = sums.org_unit_id
    where sums.has_enough_cases
    group by
        variants.process_id,
        variants.org_unit_id,
        variants.has_calendar,
        sums.evidence_level,
        case when variants.cases < 10 then 'other' else variants.variant end

),

final as (

    select
        process_id,
        org_unit_id,
        variant,
        place,
        variants,
        cases,
        cast(cases as double) / cases_in_all as case_share,
        n_steps,
        lead_main_p50 / 3600 as lead_p50,
        case when has_calendar then 'wh' else 'h' end as lead_unit,
        evidence_level,
        'F' as conf_status
    from pooled

)

select * from final
