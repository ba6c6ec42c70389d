{% set indicators = [
    'headcount_end', 'separation_rate_service', 'voluntary_rate',
] %}

{{ side_by_side(indicators, base='headcount_end', breakdown='tenure_band') }}
