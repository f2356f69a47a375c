"""What a relay says is heard right in however many pieces it comes, and junk is no reply."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.delivery.dialogue import Dialogue, NoReplyError, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@contextmanager
def hearing(*pieces: bytes, gap: float = 0) -> Iterator[Dialogue]:
    """A dialogue whose other side says this, with pauses between."""
    ours, theirs = socket.socketpair()

    def talk() -> None:
        # Who is no longer listened to has nothing more to say.
        with suppress(OSError):
            for piece in pieces:
                theirs.sendall(piece)
                if gap:
                    time.sleep(gap)
            theirs.shutdown(socket.SHUT_WR)

    talking = threading.Thread(target=talk)
    talking.start()
    try:
        with ours:
            yield Dialogue(ours)
    finally:
        talking.join()
        theirs.close()


def hear(*pieces: bytes, limit: float = 5, gap: float = 0) -> Reply:
    with hearing(*pieces, gap=gap) as dialogue:
        return dialogue.hear(limit)


# A busy machine may take its time to change threads.
@settings(deadline=None)
@given(
    st.sampled_from([b"250", b"354", b"421", b"550"]),
    st.lists(st.sampled_from([b"2.0.0 fine", b"", b"x" * 90, "好".encode()]), min_size=1),
    st.lists(st.integers(0, 400), max_size=5),
    st.sampled_from([b"\r\n", b"\n"]),
)
def test_a_reply_is_the_same_in_any_pieces(
    code: bytes, texts: Sequence[bytes], cuts: Sequence[int], end: bytes
) -> None:
    lines = [code + b"-" + text for text in texts[:-1]] + [code + b" " + texts[-1]]
    whole = b"".join(line + end for line in lines)
    places = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    pieces = [whole[a:b] for a, b in itertools.pairwise(places)]
    assert hear(*pieces) == hear(whole)
    assert hear(whole).code == int(code)


def test_replies_that_come_together_are_told_apart() -> None:
    with hearing(b"250 a\r\n550-5.1.1 b\r\n550 5.1.1 c\r\n354 go\r\n") as dialogue:
        assert [str(dialogue.hear(5)) for _ in range(3)] == ["250 a", "550 5.1.1 b c", "354 go"]
        assert dialogue.is_in_step


def test_what_was_said_unasked_is_noticed() -> None:
    with hearing(b"250 a\r\n421 by the way\r\n") as dialogue:
        dialogue.hear(5)
        assert not dialogue.is_in_step


@pytest.mark.parametrize(
    "junk",
    [
        *(b"hello\r\n", b"\r\n", b"25 x\r\n", b"2500 x\r\n", b"250_x\r\n", b"150 x\r\n"),
        *(b"999 x\r\n", b"335 x\r\n", b"\xff\xfe\r\n", b"250-a\r\nhello\r\n", b"", b"250 unended"),
        *(b"x" * 100_000, b"250-a\r\n" * 100_000),
    ],
)
def test_what_is_no_reply_is_said_to_be_none(junk: bytes) -> None:
    with hearing(junk) as dialogue, pytest.raises((NoReplyError, OSError)):
        dialogue.hear(5)


def test_a_reply_is_kept_as_one_short_line_that_can_be_shown() -> None:
    found = hear(b"550-5.7.1 a\x00b\x1b[31m\xff\r\n550 5.7.1 " + b"c" * 3000 + b"\r\n")
    assert str(found).startswith("550 5.7.1 a b [31m\ufffd ccc")
    assert len(str(found)) < 600
    assert str(found).isprintable()


def test_a_reply_that_drips_is_late_at_its_limit() -> None:
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        hear(*[b"2"] * 50, limit=0.2, gap=0.02)
    assert time.monotonic() - start < 5
