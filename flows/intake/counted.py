"""A moment told by how much time has passed since 1970 reads as the local one; a count in the other unit does not.

Databases and programs write moments so (`time_t`, `Date.getTime()`). Such a count is an instant: it has no zone.
"""

UNITS = {"unix_seconds": 1, "unix_milliseconds": 1000}  # format of a contract -> units in a second
COUNT = r"[+-]?\d{1,13}([.]\d{0,9})?"
FROM, UNTIL = -5_364_662_400, 7_258_118_400  # years 1800 to 2200, in seconds; any other is a slip
LARGE = 10**10  # what a count of seconds never reaches
QUARTER = 900_000  # ms; the hours of all zones differ by quarters of one


def spelled(formats: tuple[str, ...]) -> tuple[str, ...]:
    """Return the formats that spell a day out."""
    return tuple(one for one in formats if one not in UNITS)


def moments(text: str, formats: tuple[str, ...], zone: str) -> list[str]:
    """Return SQL of the moment of a zone that a text counts, for each format that is a count; null where it is none."""
    return [_moment(text, UNITS[one], zone) for one in formats if one in UNITS]


def _moment(text: str, units: int, zone: str) -> str:
    number = f"try_cast({text} as double)"
    moment = f"make_timestamp(cast(round({number} * {1_000_000 // units}) as bigint)) at time zone 'UTC'"
    tests = [f"regexp_full_match({text}, '{COUNT}')", f"{number} between {FROM * units} and {UNTIL * units}"]
    if units > 1:  # seconds taken for thousandths would all lie about the first days of 1970; few fall on a quarter
        tests.append(f"(abs({number}) >= {LARGE} or {number} % {QUARTER} = 0)")
    return f"case when {' and '.join(tests)} then {moment} at time zone '{zone}' end"
