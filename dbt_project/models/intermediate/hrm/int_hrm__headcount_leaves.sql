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

    select *
    from {{ ref('int_hrm__person_months') }}
    where {{ in_slice('period_start') }}

),

cells as (

    {{ leaf_cells('persons', measures, dimensions, pairs) }}

),

final as (

    {{ long_measures('cells', measures | list) }}

)

select * from final
