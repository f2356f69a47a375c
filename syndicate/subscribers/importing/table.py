"""A CSV file: how it is written, and its records. It is read as a stream, however long it is."""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, TextIO

from syndicate.errors import ImportFileError

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Iterator
    from pathlib import Path

#: Bytes of a file that are looked at in one go.
_BLOCK = 1 << 20
#: What a file can begin with, and what it is written in then.
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
#: What is tried where nothing marks it: Chinese spreadsheets write the second (GB 18030-2005).
_GUESSES = ("utf-8", "gb18030")
_DELIMITERS = (",", ";", "\t")
#: Characters of one cell: past it, a quote was opened and never closed.
LONGEST = 131_072


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is written."""

    encoding: str
    delimiter: str
    #: What its columns are called, without the blanks around.
    header: tuple[str, ...]
    #: SHA-256 of its bytes, in hex.
    digest: str
    #: For a progress bar: a record with line breaks has several.
    lines: int


class Record(NamedTuple):
    """A record of a file; `broken` says why it is none."""

    #: The line on which it begins, from 1; the header is one.
    line: int
    cells: list[str]
    broken: str = ""


def look(path: Path, encoding: str = "") -> Shape:
    """How a file is written; it is read once. `encoding` is what somebody knows of it.

    Raises:
        ImportFileError: it is empty, can't be read, or is written in none of these encodings.
    """
    try:
        digest, lines = _read(path)
        found = encoding or _encoding(path)
        if not _fits(path, found):
            raise ImportFileError(f"{path} isn't written in {found}; name its encoding: --encoding")
        return Shape(found, *_header(path, found), digest, lines)
    except OSError as error:
        raise ImportFileError(f"can't read {path}: {error.strerror}") from error
    except LookupError as error:
        raise ImportFileError(f"no encoding {encoding!r}, such as utf-8 or cp1252") from error


def records(path: Path, shape: Shape) -> Iterator[Record]:
    """The records after the header; empty lines are none."""
    with path.open(encoding=shape.encoding, newline="") as file:
        yield from islice(_records(_reader(file, shape.delimiter)), 1, None)


def _reader(file: TextIO, delimiter: str) -> Reader:
    # Strict: a quote that was left open is noticed where the next begins.
    return csv.reader(file, delimiter=delimiter, strict=True)


def _records(reader: Reader) -> Iterator[Record]:
    """Records with the lines on which they begin; what is broken doesn't end the file."""
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            wrong = f"lines {line} to {reader.line_num} are no CSV: {error}; is a quote left open?"
            yield Record(line, [], wrong)
        else:
            if cells:
                yield Record(line, cells)


def _read(path: Path) -> tuple[str, int]:
    """Its digest and its lines."""
    digest, lines = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            lines += block.count(b"\n")
    return digest.hexdigest(), lines


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        begin = file.read(4)
    for mark, encoding in _MARKS.items():
        if begin.startswith(mark):
            return encoding
    # Without a mark, every second byte of ASCII in UTF-16 is NUL.
    if b"\0" in begin:
        return "utf-16-be" if begin[:1] == b"\0" else "utf-16-le"
    for guess in _GUESSES:
        if _fits(path, guess):
            return guess
    wanted = " nor in ".join(_GUESSES)
    raise ImportFileError(f"{path} is written neither in {wanted}; say in what: --encoding cp1252")


def _fits(path: Path, encoding: str) -> bool:
    """Whether all of it can be read so."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True


def _header(path: Path, encoding: str) -> tuple[str, tuple[str, ...]]:
    """Its delimiter, and what its columns are called."""
    with path.open(encoding=encoding, newline="") as file:
        # What names of columns hold is no delimiter more often than what stands between them.
        counted = Counter(file.readline(LONGEST))
        delimiter = max(_DELIMITERS, key=counted.__getitem__)
        file.seek(0)
        found = next(_records(_reader(file, delimiter)), None)
    if found is None or found.broken or not any(found.cells):
        raise ImportFileError(f"{path}: its first line must name the columns")
    return delimiter, tuple(name.strip("\ufeff \t") for name in found.cells)
