{% set indicators = [
    'training_coverage_1y', 'training_compliance_3y', 'training_hours_per_fte',
    'training_cost_share', 'induction_completion',
] %}

{{ side_by_side(indicators, base='training_hours_per_fte') }}
