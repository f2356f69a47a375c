"""Cuts a text into Liquid's tags, outputs and the text between, in one pass.

python-liquid's own lexer is a regular expression that takes minutes over 100 kB of spaces after a
`{{` (STANDARDS S-17); this one looks at each character a bounded number of times.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from liquid import Token
from liquid.exceptions import LiquidSyntaxError
from liquid.token import TOKEN_CONTENT, TOKEN_EOF, TOKEN_EXPRESSION, TOKEN_OUTPUT, TOKEN_TAG

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Characters of one tag. Longer than any that a person writes.
LONGEST = 10_000

_OPENING = re.compile(r"\{[{%]")
_NAME = re.compile(r"#|\w+")
#: Blocks whose inside is no Liquid.
_VERBATIM = {name: re.compile(rf"\{{%-?\s*(end)?{name}\s*(-?)%\}}") for name in ("raw", "comment")}


class Kind(Enum):
    """What a piece of a template is."""

    TEXT = auto()
    OUTPUT = auto()
    TAG = auto()
    #: Begun and never ended; it reaches to the end of its line.
    BROKEN = auto()


class Piece(NamedTuple):
    """A part of the text; the pieces of a text follow each other without gaps or overlaps."""

    kind: Kind
    #: What is in it, without the marks around.
    inner: str
    start: int
    #: Whether it takes the white space before and after it away.
    trims_before: bool = False
    trims_after: bool = False


def pieces(source: str) -> Iterator[Piece]:
    """The text's pieces; comments are left out, and raw blocks are text."""
    at = 0
    endless: set[str] = set()
    while match := _OPENING.search(source, at):
        start = match.start()
        if start > at:
            yield Piece(Kind.TEXT, source[at:start], at)
        piece, at = _marked(source, start)
        yield piece
        name = _name(piece.inner)
        if piece.kind is Kind.TAG and name in _VERBATIM:
            end = None if name in endless else _end_of(name, source, at)
            if not end:
                endless.add(name)
                yield Piece(Kind.BROKEN, name, start)
                continue
            if name == "raw":
                yield Piece(Kind.TEXT, source[at : end.start()], at)
            yield Piece(Kind.TAG, f"end{name}", end.start(), trims_after=bool(end[2]))
            at = end.end()
    if at < len(source):
        yield Piece(Kind.TEXT, source[at:], at)


def tokens(source: str) -> Iterator[Token]:
    """The same as python-liquid's parser wants it.

    Raises:
        LiquidSyntaxError: something is begun and not ended.
    """
    trimming = False
    found = list(pieces(source))
    for number, piece in enumerate(found):
        if piece.kind is Kind.BROKEN:
            token = Token(TOKEN_EOF, piece.inner, piece.start, source)
            raise LiquidSyntaxError(f"{piece.inner!r} is never closed", token=token)
        if piece.kind is Kind.TEXT:
            text = piece.inner.lstrip() if trimming else piece.inner
            after = found[number + 1] if number + 1 < len(found) else piece
            text = text.rstrip() if after.trims_before else text
            if text:
                yield Token(TOKEN_CONTENT, text, piece.start, source)
        elif piece.kind is Kind.OUTPUT:
            yield Token(TOKEN_OUTPUT, piece.inner, piece.start, source)
            yield Token(TOKEN_EXPRESSION, piece.inner, piece.start, source)
        elif _name(piece.inner).removeprefix("end") not in _VERBATIM:
            yield from _tag(piece, source)
        trimming = piece.trims_after


def readable(source: str) -> str:
    """The text alone: what is left for readers when the template can't be run."""
    return "".join(piece.inner for piece in pieces(source) if piece.kind is Kind.TEXT)


def never_closed(source: str, blocks: frozenset[str]) -> Piece | None:
    """The innermost block that has no end."""
    open_blocks: list[Piece] = []
    for piece in pieces(source):
        name = _name(piece.inner)
        if piece.kind is not Kind.TAG:
            continue
        if name in blocks:
            open_blocks.append(piece)
        elif open_blocks and name == f"end{_name(open_blocks[-1].inner)}":
            open_blocks.pop()
    return open_blocks[-1] if open_blocks else None


def _marked(source: str, start: int) -> tuple[Piece, int]:
    """The tag or output that begins here, and where it ends."""
    is_output = source[start + 1] == "{"
    end = source.find("}}" if is_output else "%}", start + 2, start + LONGEST)
    if end < 0:
        end = source.find("\n", start)
        end = len(source) if end < 0 else end
        return Piece(Kind.BROKEN, source[start : min(end, start + 40)].strip(), start), end
    inner = source[start + 2 : end]
    before, after = inner.startswith("-"), inner.endswith("-")
    inner = inner[before : len(inner) - after].strip()
    kind = Kind.OUTPUT if is_output else Kind.TAG
    return Piece(kind, inner, start, before, after), end + 2


def _end_of(name: str, source: str, at: int) -> re.Match[str] | None:
    """The tag that ends the block which begins here. Comments nest; raw blocks don't."""
    depth = 1
    for match in _VERBATIM[name].finditer(source, at):
        if match[1]:
            depth -= 1
        elif name == "comment":
            depth += 1
        if not depth:
            return match
    return None


def _tag(piece: Piece, source: str) -> Iterator[Token]:
    name = _name(piece.inner)
    yield Token(TOKEN_TAG, name, piece.start, source)
    expression = piece.inner[len(name) :].strip()
    if expression:
        yield Token(TOKEN_EXPRESSION, expression, piece.start, source)


def _name(inner: str) -> str:
    match = _NAME.match(inner)
    return match[0] if match else ""
