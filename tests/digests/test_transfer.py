from __future__ import annotations

from base64 import b64decode
from quopri import decodestring
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.digests.transfer import BLANKS, Coding, Piece, choose, encode_segment, encode_value

if TYPE_CHECKING:
    from collections.abc import Callable

#: What tells most: ends of lines, beginnings that others mend, and what stands at a line's limit.
PIECES = st.sampled_from(["\n", ".", "..", "From ", "=", " ", "\t", "é", "央行", "x" * 71, "word"])
TEXTS = st.lists(PIECES, max_size=40).map("".join)
#: As links are, of one line and of several.
LINKS = st.lists(st.sampled_from('=.a /&"'), max_size=180).map("".join)
VALUES = LINKS | st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=120)
DECODE: dict[Coding, Callable[[bytes], bytes]] = {
    Coding.PLAIN: bytes,
    Coding.QUOTED: decodestring,
    Coding.BASE64: b64decode,
}


def octets(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def joined(coding: Coding, texts: list[str], values: list[str]) -> bytes:
    """A body as it goes out: its own text, and values between."""
    last = len(texts) - 1
    parts = [b""] * (2 * len(texts) - 1)
    parts[::2] = [
        encode_segment(coding, [Piece(text)], first=n == 0, last=n == last)
        for n, text in enumerate(texts)
    ]
    parts[1::2] = [encode_value(coding, value) for value in values]
    return b"".join(parts)


@given(texts=st.lists(TEXTS, min_size=1, max_size=4), data=st.data())
def test_quoted_text_comes_back_to_the_byte_and_keeps_its_limits(
    texts: list[str], data: st.DataObject
) -> None:
    count = len(texts) - 1
    values = data.draw(st.lists(VALUES.map(str.strip), min_size=count, max_size=count))
    body = joined(Coding.QUOTED, texts, values)
    plain = [""] * (2 * len(texts) - 1)
    plain[::2], plain[1::2] = texts, values
    assert decodestring(body) == octets("".join(plain))
    for line in body.split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))


@given(texts=st.lists(TEXTS, min_size=1, max_size=4), value=VALUES)
def test_base64_adds_nothing_but_a_few_blanks(texts: list[str], value: str) -> None:
    values = [value] * (len(texts) - 1)
    body = joined(Coding.BASE64, texts, values)
    lines = body.split(b"\r\n")
    assert max(map(len, lines)) <= 76
    found = b"".join(b64decode(line) for line in lines)
    expected = octets("".join(t + value for t in texts)).removesuffix(value.encode())
    assert len(expected) <= len(found) <= len(expected) + BLANKS * len(values)
    assert found.replace(b" ", b"") == expected.replace(b" ", b"")


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_every_end_of_a_line_goes_out_as_crlf(end: str) -> None:
    assert Piece(f"one{end}two{end}").octets == b"one\r\ntwo\r\n"


def test_blanks_stand_at_the_end_of_lines() -> None:
    body = joined(Coding.BASE64, ["a\n", "\nb"], ["xy"])
    assert b64decode(body) == b"a\r\nxy \r\nb"
    assert b64decode(joined(Coding.BASE64, ["ab\n", "\nb"], ["xyz"])) == b"ab  \r\nxyz\r\nb"


@pytest.mark.parametrize(
    ("text", "coding"),
    [
        ("Short and plain,\nin two lines.\n", Coding.PLAIN),
        ("x" * 78, Coding.PLAIN),
        ("x" * 79, Coding.QUOTED),
        ("one\n.two", Coding.QUOTED),
        ("one\nFrom two", Coding.QUOTED),
        ("un café, et l’addition plus tard, je vous prie\n" * 3, Coding.QUOTED),
        ("澜江财经 Harbour 新闻", Coding.BASE64),
        ("", Coding.PLAIN),
    ],
)
def test_the_most_legible_coding_that_fits_is_chosen(text: str, coding: Coding) -> None:
    assert choose([Piece(text)], any_values=False) is coding


def test_a_body_with_names_in_it_is_never_plain() -> None:
    assert choose([Piece("Hello\n")], any_values=True) is Coding.QUOTED
    assert DECODE[Coding.QUOTED](encode_value(Coding.QUOTED, "林晚")).decode() == "林晚"


@given(st.lists(st.sampled_from(["word ", "é", "央行", "=", "<p>\n"]), max_size=200).map("".join))
def test_the_shorter_of_both_is_chosen(text: str) -> None:
    chosen = choose([Piece(text)], any_values=True)
    sizes = {c: len(joined(c, [text], [])) for c in (Coding.QUOTED, Coding.BASE64)}
    # It is an estimate: where lines end is not foreseen.
    assert sizes[chosen] <= min(sizes.values()) * 1.25 + 40


def test_adversarial_bodies_take_no_longer_than_others() -> None:
    for evil in map(Piece, ("." * 300_000, "From " * 60_000, "=" * 300_000, " " * 300_000)):
        encode_segment(choose([evil], any_values=True), [evil], first=True, last=True)
