"""A text in another encoding than declared is refused though its bytes are valid, and told what it looks like."""

import random
from pathlib import Path

import pytest

from flows.contracts.model import FileStyle
from flows.errors import QdeepError
from flows.intake.evidence import FEWEST, Evidence, unmarked_utf16
from flows.intake.textscan import scan_text
from tests.unit.reading import Kept

WORDS = {
    "ru": "Управление Отдел Министерство Сельское хозяйство Главный специалист Ведущий Начальник заместитель основная "
    "женский мужской высшее среднее образование Иванов Петрова Каримов Юлдашева Ташкент область район приказ",
    "uz": "Бошқарма бўлим мутахассис етакчи бош вазирлик асосий аёл эркак олий ўрта маълумот туман вилоят буйруқ",
    "de": "Größe Straße Müller Köln Behörde Prüfung Änderung Übersicht Fußgänger für über können möchte schön Böhm",
    "fr": "élève français même être très hôtel façon garçon déjà préfet régime société après contrôlé été",
    "ko": "인사혁신처 행정안전부 서울특별시 직원 성명 부서 직급 김철수 이영희 박민수 "
    "최지우 공무원 근무 조직 남성 여성 채용 퇴직 휴직 승진",
}
RUSSIAN, UZBEK, GERMAN, FRENCH, KOREAN = (text.split() for text in WORDS.values())
WRITTEN = {
    "cp1251": RUSSIAN,
    "koi8-r": RUSSIAN,
    "cp949": KOREAN,
    "cp1252": GERMAN + FRENCH,
    "mac-roman": GERMAN + FRENCH,
}


def refusal(folder: Path, content: bytes, encoding: str) -> tuple[str, str, int | None]:
    path = folder / "file.csv"
    path.write_bytes(content)
    with pytest.raises(QdeepError) as caught:
        scan_text(path, FileStyle(encoding=encoding), Kept(), gzipped=False)
    return caught.value.finding.code, caught.value.finding.text, caught.value.finding.where.line


def table(words: list[str]) -> str:
    return "id,name\n" + "".join(f"{number},{word}\n" for number, word in enumerate(words))


@pytest.mark.parametrize("declared", sorted(WRITTEN))
@pytest.mark.parametrize("actual", sorted(WRITTEN))
def test_words_tell_each_encoding_from_each_other(tmp_path: Path, declared: str, actual: str) -> None:
    content = table(WRITTEN[actual]).encode(actual)
    if declared == actual:
        (tmp_path / "file.csv").write_bytes(content)
        found = scan_text(tmp_path / "file.csv", FileStyle(encoding=declared), Kept(), gzipped=False)
        assert found.records == len(WRITTEN[actual])
    else:
        code, text, _ = refusal(tmp_path, content, declared)
        assert (code, actual in text) == ("E-109", True), text


@pytest.mark.parametrize("change", [str.upper, str.lower, str.title])
@pytest.mark.parametrize("encoding", sorted(WRITTEN))
def test_no_text_in_its_declared_encoding_is_refused(encoding: str, change: type[str.upper]) -> None:
    draw = random.Random(1)
    for size in (FEWEST, 20, 40):
        for _ in range(40):
            evidence = Evidence()
            words = draw.choices(WRITTEN[encoding], k=size)
            evidence.take(change(" ".join(words)).encode(encoding, "ignore"))
            assert not evidence.better_than(encoding), words


@pytest.mark.parametrize(
    "words",
    [["Пол", "М", "Ж"], ["ЎЗБЕКИСТОН"], ["№ 1", "№ 2", "–", "«»"], ["plain"], ["Иванов", "Петров"], ["Zoë", "naïve"]],
)
@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp1252", "cp949", "mac-roman"])
def test_few_or_latin_words_raise_no_alarm(tmp_path: Path, words: list[str], encoding: str) -> None:
    (tmp_path / "file.csv").write_bytes(table(words).encode(encoding, "ignore"))
    found = scan_text(tmp_path / "file.csv", FileStyle(encoding=encoding), Kept(), gzipped=False)
    assert found.records == len(words)


def test_uzbek_letters_that_cp1251_has_raise_no_alarm() -> None:
    evidence = Evidence()
    evidence.take(" ".join(UZBEK).encode("cp1251", "ignore"))
    assert not evidence.better_than("cp1251")
    assert evidence.better_than("koi8-r") == "cp1251"


@pytest.mark.parametrize("declared", ["cp1251", "cp1252", "koi8-r", "mac-roman"])
@pytest.mark.parametrize("words", [["Oʻzbekiston", "gʻarbiy", "boʻlim", "oʻrta"], KOREAN, RUSSIAN])
def test_utf8_in_another_declared_encoding_is_refused(tmp_path: Path, declared: str, words: list[str]) -> None:
    code, text, _ = refusal(tmp_path, table(words).encode(), declared)
    assert code == "E-109"
    assert "UTF-8" in text.upper() or "bytes that" in text


def test_a_text_that_is_not_utf8_is_told_what_it_looks_like(tmp_path: Path) -> None:
    for actual in ("cp1251", "koi8-r", "cp949", "cp1252"):
        code, text, line = refusal(tmp_path, table(["plain", *WRITTEN[actual]]).encode(actual), "utf-8")
        assert (code, line) == ("E-109", 3)
        assert text.endswith(f"It looks like {actual}.")


@pytest.mark.parametrize("middle", ["cp1252", "cp1251", "latin-1"])
def test_letters_that_an_earlier_program_spoilt_are_refused_with_their_line(tmp_path: Path, middle: str) -> None:
    spoilt = table(["plain", "Иванович Республика"]).encode().decode(middle, "replace").encode()
    code, text, line = refusal(tmp_path, spoilt, "utf-8")
    assert (code, line) == ("E-109", 3)
    assert "wrong encoding" in text
    lost = table(["plain", "Иванов"]).encode("cp1251").decode("utf-8", "replace").encode()
    assert refusal(tmp_path, lost, "utf-8")[::2] == ("E-109", 3)


@pytest.mark.parametrize("words", [["one", "two"], ["Министерство", "Кадры", "Ёлка"]])  # of the latter few NUL bytes
@pytest.mark.parametrize("order", ["le", "be"])
def test_utf16_without_its_mark_or_with_the_wrong_one_is_told(tmp_path: Path, order: str, words: list[str]) -> None:
    content = table(words).encode(f"utf-16-{order}")
    assert unmarked_utf16(content) == f"utf-16-{order}"
    assert refusal(tmp_path, content, "utf-8")[:2] == ("E-109", "The text looks like UTF-16 without its mark.")
    assert refusal(tmp_path, content, "utf-16")[0] == "E-109"
    wrong = b"\xfe\xff" if order == "le" else b"\xff\xfe"
    assert "wrong order" in refusal(tmp_path, wrong + content, "utf-16")[1]


def test_evidence_is_gathered_over_block_borders_until_it_is_enough(tmp_path: Path) -> None:
    """A text whose words beyond ASCII come late is judged by them all the same."""
    content = b"id,name\n" + b"1,plain\n" * 700_000 + table(RUSSIAN).encode("koi8-r")
    assert refusal(tmp_path, content, "cp1251")[:2] == ("E-109", "The words of the text make sense in koi8-r alone.")
