"""What a text file holds is read to the letter, with the line on which each record begins."""

import csv
import gzip
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.contracts.model import FileStyle
from flows.errors import QdeepError
from flows.intake import decode, textscan
from flows.intake.limits import Limits
from flows.intake.textscan import TextScan, join_header, scan_text
from tests.unit.reading import Kept, places, read, rows


def scan(folder: Path, content: bytes, **style: str | int) -> tuple[TextScan, Kept]:
    path, kept = folder / "file.csv", Kept()
    path.write_bytes(content)
    return scan_text(path, FileStyle(**style), kept, gzipped=False), kept


def body(found: tuple[TextScan, Kept]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(found[1].records.decode(), newline="")))


def lines(found: tuple[TextScan, Kept]) -> list[tuple[int, int]]:
    return found[1].places


def refusal(folder: Path, content: bytes, **style: str | int) -> tuple[str, int | None]:
    with pytest.raises(QdeepError) as caught:
        scan(folder, content, **style)
    return caught.value.finding.code, caught.value.finding.where.line


def test_a_text_is_read_to_the_letter_by_the_child_process(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes('id;имя\r\n0012;"Ким; ""А"""\r\n2;\r\n3;"два\nряда"\r\n4;конец'.encode("cp1251"))
    raw = read(path, tmp_path, encoding="cp1251", delimiter=";")
    table = raw.tables["rows"]
    assert table.header == ("id", "имя")
    assert rows(table) == [["0012", 'Ким; "А"'], ["2", None], ["3", "два\nряда"], ["4", "конец"]]
    assert places(table) == [(1, 2), (2, 3), (3, 4), (4, 6)]
    assert raw.rows_counted == {"rows": 4}


def test_records_with_other_cells_than_the_header_are_kept_as_bad_rows(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"a,b,c\n1,2\n1,2,3,4\n\n,,\n1,2,3\n")
    table = read(path, tmp_path).tables["rows"]
    assert [(bad.line, bad.code, bad.text) for bad in table.bad_rows] == [(2, "E-312", "1,2"), (3, "E-312", "1,2,3,4")]
    assert (table.rows, rows(table), places(table)) == (3, [["1", "2", "3"]], [(3, 6)])


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\n\n\n", "\r\n\r\n", '\n"', '\n""\n'])
def test_blank_lines_at_the_end_are_no_records(tmp_path: Path, end: str) -> None:
    """Found by a sender whose export ended with an empty line: the scan looked one byte past the end."""
    content = f"a,b\n1,2{end}".encode()
    if end == '\n"':
        assert refusal(tmp_path, content) == ("E-111", 3)
    else:
        assert body(scan(tmp_path, content)) == [["1", "2"]]


def test_a_column_without_header_and_cells_is_no_column(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"a;;b;\n1;;2;\n3;;4;\n")
    table = read(path, tmp_path, delimiter=";").tables["rows"]
    assert (table.header, rows(table)) == (("a", "b"), [["1", "2"], ["3", "4"]])


def test_a_gzipped_text_is_read_and_a_cut_one_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.csv.gz"
    packed = gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n")
    path.write_bytes(packed)
    assert rows(read(path, tmp_path).tables["rows"]) == [["1", "2"], ["3", "4"]]
    path.write_bytes(packed[:-6])
    with pytest.raises(QdeepError, match="E-106"):
        read(path, tmp_path)


def test_a_gzip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "file.csv.gz"
    path.write_bytes(gzip.compress(b"a\n" + b"1\n" * 4_000_000))
    with pytest.raises(QdeepError, match="E-105"):
        read(path, tmp_path, Limits(ratio=100, ratio_from_bytes=1 << 20))


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_numbers_hold_for_every_line_end(tmp_path: Path, line_end: str) -> None:
    text = line_end.join(["a,b", "1,x", "", "2,y", '3,"', '"', "4,z", ""])
    found = scan(tmp_path, text.encode())
    assert lines(found) == [(1, 2), (2, 4), (3, 5), (4, 7)]
    assert [row[0] for row in body(found)] == ["1", "2", "3", "4"]


def test_mixed_line_ends_do_not_move_a_record(tmp_path: Path) -> None:
    found = scan(tmp_path, b"a,b\r\n1,x\n2,y\r3,z\r\n")
    assert lines(found) == [(1, 2), (2, 3), (3, 4)]
    assert body(found) == [["1", "x"], ["2", "y"], ["3", "z"]]


def test_a_quote_inside_an_unquoted_cell_is_a_letter(tmp_path: Path) -> None:
    found = scan(tmp_path, 'p,q\n1,МЧЖ "А" x\n2,5" pipe\n3,"a, b"\n'.encode())
    assert body(found) == [["1", 'МЧЖ "А" x'], ["2", '5" pipe'], ["3", "a, b"]]


def test_text_after_a_closing_quote_breaks_the_record_alone(tmp_path: Path) -> None:
    found = scan(tmp_path, b'a,b\n1,"x" y\n2,z\n')
    assert [(bad.line, bad.code) for bad in found[0].bad_rows] == [(2, "E-111")]
    assert (found[0].records, body(found)) == (2, [["2", "z"]])


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b'id,a\n1,"x\n2,y\n3,z\n', "E-111", 2),
        (b'id,a\n0,k\n1,"x\n2,y\n3,"z"\n', "E-111", 3),
        (b"id,a\n1,\0\n2,b\n", "E-110", 2),
        (b"id,a\n1,\xcf\xe5\xf2\xf0\n", "E-109", 2),
        (b"\xff\xfei\0d\0\n\0", "E-109", 1),
        (b"a,b\n1," + b"x" * 1_100_000 + b"\n", "E-112", 2),
        (b'a,b\n1,y\n2,"' + b"x" * 1_100_000 + b'"\n', "E-112", 3),
        (b"\n\n", "E-101", None),
        (",".join(f"c{i}" for i in range(5_001)).encode() + b"\n", "E-113", 1),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(
    tmp_path: Path, content: bytes, code: str, line: int | None
) -> None:
    assert refusal(tmp_path, content) == (code, line)


@pytest.mark.parametrize(
    ("declared", "content"),
    [
        ("cp1251", "id,имя\n1,Иван\n2,Пётр\n".encode()),
        ("cp1251", "id,имя\n1,Иван\n".encode("cp1251") + "2,Пётр\n".encode()),
        ("koi8-r", b"\xef\xbb\xbfid,a\n1,2\n"),
        ("utf-16", "id,a\n1,2\n".encode("utf-16-le")),
        ("utf-9", b"id,a\n"),
    ],
)
def test_a_text_in_another_encoding_than_declared_is_refused(tmp_path: Path, declared: str, content: bytes) -> None:
    assert refusal(tmp_path, content, encoding=declared)[0] == "E-109"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251", "koi8-r"])
def test_cyrillic_is_read_in_each_declared_encoding(tmp_path: Path, encoding: str) -> None:
    found = scan(tmp_path, "id,имя\n1,Иван\n".encode(encoding), encoding=encoding)
    assert (found[0].header, body(found)) == (("id", "имя"), [["1", "Иван"]])


@pytest.mark.parametrize(("encoding", "word"), [("cp949", "홍길동"), ("cp1252", "Zoë")])
def test_other_encodings_are_read_too(tmp_path: Path, encoding: str, word: str) -> None:
    assert body(scan(tmp_path, f"id,a\n1,{word}\n".encode(encoding), encoding=encoding)) == [["1", word]]


def test_title_rows_are_skipped_and_header_rows_joined(tmp_path: Path) -> None:
    text = "Report,,\n\nId,Staff,\n,all,women\n1,2,3\n"
    found = scan(tmp_path, text.encode(), title_rows=2, header_rows=2)
    assert (found[0].header, lines(found)) == (("Id", "Staff / all", "Staff / women"), [(1, 5)])


def test_another_delimiter_than_declared_is_told(tmp_path: Path) -> None:
    assert refusal(tmp_path, b'id,"a","b"\n1,"2","3"\n', delimiter=";") == ("E-104", 1)


def test_one_of_several_header_rows_can_name_the_columns() -> None:
    assert join_header([["q1", "q2"], ["Age?", "Sex?"]], 1) == ("q1", "q2")


def test_nothing_is_quoted_where_the_contract_says_so(tmp_path: Path) -> None:
    found = scan(tmp_path, b'a\tb\n"x\ty"\n', delimiter="\t", quote="")
    assert found[1].records == b'"x\ty"\n'


def quoted(cell: str, quoting: str) -> str:
    must = quoting == "all" or any(sign in cell for sign in '",\r\n') or cell != cell.strip(" ")
    return '"' + cell.replace('"', '""') + '"' if must else cell


CELLS = st.text(st.sampled_from('ab",;\n\rя \t'), max_size=6)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=12),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["all", "where needed"]),
    st.integers(24, 90),
)
def test_any_written_table_is_cut_into_its_records(
    table: list[list[str]], line_end: str, quoting: str, chunk: int
) -> None:
    """Whatever block borders fall on, records and lines are those of the csv module."""
    text, starts = f"a,b,c{line_end}", []
    for row in table:
        starts.append(text.count("\r" if line_end == "\r" else "\n") + 1)
        text += ",".join(quoted(cell, quoting) for cell in row) + line_end
    wanted = [(row, line) for row, line in zip(table, starts, strict=True) if any(row)]
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for module in (textscan, decode):
            patch.setattr(module, "CHUNK", chunk)
        found = scan(Path(folder), text.encode())
        assert not found[0].bad_rows
        assert body(found) == [row for row, _ in wanted]
        assert found[0].records == len(wanted)
        assert [number for number, _ in lines(found)] == list(range(1, len(wanted) + 1))
        if not any("\r" in cell for row in table for cell in row) and line_end != "\r":
            assert [line for _, line in lines(found)] == [line for _, line in wanted]
