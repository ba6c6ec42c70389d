with results as (

    select * from {{ source('build', 'rule_results') }}

),

responses as (

    select * from {{ ref('stg_survey__responses') }}

),

-- the verdict of the survey team leaves landed rows out of all figures
approvals as (

    select
        delivery_id,
        source,
        'rows' as table_name,
        'submission.approved' as rule,
        'approval' as rule_kind,
        'W-150' as code,
        'warn' as severity,
        'validation_status' as column_name,
        case
            when min(case when is_approved then 1 else 0 end) = 1 then 'passed' else 'warned'
        end as verdict,
        count(*) as checked,
        sum(case when is_approved then 0 else 1 end) as failed
    from responses
    group by delivery_id, source

),

judged as (

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
        checked,
        failed
    from results
    union all
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
        checked,
        failed
    from approvals

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
        cast(checked as bigint) as rows_checked,
        cast(failed as bigint) as rows_failed,
        cast(failed * 1.0 / nullif(checked, 0) as double) as failed_share
    from judged

)

select * from final
