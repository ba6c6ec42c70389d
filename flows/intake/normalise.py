"""Cell text has one spelling: SQL expressions that tidy blanks, apostrophes and look-alike letters of a column."""

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Written into many keyboards and fonts for the marks of oʻ, gʻ and the tutuq (hrm.md 5.4, S48).
APOSTROPHES = "'`\u00b4\u2018\u2019\u02bb\u02bc\u0312\u2032"
OKINA, TUTUQ = "\u02bb", "\u02bc"
INVISIBLE = r"[\x{00AD}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}\x{FEFF}]"
# Control signs count as blanks in cells as in headings: vertical tabs part lines, and no word is glued to the next.
BLANKS = r"[\x{0000}-\x{0020}\x{007F}-\x{00A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]+"
UNUSUAL = r"[^ -~\x{00C0}-\x{02BC}\x{0400}-\x{04FF}]"  # every blank and invisible sign, and a few more
# Printable ASCII without apostrophe and grave accent, single blanks inside: such text already has its one spelling.
_PLAIN = "!-&(-_a-~"
PLAIN = f"[{_PLAIN}]+(?: [{_PLAIN}]+)*"
# The same with Cyrillic letters, that no normal form changes; never what could be UTF-8 read as cp1251 (MOJIBAKE).
_SURE, _DOUBTFUL = _PLAIN + r"А-ПТ-яҒғҚқҲҳ", "ЁёЎў"
_WORD = f"(?:(?:[{_SURE}{_DOUBTFUL}]|[РС]+[{_SURE}])+[РС]*|[РС]+)"
PLAIN_WORDS = f"{_WORD}(?: {_WORD})*"
# Letters that look the same in both scripts (hrm.md 5.4, S47); lower-case pairs only where the glyphs agree.
CYRILLIC = "АВЕКМНОРСТУХІЅЈаеорсухіѕј"
LATIN = "ABEKMHOPCTYXISJaeopcyxisj"
HAS_LATIN, HAS_CYRILLIC = "[A-Za-z]", r"[\x{0400}-\x{04FF}]"
# A word: letters of both scripts with the signs of oʻ and the tutuq. Small classes compile fast, \p{L} does not.
_LETTER_PYTHON = rf"A-Za-z\u0400-\u04FF{APOSTROPHES}"
LETTER = rf"A-Za-z\x{{0400}}-\x{{04FF}}{APOSTROPHES}"
# UTF-8 read as cp1251 gives runs of Р or С before a sign that Uzbek and Russian words never have there;
# read as Latin-1 it gives runs of Ð or Ñ. U+FFFD stands where a decoder gave up.
_CP1251_TAIL = "ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—™љ›њќћџ\u00a0ЎўЈ¤Ґ¦§Ё©Є«¬\u00ad®Ї°±Ііґµ¶·ё№є»јЅѕї"
MOJIBAKE = rf"(?:[РС][{_CP1251_TAIL}]){{3}}|(?:[ÐÑ][^\x00-\x7f]){{2}}|\x{{FFFD}}"
# Uzbek Cyrillic in Latin letters (hrm.md 5.4, S48), and the Russian letters that stand in Uzbek texts.
SINGLE = dict(zip("абвгдезийклмнопрстуфхыэўқғҳ", "abvgdeziyklmnoprstufxieoqgh", strict=True))
SEVERAL = {"ж": "j", "ш": "sh", "щ": "sh", "ч": "ch", "ю": "yu", "я": "ya", "ё": "yo", "ц": "s", "ъ": "", "ь": ""}
_TRANSLITERATION = str.maketrans(SINGLE | SEVERAL | {"'": ""})
_LATIN_TWINS, _CYRILLIC_TWINS = str.maketrans(CYRILLIC, LATIN), str.maketrans(LATIN, CYRILLIC)
_INVISIBLE_PYTHON = re.compile(INVISIBLE.replace(r"\x{", r"\u").replace("}", ""))
_BLANKS_PYTHON = re.compile(BLANKS.replace(r"\x{", r"\u").replace("}", ""))
_MOJIBAKE_PYTHON = re.compile(MOJIBAKE.replace(r"\x{FFFD}", "\ufffd"))


def literal(text: str) -> str:
    """Return a text of a contract as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def is_plain(raw: str, *, is_word: bool = False) -> str:
    """Return SQL that is true where a text needs no tidying; one function, so that a dictionary is looked at once.

    Args:
        raw: SQL expression of the raw text.
        is_word: Whether Cyrillic letters may stay as they are: not in codes and ids, where they may be look-alikes.
    """
    return f"regexp_full_match({raw}, {literal(PLAIN_WORDS if is_word else PLAIN)})"


def trimmed(raw: str) -> str:
    """Return SQL for text in NFC without invisible and control signs, with single blanks and none at the ends.

    Args:
        raw: SQL expression of the raw text.
    """
    visible = f"regexp_replace({raw}, {literal(INVISIBLE)}, '', 'g')"
    # Normalising last: it ends at a NUL, which counts as a blank.
    tidy = f"nfc_normalize(regexp_replace({visible}, {literal(BLANKS)}, ' ', 'g'))"
    # Most cells are tidy: a look is cheaper than two replacements.
    return f"trim(case when regexp_matches({raw}, '{UNUSUAL}|  ') then {tidy} else {raw} end)"


def unified_apostrophes(text: str) -> str:
    """Return SQL for text with U+02BB after o and g and U+02BC elsewhere, whatever sign was typed."""
    tutuq = f"regexp_replace({text}, {literal(f'[{APOSTROPHES}]')}, '{TUTUQ}', 'g')"
    unified = rf"regexp_replace({tutuq}, '([oOgG]){TUTUQ}', '\1{OKINA}', 'g')"
    return f"case when regexp_matches({text}, {literal(f'[{APOSTROPHES}]')}) then {unified} else {text} end"


def folded(text: str, *, is_id: bool) -> str:
    """Return SQL for text in which no word mixes Cyrillic and Latin look-alikes.

    A mixed word becomes Latin where all its Cyrillic letters have a Latin twin, else Cyrillic where the
    reverse holds, else stays. An id becomes Latin as a whole where that makes it ASCII: ids are written in ASCII.
    """
    parts = f"regexp_extract_all({text}, {literal(f'[{LETTER}]+|[^{LETTER}]+')})"
    words = f"nfc_normalize(array_to_string(list_transform({parts}, {_FOLD_WORD}), ''))"
    latin = _to_latin(text)
    as_id = f"when strlen({latin}) = length({latin}) then {latin} " if is_id else ""
    return (
        f"case when strlen({text}) = length({text}) or not regexp_matches({text}, '{HAS_CYRILLIC}') then {text} "
        f"{as_id}when not regexp_matches({text}, '{HAS_LATIN}') then {text} else {words} end"
    )


def has_mojibake(text: str) -> str:
    """Return SQL that is true where text was decoded with the wrong encoding."""
    return f"strlen({text}) <> length({text}) and regexp_matches({text}, {literal(MOJIBAKE)})"


def is_mojibake(text: str) -> bool:
    """Return whether a header text was decoded with the wrong encoding."""
    return bool(_MOJIBAKE_PYTHON.search(text))


def header_key(text: str) -> str:
    """Return the form in which header texts are compared: blanks, apostrophes and case do not count."""
    seen = "".join(" " if unicodedata.category(sign) in ("Zs", "Zl", "Zp", "Cc") else sign for sign in text)
    kept = "".join(sign for sign in seen if unicodedata.category(sign) != "Cf")
    same = kept.translate(dict.fromkeys(map(ord, APOSTROPHES), "'"))
    return " ".join(same.split()).casefold()


def match_key(text: str) -> str:
    """Return the form in which headings and labels are matched where no exact one fits: script and signs do not count.

    Uzbek Cyrillic is written in Latin, apostrophes are left out, and of spellings that a round trip between the
    scripts confuses (ye and e, ts and s) one is kept. Two texts with one key are alike, not equal: a key that two
    columns or two codes share decides nothing.
    """
    folded_words = re.sub(f"[{_LETTER_PYTHON}]+", lambda word: _fold(word.group()), unicodedata.normalize("NFC", text))
    latin = header_key(folded_words).translate(_TRANSLITERATION)
    return latin.replace("ye", "e").replace("ts", "s")


def create_match_key(connection: "DuckDBPyConnection") -> None:
    """Create `qd_match_key(text)` where there is none yet."""
    known = "select count(*) from duckdb_functions() where function_name = 'qd_match_key'"
    if not connection.execute(known).fetchall()[0][0]:
        connection.create_function("qd_match_key", match_key, ["VARCHAR"], "VARCHAR")


def clean(text: str) -> str:
    """Return what `trimmed` gives in SQL: NFC, no invisible signs, single blanks and none at the ends."""
    visible = _INVISIBLE_PYTHON.sub("", text)
    return unicodedata.normalize("NFC", _BLANKS_PYTHON.sub(" ", visible)).strip(" ")


def _fold(word: str) -> str:
    """Return a word that mixes look-alikes of two scripts in the one that it was meant in."""
    is_mixed = re.search("[A-Za-z]", word) and re.search("[\u0400-\u04ff]", word)
    latin, cyrillic = word.translate(_LATIN_TWINS), word.translate(_CYRILLIC_TWINS)
    if not is_mixed:
        return word
    if not re.search("[\u0400-\u04ff]", latin):
        return latin
    return word if re.search("[A-Za-z]", cyrillic) else cyrillic


def _to_latin(text: str) -> str:
    return f"translate({text}, '{CYRILLIC}', '{LATIN}')"


_FOLD_WORD = (
    f"lambda word: case when not (regexp_matches(word, '{HAS_LATIN}') and regexp_matches(word, '{HAS_CYRILLIC}')) "
    f"then word when not regexp_matches({_to_latin('word')}, '{HAS_CYRILLIC}') then {_to_latin('word')} "
    f"when not regexp_matches(translate(word, '{LATIN}', '{CYRILLIC}'), '{HAS_LATIN}') "
    f"then translate(word, '{LATIN}', '{CYRILLIC}') else word end"
)
