-- One question per table for pages and analysts. duckdb -readonly data/published/current/marts.duckdb < docs/examples.sql

-- Who leaves, in which way, and who comes, per person and year?
select period_start, turnover_rate_ministry, voluntary_rate, retirement_rate
from hrm_turnover
where org_unit_id = 'UZ' and org_view = 'as_was' and period_kind = 'r12'
order by period_start desc limit 12;

-- How many posts are vacant, for how long, and who acts in them?
select org_unit_id, vacancy_rate, vacancy_age_median, long_vacant_share
from hrm_vacancies
where org_view = 'as_was' and period_kind = 'month'
qualify period_start = max(period_start) over ()
order by vacancy_rate desc nulls last limit 10;

-- How many competitions, applications, appointments and hires, and where does the funnel narrow?
select org_unit_id, competitions, applications, vacancies_filled, hires, time_to_fill_median
from hrm_recruitment
where org_view = 'as_was' and period_kind = 'r12'
qualify period_start = max(period_start) over ()
order by org_unit_id;

-- How much is paid per full-time equivalent, how far apart are high and low pay, and women and men?
select org_unit_id, pay_per_fte, pay_compression_p90p10, gender_pay_gap_median
from hrm_pay
where org_view = 'as_was' and period_kind = 'quarter' and pay_per_fte is not null
order by period_start desc, org_unit_id;

-- Who is trained, for how many hours, at which cost, and as the rules demand?
select org_unit_id, training_coverage_1y, training_hours_per_fte
from hrm_training
where org_view = 'as_was' and period_kind = 'r12'
qualify period_start = max(period_start) over ()
order by training_coverage_1y nulls last;

-- How many layers does a body have, how many report to a manager, and who could follow?
select org_unit_id, layers_max, span_of_control_median, managerial_ratio
from hrm_structure
where org_view = 'as_was' and period_kind = 'month'
qualify period_start = max(period_start) over ()
order by org_unit_id;

-- How long have people served, and after how many years do they leave?
select tenure_band, headcount_end, separation_rate_service
from hrm_tenure
where org_unit_id = 'UZ' and org_view = 'as_was' and period_kind = 'year'
qualify period_start = max(period_start) over ()
order by tenure_band;

-- How old are women and men in a ministry?
select age_band, women, men
from hrm_age_pyramid
where org_unit_id = 'UZ' and org_view = 'as_was' and period_kind = 'quarter'
qualify period_start = max(period_start) over ()
order by age_band;

-- How many posts have nobody, how many persons have no post, and who is paid without being in the file?
select org_unit_id, posts_approved, posts_vacant, persons_without_post, persons_not_paid, paid_without_person
from hrm_reconciliation
where org_view = 'as_was'
qualify period_start = max(period_start) over ()
order by posts_vacant desc nulls last limit 10;

-- Why did headcount change this month: hires, transfers, moves inside the ministry, exits?
select org_unit_id, opening, hires, transfers_in, exits, transfers_out, unexplained, closing
from hrm_headcount_bridge
where org_view = 'as_was'
qualify period_start = max(period_start) over ()
order by org_unit_id limit 10;

-- How many of those invited answered?
select org.name_en, response.invited, response.n, response.rr2
from survey_response as response
join dim_org_units as org using (org_unit_id)
where response.org_view = 'as_was' and response.category_1 = 'all' and response.conf_status = 'F'
order by response.rr2;

-- How are the answers to a question spread, in the service and ministry by ministry?
select org_unit_id, item_id, name_en, value
from survey_answers
where conf_status = 'F'
order by item_id, org_unit_id, answer_points;

-- How attentively were the forms filled in?
select org_unit_id, n, complete, straight_lined, sped
from survey_quality
where org_view = 'as_was'
order by n desc;

-- What share of staff and of managers are women, ministry by ministry, in words of your language?
select unit.name_uz, figure.indicator_id, figure.value, figure.numerator, figure.denominator
from hrm_indicators as figure
inner join dim_org_units as unit on figure.org_unit_id = unit.org_unit_id and unit.level = 'ministry'
where figure.indicator_id in ('women_share', 'women_leadership_share') and figure.org_view = 'as_was'
    and figure.period_kind = 'quarter' and figure.dimension_1 = 'all' and figure.conf_status = 'F'
qualify figure.period_start = max(figure.period_start) over ()
order by figure.indicator_id, figure.value desc;

-- How engaged are people where, how sure is it, and how many answered?
select org_unit_id, value, ci_low, ci_high, n, response_rate
from survey_indices
where indicator_id = 'engagement' and org_view = 'as_was' and category_1 = 'all' and conf_status = 'F'
order by value desc;

-- Which questions are farthest from the median ministry?
select measure_id, org_unit_id, value, benchmark_median, difference_to_median
from survey_estimates
where measure_kind = 'item' and org_view = 'as_was' and category_1 = 'all' and difference_to_median is not null
order by abs(difference_to_median) desc limit 10;

-- How long does a case take, how much of it is waiting, and how often is it in time?
select process_id, org_unit_id, log_cases, log_lead_p50, log_lead_unit, log_wait_share, log_sla_compliance
from bpr_processes
where log_cases is not null
order by log_lead_p50 desc nulls last;

-- In which steps do cases wait longest?
select process_id, step_id, log_wait_p50, log_wait_unit, log_cases
from bpr_steps
where org_unit_id = 'UZ' and log_wait_p50 is not null
order by log_wait_p50 desc limit 10;

-- Which sources are missing, late or partly refused?
select source, state, last_known_from, due_on, late_days, rows_refused
from dq_sources
where state != 'ok' or is_late
order by late_days desc, source;

-- How much is withheld in one table, by unit? Empty is never 0: keep conf_status = 'F' before any average.
select org_unit_id, count(*) filter (where conf_status != 'F') as withheld, count(*) as figures
from hrm_indicators
where org_view = 'as_was' and period_kind = 'year'
group by org_unit_id order by withheld desc, org_unit_id limit 10;
