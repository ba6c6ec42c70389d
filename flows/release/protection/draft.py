"""All that is about to be published lies in one draft, which every step of disclosure control reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from flows.errors import Place, QdeepError
from flows.release.protection.masks import Masks
from flows.release.protection.past import Memory
from flows.release.protection.rests import rested_on
from flows.release.protection.rounding import averaged, moved, rounded
from flows.release.protection.rules import Family, Rules, Special
from flows.release.tables import Table

Frames = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Draft:
    """All that is about to be published: the steps of disclosure control see every table at once.

    Attributes:
        memory: Table name -> what earlier releases said of its counts.
        lost: How many small counts earlier releases give away whatever this one withholds; grows step by step.
        open: How many small counts whoever goes to and fro between time and sums comes too near to.
        given_away: How many withheld counts a release is found to give away by itself, where one is asked.
    """

    tables: Mapping[str, Table]
    frames: Frames
    rules: Rules
    memory: Mapping[str, Memory] = field(default_factory=dict)
    lost: list[int] = field(default_factory=list)
    open: list[int] = field(default_factory=list)
    given_away: list[int] = field(default_factory=list)

    def special(self, name: str) -> Special:
        """Return the special rules of a table; none where the file names none."""
        return self.rules.tables.get(name, Special())

    def family(self, name: str) -> Family:
        """Return the thresholds of a table.

        Raises:
            QdeepError: E-501 where the table names a family that the rules do not have.
        """
        table = self.tables[name]
        if table.family not in self.rules.families:
            raise QdeepError("E-501", f"{name} has the unknown disclosure family {table.family}.", Place(file=name))
        return self.rules.families[table.family]

    def settle(self, exposed: int, *, blamed: bool) -> None:
        """Take note of small counts that nothing protects.

        Args:
            exposed: How many.
            blamed: Whether earlier releases tell some counts for good.

        Raises:
            QdeepError: E-501 where no earlier release is to blame.
        """
        if exposed and not blamed:
            raise QdeepError("E-501", f"{exposed} small counts cannot be protected from subtraction.")
        self.lost.append(exposed)

    def hidden_columns(self, name: str) -> tuple[str, ...]:
        """Return what a withheld row must not show: the columns named, and every number not known as harmless.

        Raises:
            QdeepError: E-501 where a table with groups of columns has a number that no group names.
        """
        table, groups = self.tables[name], self.special(name).groups
        if table.family == "none":
            return ()
        harmless = {*self.rules.kept, *table.grain}
        numbers = [column.name for column in table.fields if column.is_number and column.name not in harmless]
        evidence = ["evidence_level"] if self.family(name).evidence_shown and table.column("evidence_level") else []
        grouped = tuple(dict.fromkeys(column for group in groups for column in group.hide))
        if groups and not set(numbers) <= set(grouped):
            unruled = sorted(set(numbers) - set(grouped))
            raise QdeepError("E-501", f"No disclosure rule names {', '.join(unruled)} of {name}.", Place(file=name))
        return grouped or tuple(dict.fromkeys([*table.hide, *numbers, *evidence]))

    def as_shown(self, name: str, frame: pl.DataFrame) -> pl.DataFrame:
        """Return rows of a table with figures rounded as readers see them, before anything is withheld."""
        special, series = self.special(name), self.rules.cube.series if self.rules.cube else None
        frame, rule = rounded(frame, special.rounded), special.moved
        if rule and rule.kinds and series:
            columns = {
                indicator: [column for column, count in counts.items() if count in rule.counts]
                for indicator, counts in series.indicators.items()
            }
            frame = moved(frame, rule, columns, rested_on(self, list(self.rules.tables), name))
        elif rule:
            frame = moved(frame, rule, {}, pl.Series("exact", [False]).new_from_index(0, frame.height))
        return averaged(frame, special.averaged)


Step = Callable[[Draft, Masks], Masks]


def is_release(frame: pl.DataFrame) -> bool:
    """Whether rows come from a release, with what it withholds marked."""
    return "conf_status" in frame.columns and bool((frame["conf_status"] != "F").any())
