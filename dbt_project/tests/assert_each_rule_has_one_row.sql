-- each rule of the contract of each delivery judged has one row in dq_rules, no other rule has any;
-- what the survey team approved is no rule of a contract
with expected as (

    select
        delivery_id,
        table_name,
        rule
    from {{ source('build', 'expected_rules') }}

),

found as (

    select
        delivery_id,
        table_name,
        rule
    from {{ ref('dq_rules') }}
    where
        rule_kind <> 'approval'
        and delivery_id in (select expected.delivery_id from expected)

),

counted as (

    select
        coalesce(expected.delivery_id, found.delivery_id) as delivery_id,
        coalesce(expected.rule, found.rule) as rule,
        count(expected.rule) as times_expected,
        count(found.rule) as times_found
    from expected
    full join found
        on
            expected.delivery_id = found.delivery_id
            and expected.table_name = found.table_name
            and expected.rule = found.rule
    group by
        coalesce(expected.delivery_id, found.delivery_id),
        coalesce(expected.table_name, found.table_name),
        coalesce(expected.rule, found.rule)

)

select *
from counted
where
    times_expected <> 1
    or times_found <> 1
