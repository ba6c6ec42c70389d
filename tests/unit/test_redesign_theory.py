"""Queues, flow analysis and simulation against published values, theory and figures worked out by hand."""

from dataclasses import replace
from math import erf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.redesign.edits import apply
from flows.redesign.flow import analyse, block_visits, pool_queues
from flows.redesign.process import Pool, Process, Spread, Step
from flows.redesign.queueing import erlang_c, pool_queue
from flows.redesign.simulate import Draws, simulate


def _process(*steps: Step, **values: object) -> Process:
    return Process("p", steps, **values)


def _step(name: str, touch: float = 1.0, wait: float = 0.0, **values: object) -> Step:
    return Step(name, str(values.pop("role", "clerk")), Spread(touch), Spread(wait), **values)


# load, servers, C: Erlang's delay probabilities. M/M/1 is the load itself; 2 servers at 1 erlang 1/3 and 3 servers at 2
# erlangs 4/9 by the formula in fractions; 10 servers at 8 erlangs and 5 at 4 as printed in tables of Erlang C.
DELAYS = [(0.8, 1, 0.8), (1, 2, 1 / 3), (2, 3, 4 / 9), (8, 10, 0.4092), (4, 5, 0.5541)]


@pytest.mark.parametrize(("load", "servers", "share"), DELAYS)
def test_erlang_c_is_what_tables_say(load: float, servers: int, share: float) -> None:
    assert erlang_c(load, servers) == pytest.approx(share, abs=5e-5)


def test_erlang_c_of_the_reference_pool() -> None:
    """domain/bpr.md 4.2: 5 cases a day of 8 hours, 4 hours each, 3 people: 5.62 working hours."""
    assert pool_queue(5 / 8, 4, 3).wait == pytest.approx(5.62, abs=0.005)
    assert pool_queue(5 / 8, 4, 3, service_cv=1.5).wait == pytest.approx(9.13, abs=0.005)
    assert pool_queue(5 / 8, 4, 3, service_cv=0.5).wait == pytest.approx(3.51, abs=0.005)


def test_mm1_is_its_textbook() -> None:
    queue = pool_queue(0.5, 1, 1)
    assert (queue.utilisation, queue.delayed_share, queue.wait, queue.waiting) == (0.5, 0.5, 1.0, 0.5)


def test_md1_waits_half_as_long_as_mm1() -> None:
    assert pool_queue(0.5, 1, 1, service_cv=0).wait == pytest.approx(0.5)


def test_a_pool_that_cannot_keep_up_waits_without_end() -> None:
    assert pool_queue(2, 1, 2).wait == np.inf
    assert erlang_c(3, 2) == 1.0


@settings(max_examples=50, deadline=None)
@given(st.floats(0.01, 0.95), st.integers(1, 40))
def test_more_people_never_wait_longer(busy: float, servers: int) -> None:
    load = busy * servers
    assert 0 <= erlang_c(load, servers + 1) <= erlang_c(load, servers) <= 1


@pytest.mark.parametrize(("persons", "load"), [(1, 0.7), (3, 2.4)])
def test_simulated_queue_holds_the_closed_form(persons: int, load: float) -> None:
    """Lognormal service of cv 1 has the first two moments of M/G/c; the closed form lies in the 99 % interval."""
    process = _process(
        Step("a", "clerk", Spread(1.0, 1.0), Spread(0.0)), pools={"clerk": Pool(persons)}, cases_year=load * 2016
    )
    seen = np.array([simulate(process, Draws(7, number, 1500)).waits["clerk"] for number in range(30)])
    told = pool_queues(process)["clerk"].wait
    error = 2.76 * seen.std(ddof=1) / np.sqrt(len(seen))  # t of 29 degrees, 99 %
    assert abs(seen.mean() - told) <= error + 0.15 * told  # Allen and Cunneen are good to about 15 %


def test_nobody_works_more_than_all_the_time_and_no_case_is_lost() -> None:
    process = _process(_step("a", 1.0), pools={"clerk": Pool(1)}, cases_year=1.5 * 2016)
    seen = simulate(process, Draws(1, 0, 400))
    assert seen.utilisations["clerk"] <= 1
    assert len(seen.leads) == 320
    assert (seen.leads > 0).all()


def test_flow_of_a_sequence_with_a_branch_and_a_repeat_by_hand() -> None:
    """Two hours, half of the cases four hours, one hour that a fifth of the time is done again: 2 + 2 + 1.25."""
    flow = analyse(
        _process(_step("a", 2), _step("b", 4, reach=0.5), _step("c", 1, returned=0.2), hour_uzs={"clerk": 100.0})
    )
    assert flow.visits == {"a": 1, "b": 0.5, "c": 1.25}
    assert (flow.touch_hours, flow.lead_hours, flow.cost_uzs) == (5.25, 5.25, 525.0)


def test_flow_of_a_return_to_an_earlier_step_by_hand() -> None:
    """A third of the visits of c go back to a: each round is taken 1.5 times."""
    process = _process(_step("a", 2), _step("b", 4), _step("c", 1, returned=1 / 3, return_to="a"))
    assert block_visits(process) == pytest.approx([1.5, 1.5, 1.5])
    assert analyse(process).lead_hours == pytest.approx(10.5)


def test_flow_of_parallel_steps_takes_the_slowest() -> None:
    """Five hours, or in the half of cases that b does not meet, two: 3.5; both are worked on."""
    flow = analyse(_process(_step("a", 2, group="x"), _step("b", 5, group="x", reach=0.5)))
    assert (flow.lead_hours, flow.touch_hours) == (3.5, 4.5)


def test_the_longer_of_two_equal_lognormal_times() -> None:
    """Of two independent lognormal times the mean of the larger is 2 m Phi(s / sqrt 2)."""
    times = [Step(name, "none", Spread(3.0, 0.8), Spread(0.0), group="x") for name in "ab"]
    below = (1 + erf(times[0].touch.log_sd / 2)) / 2  # Phi(s / sqrt 2)
    assert analyse(_process(*times)).lead_hours == pytest.approx(2 * 3 * below, rel=1e-3)


def test_what_external_bodies_do_costs_nobody_an_hour() -> None:
    flow = analyse(_process(_step("a", 2, role="external"), _step("b", 1), hour_uzs={"clerk": 10.0, "external": 99.0}))
    assert (flow.touch_hours, flow.cost_uzs, flow.lead_hours) == (1, 10, 3)


def _office() -> Process:
    steps = [Step(f"s{number}", "clerk", Spread(0.5, 0.7), Spread(6, 0.7), 0.9, 0.1) for number in range(4)]
    return _process(*steps, pools={"clerk": Pool(2)}, cases_year=1000, case_log_sd=0.3)


def test_simulation_holds_flow_analysis() -> None:
    process = replace(_office(), pools={})
    seen = np.array([simulate(process, Draws(3, number, 500)).leads.mean() for number in range(12)])
    error = 3.11 * seen.std(ddof=1) / np.sqrt(len(seen))  # t of 11 degrees, 99 %
    assert abs(seen.mean() - analyse(process).lead_hours) <= error


def test_the_same_seed_gives_the_same_bytes() -> None:
    one, two = (simulate(_office(), Draws(5, 2, 200)) for _ in range(2))
    assert one.leads.tobytes() == two.leads.tobytes()
    assert one.waits == two.waits


def test_no_edits_change_nothing_at_all() -> None:
    one, two = (simulate(process, Draws(5, 2, 200)) for process in (_office(), apply(_office(), [])))
    assert one.leads.tobytes() == two.leads.tobytes()


def test_common_random_numbers_make_differences_surer() -> None:
    before = _office()
    after = apply(before, [{"edit": "simplify", "step": "s1", "wait_factor": 0.5}])
    common, apart = [], []
    for number in range(12):
        first = simulate(before, Draws(9, number, 200)).leads.mean()
        common.append(simulate(after, Draws(9, number, 200)).leads.mean() - first)
        apart.append(simulate(after, Draws(10, number, 200)).leads.mean() - first)
    assert np.var(common) < np.var(apart) / 10


def test_cases_that_return_again_and_again_end() -> None:
    process = _process(_step("a", 1, returned=0.9), cases_year=100)
    assert simulate(process, Draws(1, 0, 300)).leads.mean() == pytest.approx(10, rel=0.35)
