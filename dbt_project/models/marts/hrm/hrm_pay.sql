{% set indicators = [
    'pay_per_fte', 'variable_pay_share', 'pay_compression_p90p10', 'grade_compression',
    'gender_pay_gap_median', 'gender_pay_gap_within', 'pay_gap_coverage', 'training_cost_share',
] %}

{{ side_by_side(indicators, base='pay_per_fte') }}
