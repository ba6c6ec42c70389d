{% set indicators = [
    'applicants_per_vacancy', 'failed_competition_rate', 'internal_fill_rate',
    'competitive_appointment_share', 'time_to_fill_median', 'time_to_fill_p90',
    'selection_parity_ratio', 'first_year_retention',
] %}
{% set parts = {
    'competitions': ['failed_competition_rate', 'denominator'],
    'failed_competitions': ['failed_competition_rate', 'numerator'],
    'applications': ['applicants_per_vacancy', 'numerator'],
    'vacancies_filled': ['internal_fill_rate', 'denominator'],
    'filled_from_inside': ['internal_fill_rate', 'numerator'],
    'hires': ['hires_new', 'value'],
} %}

{{ side_by_side(indicators, base='applicants_per_vacancy', parts=parts) }}
