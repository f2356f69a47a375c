"""How a file of subscribers is written is found out, and its records come with their lines."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicate.errors import ImportFileError
from syndicate.subscribers.importing.table import LONGEST, Record, look, records

if TYPE_CHECKING:
    from pathlib import Path

HEADER = ["email", "姓名"]
CELLS = ["lan@例子.中国", "林晚"]


def write(path: Path, rows: list[list[str]], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"]
)
def test_a_file_is_read_however_it_is_written(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    path = write(tmp_path / "list.csv", [HEADER, CELLS], encoding, delimiter)
    shape = look(path)
    assert (shape.encoding, shape.delimiter) == (encoding, delimiter)
    assert list(shape.header) == HEADER
    assert list(records(path, shape)) == [Record(2, CELLS)]


def test_an_encoding_that_is_named_is_taken(tmp_path: Path) -> None:
    path = write(tmp_path / "list.csv", [["email", "name"], ["a@mail.example", "José"]], "cp1252")
    with pytest.raises(ImportFileError, match=r"neither in utf-8 nor in gb18030; .* --encoding"):
        look(path)
    shape = look(path, "cp1252")
    assert [record.cells[1] for record in records(path, shape)] == ["José"]
    with pytest.raises(ImportFileError, match="isn't written in utf-8; name its encoding"):
        look(path, "utf-8")
    with pytest.raises(ImportFileError, match="no encoding 'latin-99'"):
        look(path, "latin-99")


def test_a_mark_is_no_part_of_a_column(tmp_path: Path) -> None:
    path = write(tmp_path / "list.csv", [HEADER, CELLS], "utf-8-sig")
    assert look(path, "utf-8").header == tuple(HEADER)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.text("ab,;\"'\n\r 林\t", min_size=1), min_size=2, max_size=2)))
def test_every_record_comes_back_with_the_line_on_which_it_begins(
    tmp_path: Path, rows: list[list[str]]
) -> None:
    path = write(tmp_path / "list.csv", [HEADER, *rows])
    found = list(records(path, look(path)))
    assert [record.cells for record in found] == rows
    lines = io.StringIO(path.read_bytes().decode(), newline="").readlines()
    for record in found:
        text = io.StringIO("".join(lines[record.line - 1 :]), newline="")
        assert next(csv.reader(text)) == record.cells


def test_a_broken_record_doesnt_end_the_file(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f'email\na@mail.example\n"{"x" * LONGEST}\n\nb@mail.example\n')
    first, broken, last = records(path, look(path))
    assert (first.cells, last.cells) == (["a@mail.example"], ["b@mail.example"])
    assert broken.line == 3
    assert "is a quote left open?" in broken.broken


def test_the_same_contents_are_the_same_file(tmp_path: Path) -> None:
    paths = [write(tmp_path / name, [HEADER, CELLS]) for name in ("a.csv", "b.csv")]
    other = write(tmp_path / "c.csv", [HEADER, CELLS, CELLS])
    assert look(paths[0]) == look(paths[1])
    assert look(other).digest != look(paths[0]).digest
    assert look(other).lines == 3


@pytest.mark.parametrize("text", ["", "\n\n", ",,\n", "\n,\n"])
def test_a_file_whose_columns_have_no_names_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(text)
    with pytest.raises(ImportFileError, match="first line must name the columns"):
        look(path)
