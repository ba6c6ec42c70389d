"""Cells as senders and their programs write them, and a little beside it: most of them read, many of them do not."""

import random

DICE = random.Random
SIGNS = (
    "0123456789" * 3 + ".,-+eE /:T'`\u2019\u2018\u02bb\u02bc\u00a0\u2009\u202f\u200b\ufeff\u00ad\t\n\r\0\x0b\x7f\u0301"
    "АВЕКМНОРСТУХІЅЈаеорсухABEKMHOPCTYXaeopcxЎўЁёҒғҚқҲҳЙйРСРСРСђЃ‚“”–—™№ÐÑ\ufffd가김€𝄞"
)
WORDS = (
    "1", "0", "true", "TRUE", "yes", "ha", "ҳа", "да", "Да", "no", "yoʻq", "yo'q", "йўқ", "нет", "Э", "А", "A", "bo'sh",
    "boʻsh", "bo`sh", "bor", "BOR", "ўғил", "O'g'il", "male", "Male", "мale", "-", "inf", "nan", "1e400", "1e5", "#N/A",
    "01.01.2020 00:00", "2020-01-01 00:00:00", "2020-01-01T10:00:00Z", "2020-01-01 10:00:00+05", "2020-01-01 1:2:3.5",
    "1577836800", "1577836800000", "1 234,5", "1.234,5", "1,234.5", "12 January 2020",
)  # fmt: skip
DAYS = (
    "{2:02}.{1:02}.{0:04}", "{2}.{1}.{0}", "{0:04}-{1:02}-{2:02}", "{2:02}/{1:02}/{0:04}", "{2:02}{1:02}{0:04}",
    "{0:04}{1:02}{2:02}", "{2:02}.{1:02}.{3:02}", "{1:02}.{2:02}.{0:04}",
)  # fmt: skip
CLOCKS = (" {:02}:{:02}", "T{:02}:{:02}:00", "  {:02}:{:02}:{:02}", " 00:00:00", " 24:00:00", " {:02}:{:02}:59.999")


def cell(dice: DICE) -> str:
    """Return one cell."""
    text = dice.choice((_day, _number, _person, _word, _signs))(dice)
    place, sign = dice.randint(0, len(text)), dice.choice(SIGNS)
    spoilt = (text, text, text, text[:place] + sign + text[place:], text[:place] + text[place + 1 :], f" {text}")
    return dice.choice((*spoilt, f"\u00a0{text} ", f"{text}\n", ""))


def _day(dice: DICE) -> str:
    year = dice.choice((dice.randint(1900, 2100), 1799, 1800, 2200, 2201, 0, 1900, 2000, 2023, 2024))
    month, day = dice.choice((dice.randint(1, 12), 0, 13, 2)), dice.choice((dice.randint(1, 31), 0, 29, 30, 31, 32))
    text = dice.choice(DAYS).format(year, month, day, year % 100)
    clock = dice.choice(CLOCKS).format(dice.randint(0, 25), dice.randint(0, 61), dice.randint(0, 61))
    zone = dice.choice(("Z", "+05", "+0500", " GMT+5")) if dice.random() < 0.1 else ""
    return text + (clock + zone if dice.random() < 0.4 else "")


def _number(dice: DICE) -> str:
    whole, part = (_digits(dice, dice.choice((0, 1, 2, 3, 17, 18, 19))) for _ in range(2))
    return dice.choice(("", "", "-", "+")) + dice.choice((whole, f"{whole}.{part}", f"{whole},{part}"))


def _person(dice: DICE) -> str:
    day = f"{dice.randint(0, 32):02}{dice.randint(0, 13):02}{dice.randint(0, 99):02}"
    return dice.choice("34562") + day + _digits(dice, 7)


def _digits(dice: DICE, size: int) -> str:
    return "".join(dice.choice("0123456789") for _ in range(size))


def _word(dice: DICE) -> str:
    return dice.choice(WORDS)


def _signs(dice: DICE) -> str:
    return "".join(dice.choice(SIGNS) for _ in range(dice.randint(1, 9)))
