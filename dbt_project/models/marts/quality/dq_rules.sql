with results as (

    select * from {{ source('build', 'rule_results') }}

),

final as (

    select
        delivery_id,
        source,
        table_name,
        rule,
        rule_kind,
        code,
        severity,
        column_name,
        verdict,
        checked as rows_checked,
        failed as rows_failed,
        cast(failed * 1.0 / nullif(checked, 0) as double) as failed_share
    from results

)

select * from final
