{% set measures = [
    'person_days', 'headcount_end', 'women_end', 'managers_end', 'women_managers_end', 'aged_end',
    'age_months', 'fte_end', 'hires_new', 'service_exits', 'ministry_exits', 'quits',
    'transfers_in', 'transfers_out', 'posts_end', 'approved_fte', 'vacant_fte',
] %}
{% set headcount = measures[:7] %}
{% set movements = measures[8:14] %}
{% set posts = measures[14:] %}

with closure as (

    select * from {{ ref('int_org__closure') }}

),

views as (

    select distinct org_view from closure

),

scopes as (

    select * from {{ ref('int_org__scope_months') }}

),

sexes as (

    select 'all' as sex
    union all
    select 'male' as sex
    union all
    select 'female' as sex

),

-- sums at the leaf: one branch for each family of measures, the others zero;
-- decimals, so that a sum does not hang on the order of its rows
leaves as (

    select
        scope,
        period_start,
        org_unit_id,
        sex,
    {% for measure in measures -%}
        cast({{ measure if measure in headcount else 0 }} as decimal(18, 4))
            as {{ measure }}{{ ',' if not loop.last }}
    {% endfor %}
    from {{ ref('int_hrm__headcount_by_unit') }}

    union all

    select
        'all' as scope,
        period_start,
        org_unit_id,
        sex,
    {% for measure in measures -%}
        cast({{ measure if measure == 'fte_end' else 0 }} as decimal(18, 4))
            as {{ measure }}{{ ',' if not loop.last }}
    {% endfor %}
    from {{ ref('int_hrm__fte_by_unit') }}

    union all

    select
        'all' as scope,
        period_start,
        org_unit_id,
        sex,
    {% for measure in measures -%}
        cast({{ measure if measure in movements else 0 }} as decimal(18, 4))
            as {{ measure }}{{ ',' if not loop.last }}
    {% endfor %}
    from {{ ref('int_hrm__movements_by_unit') }}

    union all

    select
        'all' as scope,
        period_start,
        org_unit_id,
        'none' as sex,
    {% for measure in measures -%}
        cast({{ measure if measure in posts else 0 }} as decimal(18, 4))
            as {{ measure }}{{ ',' if not loop.last }}
    {% endfor %}
    from {{ ref('int_hrm__posts_by_unit') }}

),

-- a unit that the structure does not know still counts in the service
placed as (

    select
        closure.org_view,
        closure.ancestor_id as org_unit_id,
        leaves.period_start,
        leaves.sex,
    {% for measure in measures -%}
        leaves.{{ measure }}{{ ',' if not loop.last }}
    {% endfor %}
    from leaves
    inner join closure
        on
            leaves.period_start = closure.period_start
            and leaves.org_unit_id = closure.org_unit_id
    where leaves.scope in ('ministry', 'all')

    union all

    select
        views.org_view,
        'UZ' as org_unit_id,
        leaves.period_start,
        leaves.sex,
    {% for measure in measures -%}
        leaves.{{ measure }}{{ ',' if not loop.last }}
    {% endfor %}
    from leaves
    cross join views
    where leaves.scope in ('service', 'all')

),

summed as (

    select
        org_view,
        org_unit_id,
        period_start,
        coalesce(sex, 'all') as sex,
    {% for measure in measures -%}
        sum({{ measure }}) as {{ measure }}{{ ',' if not loop.last }}
    {% endfor %}
    from placed
    group by grouping sets (
        (org_view, org_unit_id, period_start),
        (org_view, org_unit_id, period_start, sex)
    )

),

-- a unit without anybody has a headcount of zero, not none
final as (

    select
        scopes.org_view,
        scopes.org_unit_id,
        scopes.period_start,
        scopes.period_end,
        scopes.days_in_period,
        scopes.is_reported,
        scopes.is_provisional,
        scopes.is_break,
        scopes.is_valid,
        sexes.sex,
    {% for measure in measures -%}
        cast(coalesce(summed.{{ measure }}, 0) as double) as {{ measure }}{{ ',' if not loop.last }}
    {% endfor %}
    from scopes
    cross join sexes
    left join summed
        on
            scopes.org_view = summed.org_view
            and scopes.org_unit_id = summed.org_unit_id
            and scopes.period_start = summed.period_start
            and sexes.sex = summed.sex

)

select * from final
