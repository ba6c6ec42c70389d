"""The same answers, exported by any survey tool, land as the same answers."""

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from flows.contracts.load import load_contracts
from flows.contracts.model import Codebook, Contracts, Item
from flows.intake import gate
from flows.intake.gate import Judged, judge
from flows.intake.read import read_tables
from flows.intake.unfold import unfolded
from flows.settings import ROOT, Settings
from tests.contracts.landing import stage_of
from tests.surveys.shapes import LANGUAGE, SHAPES, Response, Shape, Value, label_of

DAY = date(2026, 11, 1)
ODD = ("odd", "1")
WORKERS = 2  # files read at a time: each is parsed in a process of its own
# A failing file is not made smaller: each example is a file in every shape, and that takes minutes.
FEW: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
}
ODD_ITEMS = (
    "item_id,column,type,choices,repeat,min,max,required,privacy,text_uz,text_ru,text_en,text_ko\n"
    'o1_mood,g/o1_mood,select_one,mood,none,,,true,none,Kayfiyat?,"Какое, ""по-вашему"", настроение?",Mood?,기분?\n'
    "o2_tools,g/o2_tools,select_multiple,tools,none,,,false,none,Vositalar?,Какие средства?,Which tools?,도구?\n"
    "o3_days,o3_days,integer,,none,0,400,false,none,Kunlar?,Сколько дней?,How many days?,며칠?\n"
    "o4_share,o4_share,decimal,,none,-5,5,false,none,Ulush?,Какая доля?,Which share?,비율?\n"
    "o5_words,o5_words,text,,none,,,false,free_text,Soʻzlar?,Что ещё?,What else?,기타?\n"
    "t1_kind,turn/t1_kind,select_one,mood,turn,,,true,none,Qadam turi?,Вид шага?,Kind of turn?,종류?\n"
    "t2_tools,turn/t2_tools,select_multiple,tools,turn,,,false,none,Qadam vositalari?,Средства шага?,Its tools?,수단?\n"
    "t3_size,turn/t3_size,decimal,,turn,0,,false,none,Hajm?,Объём?,Size?,크기?\n"
)
ODD_CHOICES = (
    "list,code,position,score,is_missing,label_uz,label_ru,label_en,label_ko\n"
    "mood,1,1,1,,Yaxshi,Хорошее,Good,좋음\n"
    'mood,2,2,2,,"Yoʻq, yomon","Нет, плохое","No, bad","아니요, 나쁨"\n'
    'mood,3,3,3,,"Boshqa, ""erkin""","Иное, ""свободное""","Another, ""free""",기타\n'
    'tools,mail,1,,,"Pochta, xat","Почта, письмо","Mail, letter",메일\n'
    "tools,letter,2,,,Xat,письмо,letter,편지\n"
    'tools,edms,3,,,"EHT ""Ijro""","СЭД ""Ижро""","EDMS ""Ijro""",전자\n'
    "tools,phone,4,,,Oʻzbek aloqasi,Телефон; факс,Phone; fax,전화\n"
)


@dataclass(frozen=True)
class Project:
    """Contracts of every shape for every instrument."""

    contracts: Contracts
    settings: Settings

    def land(self, shape: Shape, book: Codebook, responses: Sequence[Response]) -> tuple[Judged, list[tuple]]:
        """Write, read and judge a file; return the verdict and the landed answers by submission."""
        contract = self.contracts.sources[shape.name(book)]
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            path = folder / f"export.{shape.suffix}"
            shape.write(book, responses, path)
            raw = unfolded(read_tables(path, contract, self.settings, folder), contract, folder)
            verdict = judge(raw, contract, self.contracts, folder / "stage", self.settings)
            if verdict.refused:
                return verdict, []
            with stage_of(verdict) as connection:
                query = (
                    "select submitted_at, repeat, position, item_id, choice, value "
                    "from landed_answers join landed_rows using (response_key) order by all"
                )
                return verdict, connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("shapes")
    book = folder / "codebooks" / "odd" / "1"
    book.mkdir(parents=True)
    text = 'instrument: odd\nversion: "1"\ntitle: {en: A, uz: B, ru: C, ko: D}\n'
    for name, content in (("instrument.yml", text), ("items.csv", ODD_ITEMS), ("choices.csv", ODD_CHOICES)):
        (book / name).write_text(content, encoding="utf-8")
    where = Settings(folder / "ws", folder / "inbox", (ROOT / "expectations", folder), DAY, DAY, folder / "key")
    odd = load_contracts(where).codebooks[ODD]
    for shape in SHAPES.values():
        shape.contract(odd, folder)
    return Project(load_contracts(where), where)


def expected(book: Codebook, responses: Sequence[Response]) -> list[tuple]:
    """Return the answers as they must land."""
    rows = []
    for one in responses:
        places = [("none", 0, one.answers)]
        for group, answers in one.repeats.items():
            places += [(group, place, row) for place, row in enumerate(answers, start=1)]
        for group, place, answers in places:
            for item in (item for item in book.items if item.repeat == group and item.type != "text"):
                rows += [(one.submitted, group, place, *rest) for rest in _landed(book, item, answers)]
    return sorted(rows, key=lambda row: (*row[:5], row[5] is None, row[5] or ""))


def _landed(book: Codebook, item: Item, answers: dict[str, Value]) -> list[tuple]:
    value = answers.get(item.item_id)
    if item.type == "select_multiple":
        codes = book.choices[item.choices]
        return [(item.item_id, code, None if value is None else str(int(code in value))) for code in codes]
    number = item.type in ("decimal", "calculated") and isinstance(value, str)
    return [(item.item_id, "value", str(float(str(value))) if number else value)]


def answers_of(book: Codebook, item: Item) -> st.SearchStrategy[Value]:
    """Draw an answer to a question; None where it may stay unanswered."""
    labels = list(book.named.get(item.choices, {}).get(LANGUAGE, {}).values())
    # Two departments of one name cannot be told apart by labels: a tool that writes labels cannot ask for them.
    codes = [code for code in book.choices.get(item.choices, ()) if labels.count(label_of(book, item, code)) == 1]
    least, most = int(item.min or 0) + 1, int(item.max if item.max is not None else 90)
    drawn: dict[str, st.SearchStrategy[Value]] = {
        "select_one": st.sampled_from(codes or [""]),
        "select_multiple": st.lists(st.sampled_from(codes or [""]), min_size=1, unique=True).map(tuple),
        "integer": st.integers(least, max(least, most)).map(str),
        "decimal": st.integers(2 * least, max(2 * least, 2 * most)).map(lambda half: str(half / 2)),
        "text": st.sampled_from(("yes", 'say "no", then', "Ўзбек\u00a0тили", "a;b, c")),
    }
    return drawn[item.type] if item.required else st.none() | drawn[item.type]


def responses_of(book: Codebook, most: int, places: int) -> st.SearchStrategy[tuple[Response, ...]]:
    """Draw a small set of submissions, some with empty repeat groups."""

    def group(name: str) -> st.SearchStrategy[dict[str, Value]]:
        return st.fixed_dictionaries(
            {item.item_id: answers_of(book, item) for item in book.items if item.repeat == name}
        )

    names = sorted({item.repeat for item in book.items} - {"none"})
    repeats = st.fixed_dictionaries({name: st.lists(group(name), max_size=places).map(tuple) for name in names})
    drawn = st.lists(st.tuples(group("none"), repeats), min_size=most, max_size=most)
    return drawn.map(lambda all_: tuple(Response(number, *one) for number, one in enumerate(all_, start=1)))


def check(project: Project, book: Codebook, responses: Sequence[Response]) -> None:
    """Prove that every shape lands the same answers."""
    wanted = expected(book, responses)
    with ThreadPoolExecutor(WORKERS) as workers:
        found = workers.map(lambda shape: project.land(shape, book, responses), SHAPES.values())
    for shape, (verdict, landed) in zip(SHAPES.values(), found, strict=True):
        assert verdict.findings == (), shape.tool
        assert landed == wanted, shape.tool


@pytest.fixture(autouse=True, scope="module")
def _one_judge() -> Iterator[None]:
    """Leave out the second judge: it tells rows apart, not answers, and its verdict is tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate, "_second_judge", lambda *_: {})
        yield


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=1, **FEW)
def test_all_shapes_of_odd_answers_land_alike(project: Project, data: st.DataObject) -> None:
    book = project.contracts.codebooks[ODD]
    # The first set that is drawn holds the smallest answers alone.
    check(project, book, data.draw(responses_of(book, 9, 3).filter(_all_differ)))


def _all_differ(responses: Sequence[Response]) -> bool:
    return all(one.answers != other.answers for one, other in pairwise(responses))


def test_a_json_in_which_nobody_filled_a_repeat_group_lands(project: Project) -> None:
    book = project.contracts.codebooks[ODD]
    responses = (Response(1, {"o1_mood": "2"}),)
    verdict, landed = project.land(SHAPES["kobo_api"], book, responses)
    assert verdict.findings == ()
    assert landed == expected(book, responses)


def test_a_required_question_that_no_submission_answers_is_missed(project: Project) -> None:
    verdict, _ = project.land(SHAPES["kobo_api"], project.contracts.codebooks[ODD], (Response(1, {"o3_days": "2"}),))
    assert [(one.code, one.where.column) for one in verdict.findings] == [("E-201", "o1_mood")]
