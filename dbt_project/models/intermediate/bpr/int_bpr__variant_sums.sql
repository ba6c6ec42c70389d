with variants as (

    select
        *,
        cast(cases as double) / cases_in_all as share
    from {{ ref('int_bpr__variants') }}

),

final as (

    select
        process_id,
        org_unit_id,
        count(*) as variants,
        min(case when cases_so_far >= 0.8 * cases_in_all then place else null end)
            as variants_for_80,
        case
            when count(*) = 1 then 0
            else least(1, greatest({{ exact_sum('-share * ln(share)') }}, 0) / ln(count(*)))
        end as variant_entropy
    from variants
    group by
        process_id,
        org_unit_id

)

select * from final
