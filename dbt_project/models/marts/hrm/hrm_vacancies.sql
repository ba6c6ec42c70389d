{% set indicators = [
    'approved_fte', 'vacancy_rate', 'managerial_vacancy_rate', 'vacancy_age_median',
    'long_vacant_share', 'overfilled_fte', 'acting_share',
] %}

{{ side_by_side(indicators, base='vacancy_rate') }}
