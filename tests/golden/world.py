"""Two tiny ministries, one process, two surveys: small enough to work out every figure by hand.

The structure stands in tests/warehouse/seeds: ministry AA has departments AA-1 (until 31 January 2026, then merged into
AA-2) and AA-2 with division AA-21; ministry BB has department BB-1. The world is seen as of 31 March 2026.
"""

from collections.abc import Iterator
from itertools import starmap
from pathlib import Path
from typing import Any

from tests.golden.campaign import deliver_campaign
from tests.golden.topics import deliver_topics
from tests.warehouse.lake import Lake, day, moment, settings

ITEMS = "item_id,column,type,choices,repeat,scale,is_reversed,text_uz,text_ru,text_en,text_ko\n"
CHOICES = "list,code,position,score,is_missing,label_uz,label_ru,label_en,label_ko\n"
INDICES = "index_id,item_id,score_family,min_answered_share\n"


def golden_lake(workspace: Path) -> Lake:
    """Fill a lake with the golden cases."""
    lake = Lake(settings(workspace))
    for ministry in ("AA", "BB"):
        lake.source(f"personnel_{ministry.lower()}", "personnel", organisation=ministry, required=True)
    lake.deliver("personnel_aa", list(starmap(post, AA_POSTS)))
    lake.deliver("personnel_bb", list(starmap(post, BB_POSTS)))
    lake.source("staffing_aa", "staffing", organisation="AA")
    lake.deliver("staffing_aa", list(starmap(approved, AA_STAFFING)))
    lake.source("orders_aa", "orders", organisation="AA")
    lake.deliver("orders_aa", list(starmap(order, AA_ORDERS)))
    lake.source("orders_bb", "orders", organisation="BB")
    # the promotions of 16 March were not known before 20 April
    lake.deliver("orders_bb", list(starmap(order, BB_ORDERS[:3])))
    lake.deliver("orders_bb", list(starmap(order, BB_ORDERS)), known_from="2026-04-20")
    lake.source("log_aa", "event_log", organisation="AA")
    lake.deliver("log_aa", list(starmap(event, LOG)))
    lake.source("permits_aa", "event_log", organisation="AA")
    lake.deliver("permits_aa", list(permits()))
    deliver_topics(lake)
    deliver_campaign(lake)
    _surveys(lake, workspace)
    return lake


# person, sex, born, service since, post, unit, type, fte, from, to, leave since
AA_POSTS = (
    # Aziza leads AA-1 until it is merged, then a part of AA-2
    ("aziza", "female", "1986-03-01", "2016-03-31", "A-1", "AA-1", "main", 1.0, "2020-01-01", "2026-01-31", None),
    ("aziza", "female", "1986-03-01", "2016-03-31", "A-1N", "AA-2", "main", 1.0, "2026-02-01", None, None),
    # Bahrom quits; 28 February is his last day
    ("bahrom", "male", "1976-03-01", "2006-03-31", "A-2", "AA-2", "main", 1.0, "2020-01-01", "2026-02-28", None),
    # Charos is hired in mid February
    ("charos", "female", "1996-03-01", "2026-02-15", "A-3", "AA-21", "main", 0.5, "2026-02-15", None, None),
    # Davron moves to AA-21 on 10 March; his old post was never closed in the extract
    ("davron", "male", "1966-03-01", None, "A-4", "AA-2", "main", 1.0, "2020-01-01", None, None),
    ("davron", "male", "1966-03-01", None, "A-5", "AA-21", "main", 1.0, "2026-03-10", None, None),
    # Elyor holds a main post in both ministries from 1 March
    ("elyor", "male", "1981-03-01", "2011-03-31", "A-6", "AA-2", "main", 0.5, "2026-03-01", None, None),
    # Feruza combines: full-time equivalents, no head
    ("feruza", "female", "1991-03-01", None, "A-7", "AA-2", "external_combination", 0.5, "2020-01-01", None, None),
    # and acts in the post that Bahrom left: it is held, but still vacant
    ("feruza", "female", "1991-03-01", None, "A-2", "AA-2", "acting", 0.0, "2026-03-16", None, None),
    # Lola came back to the service for five months of 2024
    ("lola", "female", "1974-01-01", "2000-01-01", "A-8", "AA-21", "main", 1.0, "2024-06-03", "2024-10-31", None),
)
BB_POSTS = (
    ("elyor", "male", "1981-03-01", "2011-03-31", "B-1", "BB-1", "main", 0.5, "2020-01-01", None, None),
    # Gulnora is on long leave: a head, no full-time equivalent
    ("gulnora", "female", "1990-03-01", "2014-03-31", "B-2", "BB-1", "main", 1.0, "2020-01-01", None, "2026-01-01"),
    # Hasan is seconded out: still a head at home
    ("hasan", "male", "1985-03-01", "2010-03-31", "B-3", "BB-1", "seconded_out", 1.0, "2020-01-01", None, None),
    # three leave after 10 February: one retires, one goes to another body, one goes there with a whole unit
    ("iroda", "female", "1970-02-01", "1995-02-10", "B-4", "BB-1", "main", 1.0, "2020-01-01", "2026-02-10", None),
    ("jasur", "male", "1980-02-01", "2005-02-10", "B-5", "BB-1", "main", 1.0, "2020-01-01", "2026-02-10", None),
    ("kamola", "female", "1980-02-01", "2005-02-10", "B-6", "BB-1", "main", 1.0, "2020-01-01", "2026-02-10", None),
)

# Elyor's schooling is not known
EDUCATION = {"aziza": "master", "charos": "bachelor", "davron": "secondary"}
DISABLED = {"aziza": True, "charos": False, "davron": False}
# since when Aziza is of her rank; the next is due after 36 months
RANKS = {"aziza": ("referent_1", "2022-01-31")}
CONTRACTS = {"aziza": "indefinite", "charos": "first_year", "davron": "fixed_term"}


def post(
    person: str,
    sex: str,
    born: str,
    since: str | None,
    position: str,
    unit: str,
    kind: str,
    fte: float,
    start: str,
    end: str | None,
    leave: str | None,
) -> dict[str, Any]:
    """One row of a personnel extract."""
    return {
        "person_key": f"h1_{person}",
        "birth_month": day(born),
        "sex": sex,
        "education_level": EDUCATION.get(person),
        "disability_flag": DISABLED.get(person),
        "qualification_rank": RANKS.get(person, (None,))[0],
        "qualification_rank_date": day(RANKS[person][1]) if person in RANKS else None,
        "contract_type": CONTRACTS.get(person),
        "civil_service_start_date": day(since) if since else None,
        "position_id": position,
        "org_unit_id": unit,
        "assignment_type": kind,
        "fte": fte,
        "start_date": day(start),
        "end_date": day(end) if end else None,
        "long_leave_start": day(leave) if leave else None,
    }


# post, unit, leads, approved fte, from, to
AA_STAFFING = (
    ("A-1", "AA-1", True, 1.0, "2020-01-01", "2026-01-31"),
    ("A-1N", "AA-2", True, 1.0, "2026-02-01", None),
    ("A-2", "AA-2", True, 1.0, "2020-01-01", None),  # vacant after Bahrom
    ("A-3", "AA-21", False, 2.0, "2020-01-01", None),  # Charos fills 0.5 of 2
    ("A-4", "AA-2", False, 0.5, "2020-01-01", None),  # Davron overfills it
)


# post -> post above, family of the work, months after which the holder is to be rotated
STAFFING_MORE: dict[str, tuple[str | None, str, int | None]] = {
    "A-1": (None, "leadership", None),
    "A-1N": (None, "leadership", None),
    "A-2": ("A-1N", "legal", 74),
    "A-3": ("A-2", "hr", None),
    "A-4": ("A-2", "legal", 74),
}


def approved(position: str, unit: str, leads: bool, fte: float, start: str, end: str | None) -> dict[str, Any]:
    """One row of a staffing table."""
    return {
        "position_id": position,
        "org_unit_id": unit,
        "position_group": "auxiliary",
        "position_category": "specialist",
        "is_managerial": leads,
        "is_critical": leads,
        "approved_fte": fte,
        "reports_to_position_id": STAFFING_MORE[position][0],
        "job_family": STAFFING_MORE[position][1],
        "rotation_term_months": STAFFING_MORE[position][2],
        "valid_from": day(start),
        "valid_to": day(end) if end else None,
    }


# number, day, person, class, unit, to unit
AA_ORDERS = (
    ("O-1", "2026-02-01", "aziza", "internal_transfer_mass", "AA-1", "AA-2"),
    ("O-2", "2026-02-15", "charos", "new_hire", "AA-21", None),
    ("O-3", "2026-02-28", "bahrom", "quit", "AA-2", None),
    ("O-3A", "2026-02-28", "bahrom", "quit", "AA-2", None),  # the order and its correction: one exit
    ("O-4", "2026-03-10", "davron", "internal_transfer", "AA-2", "AA-21"),
    ("O-8", "2024-06-03", "lola", "rehire", "AA-21", None),
    ("O-9", "2024-10-31", "lola", "quit", "AA-21", None),
    # her contract becomes indefinite; Davron is awarded a rank
    ("O-12", "2026-03-25", "charos", "contract_conversion", "AA-21", None),
    ("O-13", "2026-03-20", "davron", "rank_award", "AA-21", None),
    # nobody ordered Elyor's entry: the bridge shows it as unexplained
)


BB_ORDERS = (
    ("O-5", "2026-02-10", "iroda", "retirement_voluntary", "BB-1", None),
    ("O-6", "2026-02-10", "jasur", "transfer_out", "BB-1", None),
    ("O-7", "2026-02-10", "kamola", "transfer_out_mass", "BB-1", None),
    # a woman and a man are promoted where they are
    ("O-10", "2026-03-16", "gulnora", "promotion", "BB-1", "BB-1"),
    ("O-11", "2026-03-16", "hasan", "promotion", "BB-1", "BB-1"),
)


def order(number: str, effective: str, person: str, kind: str, unit: str, to_unit: str | None) -> dict[str, Any]:
    """One row of the personnel orders."""
    return {
        "order_no": number,
        "order_date": day(effective),
        "effective_date": day(effective),
        "person_key": f"h1_{person}",
        "movement_class": kind,
        "org_unit_id": unit,
        "to_org_unit_id": to_unit,
    }


# process, case, activity, start, completion, person, due, closed; 5 January 2026 is a Monday
LOG = (
    ("letters", "1", "register", "2026-01-05 09:00", "2026-01-05 10:00", "r1", "2026-01-06 12:00", True),
    ("letters", "1", "draft", "2026-01-05 12:00", "2026-01-05 15:00", "r2", "2026-01-06 12:00", True),
    ("letters", "1", "sign", "2026-01-06 09:00", "2026-01-06 10:00", "r3", "2026-01-06 12:00", True),
    ("letters", "2", "register", "2026-01-05 10:00", "2026-01-05 11:00", "r1", "2026-01-05 17:00", None),
    ("letters", "2", "draft", "2026-01-05 11:00", "2026-01-05 12:00", "r1", "2026-01-05 17:00", None),
    ("letters", "2", "returned", "2026-01-05 14:00", "2026-01-05 14:30", "r3", "2026-01-05 17:00", None),
    ("letters", "2", "draft", "2026-01-05 16:00", "2026-01-05 17:00", "r1", "2026-01-05 17:00", None),
    ("letters", "2", "sign", "2026-01-05 17:00", "2026-01-05 17:30", "r3", "2026-01-05 17:00", None),
    # open and overdue
    ("letters", "3", "register", "2026-01-05 09:00", "2026-01-05 09:30", "r1", "2026-01-06 10:00", False),
    # open, not due yet
    ("letters", "4", "register", "2026-03-30 09:00", "2026-03-30 09:30", "r1", "2026-04-10 10:00", False),
    # closed after as_of: open as of 31 March, and not due before 2 April
    ("letters", "5", "register", "2026-03-31 09:00", "2026-03-31 10:00", "r1", "2026-04-02 10:00", True),
    ("letters", "5", "sign", "2026-04-01 09:00", "2026-04-01 10:00", "r3", "2026-04-02 10:00", True),
    # a process that nobody has listed, whose log has no starts
    ("unlisted", "x", "one", None, "2026-01-05 08:00", "r1", None, True),
    ("unlisted", "x", "two", None, "2026-01-05 20:00", None, None, True),
    ("unlisted", "x", "three", None, "2026-01-05 21:00", "r2", None, True),
)


def permits() -> Iterator[dict[str, Any]]:
    """Ten permits of Monday 12 January 2026, by events; each is worked out in test_bpr_ten_cases.py."""
    plain = ("take 9-10 r1 AA-2", "check 11-12 r2 AA-21", "give 12-13 r1 AA-2")
    paths = {str(number): plain for number in range(1, 7)} | {
        "7": ("take 9-10 r1 AA-2", "check 10-11 r2 AA-21", "check 11-12 r3 AA-21", "give 14-15 r1 AA-2"),
        "8": (
            "take 9-10 r1 AA-2",
            "check 10-11 r2 AA-21",
            "back 11-12 r3 AA-2",
            "check 14-15 r2 AA-21",
            "give 15-16 r1 AA-2",
        ),
        "9": ("take 9-10 r1 AA-2", "check 10-13 r2 AA-21", "give 11-12 r1 AA-2"),
        "10": ("take 9-10 r1 AA-2",),
    }
    for case, path in paths.items():
        for step in path:
            activity, hours, who, unit = step.split()
            for transition, hour in zip(("start", "complete"), hours.split("-"), strict=True):
                yield {
                    "process_id": "permits",
                    "case_id": case,
                    "activity": activity,
                    "occurred_at": moment(f"2026-01-12 {int(hour):02}:00"),
                    "lifecycle": transition,
                    "resource_key": f"{case}-{who}",
                    "org_unit_id": unit,
                    "due_at": moment("2026-01-12 14:00"),
                    "is_case_closed": case != "10",
                }


def event(
    process: str,
    case: str,
    activity: str,
    start: str | None,
    end: str,
    who: str | None,
    due: str | None,
    closed: bool | None,
) -> dict[str, Any]:
    """One row of an event log."""
    return {
        "process_id": process,
        "case_id": case,
        "activity": activity,
        "started_at": moment(start) if start else None,
        "completed_at": moment(end),
        "resource_key": who,
        "org_unit_id": "AA-2" if process == "letters" else None,
        "due_at": moment(due) if due else None,
        "is_case_closed": closed,
    }


# respondent, unit, sex, answers to q1 q2 q3 (q3 is reversed), verdict of the survey team
ENGAGEMENT = (
    ("e1", "AA-2", "female", (5, 4, 1), ""),  # 100, 75, 100 -> 91.666...
    ("e2", "AA-2", "male", (3, 3, 3), "validation_status_approved"),  # 50
    ("e3", "AA-21", "male", (1, 2, None), ""),  # 0, 25 -> 12.5: two of three are enough
    ("e4", "AA-21", "female", (5, None, None), ""),  # one of three is not: no score
    ("e5", "AA-2", "male", (5, 5, 1), "Not Approved"),  # left out
    ("e6", "AA-2", "female", (5, "dk", 3), ""),  # 100, 50 -> 75: "do not know" is no answer
)

# respondent, ministry, c01 c02 c03 (working days), c04 c07 (of 100), steps
# step: code, role, place, reach, touch p50 p10 p90 (minutes), wait (working hours)
FULL = (("register", "clerk", "same_unit", 100, 10, 5, 15, 1), ("draft", "executor", "other_unit", 50, 60, 30, 90, 8))
PROCESS = (
    # five for AA; register: means 10, 20, 30, 40, 500 (one in hours?) -> the trimmed mean is 30
    ("p1", "AA", (5, 2, 9), (10, 20), FULL),
    ("p2", "AA", (6, 3, 12), (20, 20), (("register", "clerk", "same_unit", 100, 20, 20, 20, 2),)),
    ("p3", "AA", (7, 3, 14), (30, 40), (("register", "clerk", "same_unit", 100, 30, None, 40, 3),)),
    # p10 and p90 the wrong way round: sorted
    ("p4", "AA", (8, 4, 20), (40, None), (("register", "clerk", "same_unit", 100, 40, 50, 30, 4),)),
    ("p5", "AA", (20, 5, 40), (50, 60), (("register", "clerk", "same_unit", 100, 500, 500, 500, 50),)),
    # three for BB: medians
    ("p6", "BB", (1, None, None), (0, 0), (("register", "clerk", "same_unit", 100, 10, 10, 10, 1),)),
    ("p7", "BB", (2, None, None), (0, 0), (("register", "clerk", "same_unit", 80, 20, 20, 20, 2),)),
    ("p8", "BB", (9, None, None), (30, 0), (("register", "clerk", "same_unit", 60, 90, 90, 90, 9),)),
)
# a year before one respondent answered
PROCESS_BEFORE = (("p0", "AA", (100, 50, 200), (90, 90), (("sign", "minister", "same_unit", 100, 5, 5, 5, 40),)),)
FLAT_ITEMS = ("c01_lead_p50", "c02_lead_p10", "c03_lead_p90", "c04_return_pct", "c07_late_pct")
STEP_ITEMS = (
    "d01_step",
    "d04_step_role",
    "d05_step_place",
    "d06_reach_pct",
    "d07_touch_p50",
    "d08_touch_p10",
    "d09_touch_p90",
    "d10_wait_p50",
)


# what the five of AA say besides: of the whole process, and of their first step
FLAT_MORE = {
    "b06_annual_cases": (800, 900, 1000, 1100, 1200),
    "b08_open_cases": (40, 40, 40, 40, 40),
    "b09_overdue_cases": (10, 10, 10, 10, 10),
    "c06_error_pct": (1, 2, 3, 4, 5),
    "c08_docs_required": (4, 4, 4, 4, 4),
    "c09_docs_already_held": (1, 1, 1, 1, 1),
    "c10_applicant_minutes": (30, 30, 30, 30, 30),
    "c11_applicant_cost_uzs": (1000, 1000, 1000, 1000, 1000),
    # a clerk's step takes 10, 20, 30, 40 and 500 minutes: 40 hours of cases a month for four of them, for 10 a week
    "a04_role": ("clerk", "clerk", "clerk", "clerk", "clerk"),
    "e01_hours_total": (40, 40, 40, 40, 40),
    "e02_hours_process": (10, 10, 10, 10, 10),
    "e03_cases_month": (240, 120, 80, 60, 24),
    "e04_staff_unit": (8, 8, 8, 8, 8),
    "f01_design": (2, 3, 3, 3, 4),
    "f02_performers": (4, 4, 4, 4, 4),
    "f03_owner": (4, 4, 4, 4, 4),
    "f04_infrastructure": (2, 2, 2, 3, 3),
    "f05_metrics": (5, 5, 5, 5, 5),
    "g02_feasibility": (4, 4, 4, 4, 4),
}
STEP_MORE = {
    "d11_wait_reason": ("queue", "queue", "absent", "batch", "external"),
    "d12_signoffs": (2, 2, 2, 2, 2),
    "d13_signoff_effect": ("often", "always", "never", "never", "rarely"),
    "d15_rekey_fields": (3, 3, 3, 3, 3),
    "d16_medium": (2, 2, 2, 2, 2),
    "d17_rule_based": (5, 5, 5, 5, 5),
    "d18_step_return_pct": (10, 10, 10, 10, 10),
    "d19_value_class": ("applicant", "applicant", "applicant", "nobody", "organisation"),
}
# five clerks on permits: an hour to take and an hour to check, which waits for three; the times bear each other out
PERMITS = tuple(
    (
        f"q{number}",
        "AA",
        (1, 0.5, 2),
        (0, 0),
        (("take", "clerk", "same_unit", 100, 60, 60, 60, 0), ("check", "checker", "same_unit", 100, 60, 60, 60, 3)),
    )
    for number in range(1, 6)
)
PERMITS_MORE = {
    "a04_role": "clerk",
    "b06_annual_cases": 250,
    "c10_applicant_minutes": 30,
    "e01_hours_total": 40,
    "e02_hours_process": 10,
    "e03_cases_month": 40,
    "e04_staff_unit": 4,
}
SYSTEMS = {"p1": ("edms", "excel"), "p2": ("edms",), "p3": ("edms",), "p4": ("edms",), "p5": ("none",)}
CHOSEN = {"c05_return_reasons": ("format", (1, 1, 0, 0, 0)), "g03_barriers": ("law", (1, 0, 0, 0, 0))}


def _more_answers() -> Iterator[dict[str, Any]]:
    for number in range(5):
        key = f"p{number + 1}"
        for item, values in FLAT_MORE.items():
            yield answer(key, item, values[number])
        for item, values in STEP_MORE.items():
            yield answer(key, item, values[number], "step", 1)
        for item, (choice, values) in CHOSEN.items():
            yield answer(key, item, values[number]) | {"choice": choice}
        for system in ("edms", "excel", "none"):
            yield answer(key, "d14_systems", int(system in SYSTEMS[key]), "step", 1) | {"choice": system}
    for key, *_ in PERMITS:
        for item, value in PERMITS_MORE.items():
            yield answer(key, item, value)


# kinds of work of two persons: function, times a month, minutes a time
TASKS = {"t1": (("casework", 100, 30), ("reporting", 20, 60)), "t2": (("casework", 50, 60),)}

# what became of twelve who were invited to describe the process in February
OUTCOMES = (*["complete"] * 5, "partial", "refused", "refused", "non_contact", None, None, "ineligible")


def invitation(number: int, outcome: str | None) -> dict[str, Any]:
    """One row of the list of those invited."""
    return {
        "invitation_key": f"h1_i{number}",
        "instrument_id": "bpr",
        "wave_id": "2026-02",
        "org_unit_id": "AA-2",
        "sex": ("female", "male")[number % 2],
        "frozen_on": day("2026-01-31"),
        "outcome": outcome,
    }


def _surveys(lake: Lake, workspace: Path) -> None:
    book = workspace / "contracts" / "codebooks" / "engagement" / "1"
    book.mkdir(parents=True)
    items = "".join(f"q{n},q{n},select_one,agree,none,agree,{str(n == 3).lower()},-,-,-,-\n" for n in (1, 2, 3))
    (book / "items.csv").write_text(ITEMS + items, encoding="utf-8")
    points = "".join(f"agree,{n},{n},{n},false,-,-,-,-\n" for n in range(1, 6))
    (book / "choices.csv").write_text(CHOICES + points + "agree,dk,6,,true,-,-,-,-\n", encoding="utf-8")
    rows = "".join(f"engagement,q{n},mean_0_100,0.67\n" for n in (1, 2, 3))
    (book / "indices.csv").write_text(INDICES + rows, encoding="utf-8")

    lake.source("engagement_2026", "survey", instrument=("engagement", "1"))
    responses = [
        {
            "response_key": key,
            "submitted_at": moment("2026-03-10 10:00"),
            "ministry_id": "AA",
            "org_unit_id": unit,
            "sex": sex,
            "validation_status": verdict,
        }
        for key, unit, sex, _, verdict in ENGAGEMENT
    ]
    answers = [answer(key, f"q{n}", value) for key, _, _, values, _ in ENGAGEMENT for n, value in enumerate(values, 1)]
    lake.deliver("engagement_2026", responses, answers=answers)

    lake.source("invited", "survey_invitations")
    lake.deliver("invited", [invitation(number, outcome) for number, outcome in enumerate(OUTCOMES)])

    lake.source("workload", "survey", instrument=("workload", "1"))
    loads = [{"response_key": key, "submitted_at": moment("2026-03-10 10:00"), "org_unit_id": "AA-2"} for key in TASKS]
    tasks = [
        answer(key, item, value, "task", place)
        for key, several in TASKS.items()
        for place, task in enumerate(several, 1)
        for item, value in zip(("t01_function", "t02_volume", "t03_minutes"), task, strict=True)
    ]
    lake.deliver("workload", loads, answers=tasks)

    lake.source("bpr", "survey", instrument=("bpr", "1"), scope="period")
    _questionnaire(lake, PROCESS_BEFORE, "2025-02-10 10:00")
    _questionnaire(lake, (*PROCESS, *PERMITS), "2026-02-10 10:00")


def _questionnaire(lake: Lake, respondents: tuple, submitted_at: str) -> None:
    responses = [
        {
            "response_key": key,
            "submitted_at": moment(submitted_at),
            "ministry_id": ministry,
            "process_id": "permits" if key.startswith("q") else "letters",
        }
        for key, ministry, *_ in respondents
    ]
    answers = [
        answer(key, item, value)
        for key, _, times, shares, _ in respondents
        for item, value in zip(FLAT_ITEMS, (*times, *shares), strict=True)
    ] + [
        answer(key, item, value, "step", position)
        for key, _, _, _, steps in respondents
        for position, step in enumerate(steps, 1)
        for item, value in zip(STEP_ITEMS, step, strict=True)
    ]
    if respondents is not PROCESS_BEFORE:
        answers += _more_answers()
    lake.deliver("bpr", responses, answers=answers, period=f"{submitted_at[:7]}-01")


def answer(key: str, item: str, value: object, repeat: str = "none", position: int = 0) -> dict[str, Any]:
    """One row of the answers of a survey."""
    text = None if value is None else str(value)
    return {
        "response_key": key,
        "repeat": repeat,
        "position": position,
        "item_id": item,
        "choice": "value",
        "value": text,
    }
