{% set staffing = [
    'posts_approved', 'posts_filled', 'posts_held_from_elsewhere', 'posts_vacant',
    'persons_sharing_post', 'persons_in_posts_elsewhere', 'persons_without_post',
    'persons_of_staffing',
] %}
{% set payroll = [
    'persons_of_payroll', 'persons_paid', 'persons_paid_elsewhere', 'persons_not_paid',
    'paid_for_elsewhere', 'paid_and_gone', 'paid_without_person', 'payroll',
] %}

with reconciled as (

    select * from {{ ref('int_hrm__reconciled') }}

),

scopes as (

    select *
    from {{ ref('int_org__scope_periods') }}
    where period_kind = 'month'

),

placed as (

    {{ placed('reconciled') }}

),

summed as (

    select
        org_view,
        ancestor_id as org_unit_id,
        period_start,
    {% for line in staffing + payroll -%}
        sum(case when line = '{{ line }}' then amount else null end)
            as {{ line }}{{ ',' if not loop.last }}
    {% endfor %}
    from placed
    group by
        org_view,
        ancestor_id,
        period_start

),

-- what nobody sent is not known; a line of what was sent is 0 where nothing stands in it
final as (

    select
        summed.org_unit_id,
        summed.org_view,
        scopes.period_kind,
        summed.period_start,
        scopes.period_end,
        {% for line in staffing -%}
            cast(
                case
                    when
                        coalesce(summed.posts_approved, summed.persons_of_staffing) is null
                        then null
                    else coalesce(summed.{{ line }}, 0)
                end as bigint
            ) as {{ line }},
        {% endfor -%}
        {% for line in payroll -%}
            cast(
                case
                    when coalesce(summed.persons_of_payroll, summed.payroll) is null then null
                    else coalesce(summed.{{ line }}, 0)
                end as bigint
            ) as {{ line }},
        {% endfor -%}
        case
            when
                coalesce(summed.posts_approved, summed.persons_of_staffing) is null
                or coalesce(summed.persons_of_payroll, summed.payroll) is null
                then 'O'
            when scopes.is_provisional then 'P'
            when scopes.is_end_estimated then 'E'
            when scopes.is_break then 'B'
            else 'A'
        end as obs_status,
        'F' as conf_status
    from summed
    inner join scopes
        on
            summed.org_view = scopes.org_view
            and summed.org_unit_id = scopes.org_unit_id
            and summed.period_start = scopes.period_start

)

select * from final
