"""One list of rules says what is wrong with a row: SQL for the refusal, the same SQL or its built-in for the suite."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flows.contracts.load import allowed_codes
from flows.contracts.model import Column, Contract, Contracts, Rule
from flows.intake.asked import asked
from flows.intake.match import NOTHING, Feed, Layout
from flows.intake.normalise import has_mojibake, literal
from flows.intake.pinfl import PINFL_SCIENTIFIC
from flows.intake.spelling import is_mended, is_typed
from flows.intake.values import words

# As databases, Python, R and spreadsheets write what is not there; `Null` is a family name.
NOTHING_WORDS = ("NULL", "null", "(null)", "<null>", "None", "nan", "NaN", "N/A", "n/a", "#N/A", "#Н/Д", "\\N")
PARSED_TYPES = ("integer", "decimal", "date", "timestamp", "boolean", "pinfl")


@dataclass(frozen=True)
class RowRule:
    """A compiled rule over the rows of a stage table.

    Attributes:
        id: `<column>.<aspect>` for what a column demands, else the id of the contract's rule.
        code: Reason code.
        column: Column that is marked; the first one of a rule over several.
        bad: SQL over stage columns: true where the row breaks the rule, false or null elsewhere.
        base: Stage column whose non-null cells are counted as checked; empty counts all rows.
        severity: `refuse` or `warn`.
        description: One sentence, without values.
        builtin: Name of the built-in expectation that says the same; empty where SQL is needed.
        arguments: Arguments of that expectation.
    """

    id: str
    code: str
    column: str
    bad: str
    base: str = ""
    severity: str = "refuse"
    description: str = ""
    builtin: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)


def compile_rules(layout: Layout, contract: Contract, contracts: Contracts) -> tuple[RowRule, ...]:
    """Compile what columns, key, kind and source demand of a row of one stage table.

    Columns that the delivery does not hold demand nothing. Rules over several columns look only at rows in
    which each of these columns can be read, so that one fault is told once.
    """
    delivered = [feed for feed in layout.feeds if feed.raw != NOTHING]
    rules = [rule for feed in delivered if not feed.choice for rule in _column_rules(feed, layout, contracts)]
    rules += _option_rules(layout)
    rules += _table_rules(layout, contract)
    if layout.table == contract.kind.tables[0].name:
        columns = {feed.column.name: feed.column for feed in delivered}
        rules += [
            _row_rule(rule, columns, contracts)
            for rule in (*contract.kind.rules, *contract.rules)
            if set(rule.columns) <= set(columns)
        ]
    return tuple(rules)


def reference_table(name: str) -> str:
    """Return the stage database's table of a reference, for example `reference_org_units__org_unit_id`."""
    return f"reference_{name.replace('.', '__')}"


def _column_rules(feed: Feed, layout: Layout, contracts: Contracts) -> Iterator[RowRule]:
    column, name, text = feed.column, feed.column.name, f"{feed.column.name}__text"
    given = f"{name}__is_given" if is_typed(feed) else text
    if column.required:
        yield _required(name, given, asked(feed, layout))
    is_named = column.type == "text" and column.privacy == "none" and not (feed.item or column.references)
    if is_named and (column.required or column.pattern):
        yield _no_word_for_nothing(name, text, "E-301" if column.required else "E-305")
    yield from _type_rules(column)
    yield from _value_rules(column, contracts)
    if feed.item and feed.item.type == "select_multiple":
        yield _tokens_rule(feed, layout)
    if is_mended(feed):
        yield from _mended_rules(name)
        if column.type == "text" and not column.pattern and not column.references:
            yield RowRule(
                f"{name}.mojibake",
                "E-213",
                name,
                has_mojibake(text),
                text,
                description=f"{name} was decoded with the right encoding.",
            )


def _required(name: str, given: str, where: str) -> RowRule:
    empty = f"{given} is null"
    if where:
        return RowRule(
            f"{name}.required",
            "E-301",
            name,
            f"{empty} and {where}",
            description=f"{name} is given where it was asked.",
        )
    return RowRule(
        f"{name}.required",
        "E-301",
        name,
        empty,
        description=f"{name} is never empty.",
        builtin="ExpectColumnValuesToNotBeNull",
        arguments={"column": given},
    )


def _no_word_for_nothing(name: str, text: str, code: str) -> RowRule:
    """Refuse what programs write for an empty cell: it would be one post, case or step for all that have none."""
    said = f"{name} is given, not a program's word for nothing."
    bad = f"length({text}) <= {max(map(len, NOTHING_WORDS))} and {text} in {words(NOTHING_WORDS)}"
    return RowRule(f"{name}.nothing", code, name, bad, text, description=said)


def _type_rules(column: Column) -> Iterator[RowRule]:
    name, unread, given = column.name, _unread(column), f"{column.name}__is_given"
    if column.type == "pinfl":
        scientific = f"regexp_full_match({name}__unread, {literal(PINFL_SCIENTIFIC)})"
        yield RowRule(
            f"{name}.scientific",
            "E-310",
            name,
            f"{unread} and {scientific}",
            given,
            description=f"{name} was not turned into a rounded number.",
        )
        yield RowRule(
            f"{name}.valid",
            "E-311",
            name,
            f"{unread} and not {scientific}",
            given,
            description=f"{name} has 14 digits that make a personal number.",
        )
    elif unread:
        yield RowRule(f"{name}.type", "E-302", name, unread, given, description=f"{name} is {_article(column.type)}.")


def _value_rules(column: Column, contracts: Contracts) -> Iterator[RowRule]:
    name, codes = column.name, allowed_codes(column, contracts.codes)
    if column.type == "code":
        yield RowRule(
            f"{name}.codes",
            "E-303",
            name,
            _outside(name, codes),
            name,
            description=f"{name} is a code of its list.",
            builtin="ExpectColumnValuesToBeInSet",
            arguments={"column": name, "value_set": list(codes)},
        )
    if column.min is not None or column.max is not None:
        yield _range_rule(column)
    if column.pattern:
        bad = f"not regexp_full_match({name}, {literal(column.pattern)})"
        yield RowRule(
            f"{name}.pattern",
            "E-305",
            name,
            bad,
            name,
            description=f"{name} has its agreed form.",
            builtin="ExpectColumnValuesToMatchRegex",
            arguments={"column": name, "regex": rf"\A(?:{column.pattern})\z"},
        )
    if column.references:
        bad = f"{name} is not null and {name} not in (select value from {reference_table(column.references)})"
        yield RowRule(
            f"{name}.reference", "E-309", name, bad, name, description=f"{name} stands in {column.references}."
        )


def _range_rule(column: Column) -> RowRule:
    name, bounds = column.name, {"min_value": column.min, "max_value": column.max}
    tests = [
        f"{name} {sign} {_bound(bound)}" for sign, bound in (("<", column.min), (">", column.max)) if bound is not None
    ]
    limits = " and ".join(
        f"{word} {bound}" for word, bound in (("at least", column.min), ("at most", column.max)) if bound is not None
    )
    return RowRule(
        f"{name}.range",
        "E-304",
        name,
        " or ".join(tests),
        name,
        description=f"{name} is {limits}.",
        builtin="ExpectColumnValuesToBeBetween",
        arguments={"column": name} | {key: bound for key, bound in bounds.items() if bound is not None},
    )


def _tokens_rule(feed: Feed, layout: Layout) -> RowRule:
    name, text = feed.column.name, f"{feed.column.name}__text"
    codes = tuple(one.choice for one in layout.feeds if one.item == feed.item and one.choice)
    strangers = f"list_filter(string_split({text}, ' '), lambda code: {_outside('code', codes)})"
    return RowRule(
        f"{name}.codes",
        "E-303",
        name,
        f"len({strangers}) > 0",
        text,
        description=f"All options of {name} are codes of its list.",
    )


def _option_rules(layout: Layout) -> list[RowRule]:
    """Return one rule per select-multiple item: each option is chosen or not."""
    options: dict[str, list[str]] = {}
    for feed in layout.feeds:
        if feed.choice and feed.item:
            options.setdefault(feed.item.item_id, []).append(f"({_unread(feed.column)})")
    return [
        RowRule(f"{name}.type", "E-302", name, " or ".join(tests), description=f"Each option of {name} is 1 or 0.")
        for name, tests in options.items()
    ]


def _mended_rules(name: str) -> Iterator[RowRule]:
    for aspect, code, what in (
        ("folded", "W-320", "look-alike letters of another script"),
        ("apostrophes", "W-321", "other signs for its apostrophes"),
    ):
        flag = f"{name}__{aspect}"
        yield RowRule(
            f"{name}.{aspect}",
            code,
            name,
            flag,
            f"{name}__text",
            "warn",
            f"{name} was written without {what}.",
            "ExpectColumnValuesToBeInSet",
            {"column": flag, "value_set": [False]},
        )


def _table_rules(layout: Layout, contract: Contract) -> list[RowRule]:
    if layout.parent:
        rows = contract.kind.tables[0].name
        bad = f"{layout.parent} is not null and {layout.parent} not in (select parent from landed_keys_{rows})"
        return [
            RowRule(
                "parent.reference",
                "E-309",
                layout.parent,
                bad,
                f"{layout.parent}__text",
                description="The submission of the row was landed.",
            )
        ]
    if not layout.key:
        return []
    bad = f"_row in (select _row from twins_{layout.table})"
    if contract.kind.name == "survey":
        return [RowRule("key.latest", "E-313", layout.key[0], bad, description="The submission was not edited later.")]
    return [RowRule("key.unique", "E-306", layout.key[0], bad, description=f"{', '.join(layout.key)} stand once.")]


def _row_rule(rule: Rule, columns: dict[str, Column], contracts: Contracts) -> RowRule:
    doubts = [_doubt(columns[name], contracts) for name in rule.columns]
    bad = " and ".join([f"not ({rule.check})", *(f"not coalesce({doubt}, false)" for doubt in doubts if doubt)])
    return RowRule(rule.id, rule.code, rule.columns[0], bad, "", rule.severity, rule.description)


def _doubt(column: Column, contracts: Contracts) -> str:
    """Return SQL that is true where the column itself is already refused as unreadable or unknown."""
    if column.type == "code":
        return _outside(column.name, allowed_codes(column, contracts.codes))
    return f"({_unread(column)})" if _unread(column) else ""


def _unread(column: Column) -> str:
    return f"{column.name}__unread is not null" if column.type in PARSED_TYPES else ""


def _outside(name: str, codes: tuple[str, ...]) -> str:
    return f"{name} not in ({', '.join(literal(code) for code in codes)})" if codes else f"{name} is not null"


def _bound(bound: float | date) -> str:
    return f"date '{bound.isoformat()}'" if isinstance(bound, date) else repr(bound)


def _article(kind: str) -> str:
    words = {"integer": "a whole number", "decimal": "a number", "date": "a date", "timestamp": "a date with time"}
    return words.get(kind, "yes or no")
