{% set measures = {
    'person_days': 'sum(days)',
    'headcount_end': 'count(*) filter (where is_end)',
    'women_end': "count(*) filter (where is_end and sex = 'female')",
    'sex_known_end': "count(*) filter (where is_end and sex <> 'unknown')",
    'managers_end': 'count(*) filter (where is_end and is_managerial)',
    'managers_sex_known_end': "count(*) filter (where is_end and is_managerial and sex <> 'unknown')",
    'women_managers_end': "count(*) filter (where is_end and is_managerial and sex = 'female')",
    'aged_end': 'count(age_months) filter (where is_end)',
    'age_months': 'sum(age_months) filter (where is_end)',
    'under_30_end': 'count(*) filter (where is_end and age_months < 360)',
    'over_55_end': 'count(*) filter (where is_end and age_months >= 660)',
    'fixed_term_end': "count(*) filter (where is_end and contract_type in ('fixed_term', 'first_year'))",
    'first_year_contract_end': "count(*) filter (where is_end and contract_type = 'first_year')",
    'contracts_known_end': "count(*) filter (where is_end and contract_type <> 'unknown')",
    'several_posts_end': 'count(*) filter (where is_end and has_several_posts)',
    'seconded_out_end': 'count(*) filter (where is_end and is_seconded_out)',
    'long_leave_end': 'count(*) filter (where is_end and is_on_long_leave)',
    'at_work_end': 'count(*) filter (where is_end and not is_on_long_leave)',
    'pension_known_end': 'count(is_pensionable) filter (where is_end)',
    'pensionable_end': 'count(*) filter (where is_end and is_pensionable)',
    'pensionable_5y_end': 'count(*) filter (where is_end and is_pensionable_in_5y)',
    'tertiary_end': "count(*) filter (where is_end and education_level in ('bachelor', 'master', 'doctorate'))",
    'disabled_end': 'count(*) filter (where is_end and disability_flag)',
    'disability_known_end': 'count(disability_flag) filter (where is_end)',
    'education_known_end': "count(*) filter (where is_end and education_level <> 'unknown')",
} %}
{% set dimensions = [
    'sex', 'age_band', 'tenure_band', 'position_group', 'position_category', 'contract_type',
    'education_level',
] %}
{% set pairs = [('sex', 'age_band'), ('sex', 'position_category')] %}

with persons as (

    select * from {{ ref('int_hrm__person_months') }}

),

cells as (

    {{ leaf_cells('persons', measures, dimensions, pairs) }}

),

-- the headcount of the last day of a month is the opening of the next
openings as (

    select
        'headcount_opening' as measure_id,
        scope,
        {{ add_months('period_start', 1) }} as period_start,
        org_unit_id,
        dimension_1,
        category_1,
        dimension_2,
        category_2,
        cast(headcount_end as decimal(28, 6)) as amount
    from cells
    where
        headcount_end > 0
        and dimension_1 = 'all'

),

final as (

    {{ long_measures('cells', measures | list) }}

    union all

    select * from openings

    union all

    -- what a month changed
    select
        'headcount_change' as measure_id,
        scope,
        period_start,
        org_unit_id,
        dimension_1,
        category_1,
        dimension_2,
        category_2,
        case when measure_id = 'headcount_opening' then -amount else amount end as amount
    from (
        select * from openings

        union all

        select
            'headcount_end' as measure_id,
            scope,
            period_start,
            org_unit_id,
            dimension_1,
            category_1,
            dimension_2,
            category_2,
            cast(headcount_end as decimal(28, 6)) as amount
        from cells
        where dimension_1 = 'all'
    ) as both_ends

)

select * from final
