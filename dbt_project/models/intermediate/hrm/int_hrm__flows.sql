{#- the lines of the bridge and the measures that they show -#}
{% set lines = {
    'closing': 'headcount_end', 'hires': 'hires_new', 'transfers_in': 'transfers_in',
    'exits': 'service_exits', 'transfers_out': 'transfers_out',
} %}

with scopes as (

    select * from {{ ref('int_org__scope_months') }}

),

leaves as (

    select *
    from {{ ref('int_hrm__leaves') }}
    where
        dimension_1 = 'all'
        and measure_id in (
            {% for measure in lines.values() -%}
                '{{ measure }}'{{ ',' if not loop.last }}
            {% endfor %}
        )

),

closure as (

    select * from {{ ref('int_org__closure') }}

),

moves as (

    select * from {{ ref('int_hrm__moves_by_org') }}

),

views as (

    select distinct org_view from closure

),

placed as (

    select
        closure.org_view,
        closure.ancestor_id as org_unit_id,
        leaves.period_start,
        leaves.measure_id,
        cast(leaves.amount * closure.share as decimal(38, 12)) as amount
    from leaves
    inner join closure
        on
            leaves.period_start = closure.period_start
            and leaves.org_unit_id = closure.org_unit_id
    where leaves.scope <> 'service'

    union all

    select
        views.org_view,
        'UZ' as org_unit_id,
        leaves.period_start,
        leaves.measure_id,
        cast(leaves.amount as decimal(38, 12)) as amount
    from leaves
    cross join views
    where leaves.scope <> 'ministry'

),

summed as (

    select
        org_view,
        org_unit_id,
        period_start,
    {% for line, measure in lines.items() -%}
        cast(
            coalesce(sum(amount) filter (where measure_id = '{{ measure }}'), 0)
            as decimal(38, 12)
        ) as {{ line }}{{ ',' if not loop.last }}
    {% endfor %}
    from placed
    group by
        org_view,
        org_unit_id,
        period_start

),

-- a unit without anybody has a headcount of zero, not none
every_month as (

    select
        scopes.*,
        {% for line in lines -%}
            coalesce(summed.{{ line }}, 0) as {{ line }},
        {% endfor -%}
        coalesce(moves.moves_in, 0) as moves_in,
        coalesce(moves.moves_out, 0) as moves_out
    from scopes
    left join summed
        on
            scopes.org_view = summed.org_view
            and scopes.org_unit_id = summed.org_unit_id
            and scopes.period_start = summed.period_start
    left join moves
        on
            scopes.org_view = moves.org_view
            and scopes.org_unit_id = moves.org_unit_id
            and scopes.period_start = moves.period_start

),

opened as (

    select
        *,
        coalesce(lag(closing) over (
            partition by org_view, org_unit_id
            order by period_start
        ), 0) as opening
    from every_month

),

final as (

    select
        *,
        closing - (opening + hires + transfers_in + moves_in - exits - transfers_out - moves_out)
            as unexplained
    from opened

)

select * from final
