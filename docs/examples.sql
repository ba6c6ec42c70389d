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

-- How attentively were the forms filled in?
select org_unit_id, n, complete, straight_lined, sped
from survey_quality
where org_view = 'as_was'
order by n desc;
