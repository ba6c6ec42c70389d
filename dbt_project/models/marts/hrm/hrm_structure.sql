{% set indicators = [
    'headcount_end', 'managerial_ratio', 'span_of_control_median', 'layers_max', 'hr_staff_ratio',
    'women_leadership_share', 'reserve_coverage', 'critical_succession_share',
] %}

{{ side_by_side(indicators, base='headcount_end') }}
