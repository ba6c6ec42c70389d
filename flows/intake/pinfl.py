"""DuckDB knows what a personal number (PINFL) is: its form and its check digit, as macros of a stage database."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Century and sex, day of birth, area, serial, check digit (hrm.md 5.2, S46); staff alive today have 3 to 6.
PINFL = r"[3-6]\d{13}"
PINFL_SCIENTIFIC = r"\d([.,]\d+)?[eE][+]?\d+"
WEIGHTS = (7, 3, 1)
# A digit is, modulo ten, the number without all places behind it: thirteen divisions instead of thirteen texts.
_NUMBER = "try_cast(pinfl as bigint)"
_DIGITS = [f"{_NUMBER} // {10 ** (13 - i)}" for i in range(13)]
_SUM = " + ".join(f"{weight} * ({' + '.join(_DIGITS[i::3])})" for i, weight in enumerate(WEIGHTS))
_BIRTH = "substr(pinfl, 2, 4) || if(substr(pinfl, 1, 1) in ('3', '4'), '19', '20') || substr(pinfl, 6, 2)"
_CHECK_DIGIT = f"({_SUM}) % 10 = {_NUMBER} % 10"
# Area and serial are never 000.
_WELLFORMED = (
    f"regexp_full_match(pinfl, '{PINFL}') and substr(pinfl, 8, 3) <> '000' and substr(pinfl, 11, 3) <> '000' "
    f"and try_strptime({_BIRTH}, '%d%m%Y') is not null"
)


def create_macros(connection: "DuckDBPyConnection") -> None:
    """Create the macros that contract rules may use.

    `qd_pinfl_is_wellformed(text)`: whether it can be a personal number; `qd_pinfl_check_digit(text)`: whether the
    last digit of a well-formed one is right.
    """
    connection.execute(f"create or replace macro qd_pinfl_check_digit(pinfl) as {_CHECK_DIGIT}")
    connection.execute(f"create or replace macro qd_pinfl_is_wellformed(pinfl) as {_WELLFORMED}")
