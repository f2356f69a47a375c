"""What is stuffed once for many messages is what each of them would be stuffed to."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from syndicate.delivery.stuffing import Stuffing, stuffed, unstuffed

#: All that matters for lines that begin with dots.
pieces = st.text(alphabet=".\r\nx", max_size=6).map(
    lambda text: re.sub(r"\r?\n|\r", "\r\n", text).encode()
)


@given(st.lists(pieces, min_size=1, max_size=6), st.data())
def test_stuffing_in_parts_is_stuffing_the_whole(
    segments: list[bytes], data: st.DataObject
) -> None:
    values = [data.draw(pieces) for _ in segments[1:]]
    whole = segments[0] + b"".join(v + s for v, s in zip(values, segments[1:], strict=True))
    assert Stuffing(segments).join(values) == stuffed(whole)
    head = b"DKIM-Signature: v=1;\r\n"
    assert Stuffing(segments).join(values, head).wire == head + stuffed(whole).wire


@given(pieces)
def test_no_line_of_data_is_a_lone_dot_and_the_reader_gets_his_message(message: bytes) -> None:
    data = stuffed(message)
    assert data.wire.endswith(b".\r\n")
    assert not re.search(rb"(?m)^\.\r$", data.wire[: len(data)])
    assert unstuffed(data) == message
    assert unstuffed(message) == message


@given(pieces)
def test_nothing_is_stuffed_twice(message: bytes) -> None:
    assert stuffed(stuffed(message)) == stuffed(message)
