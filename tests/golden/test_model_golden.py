"""Links and diagnosis of the golden world, worked out by hand from golden/world.py."""

from pathlib import Path

import pytest

from tests.warehouse.lake import query

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("golden")]


def test_the_hours_of_units_and_of_grades_add_up_to_those_of_the_process(golden: Path) -> None:
    sql = "select sum(work_hours_year) from intermediate.{} where process_id = 'permits' and {}"
    (units,), (grades,) = (
        query(golden, sql.format(*one))[0]
        for one in (
            ("int_model__unit_work", "true"),
            ("int_model__grade_work", "org_unit_id = 'AA' and evidence_source = 'log'"),
        )
    )
    ((whole,),) = query(
        golden,
        "select value from marts.bpr_metrics where indicator_id = 'workload_hours' and process_id = 'permits'"
        " and org_unit_id = 'AA' and step_id = 'all' and category_1 = 'all' and evidence_source = 'log'",
    )
    assert (units, grades) == (pytest.approx(whole), pytest.approx(whole))


def test_two_performers_are_too_few_for_a_link(golden: Path) -> None:
    # AA-2 handled two letters by three persons: hours of a year are known inside, and stand beside nothing outside
    sql = "select cases, performers from intermediate.int_model__unit_work where process_id = 'letters'"
    assert query(golden, sql) == [(2, 3)]
    assert query(golden, "select * from marts.model_links where process_id = 'letters'") == []


def test_workload_stands_in_the_diagnosis_with_its_factor(golden: Path) -> None:
    sql = (
        "select n, band, factor, factor_kind, source_table, value from marts.organisation_diagnosis"
        " where org_unit_id = 'AA' and measure_id = 'fte_per_person'"
    )
    ((*words, value),) = query(golden, sql)
    assert words == [2, "reserve", "structure", "transactional", "diagnosis_workload"]
    assert value == pytest.approx(120 * 12 * 1.1 / 2016 / 2)  # 120 hours a month of two persons


def test_a_ministry_with_little_data_is_not_rated_and_no_test_of_the_model_is_judged(golden: Path) -> None:
    assert query(golden, "select distinct state from marts.model_scores where row_kind = 'overall'") == [("not_rated",)]
    assert query(golden, "select distinct verdict from marts.model_method") == [("not_judged",)]
