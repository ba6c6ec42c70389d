{% set indicators = [
    'accession_rate', 'separation_rate_service', 'turnover_rate_ministry', 'voluntary_rate',
    'involuntary_rate', 'retirement_rate', 'transfer_out_rate', 'replacement_ratio',
    'early_attrition_rate', 'high_performer_exit_rate', 'internal_mobility_rate',
    'promotion_rate',
] %}

{{ side_by_side(indicators, base='separation_rate_service') }}
