"""What is said to a relay and what it answers: commands in one write, replies line by line."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import socket

#: Bytes. RFC 5321 §4.5.3.1.5 allows 512 in a line; some relays say more.
_LONGEST_LINE = 4096
#: Lines in one reply. Those to MAIL, RCPT, DATA and the final dot have one or a few.
_MOST_LINES = 100
#: Characters of a reply that are kept: what is said after them helps nobody.
_KEPT = 500
_READ = 16_384
_REFUSALS, _FINAL = 400, 500
#: RFC 5321 §4.2.1 has 2yz to 5yz; of 3yz transactions know one.
_LINE = re.compile(rb"(2\d\d|354|[45]\d\d)(?:([ -])(.*))?", re.DOTALL)
#: What ends a line somewhere, or can't be shown.
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
#: The same code begins each line of a reply (RFC 2034 §4); once is enough.
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3} ")


class NoReplyError(Exception):
    """The other side hung up, or what it says is no SMTP; nothing more can be said to it."""


class Reply(NamedTuple):
    """A reply, its lines joined."""

    code: int
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}".rstrip()

    @property
    def refuses(self) -> bool:
        """Whether it says no: for now (4yz) or for ever (5yz), RFC 5321 §4.2.1."""
        return self.code >= _REFUSALS

    @property
    def is_final(self) -> bool:
        """Whether it says never."""
        return self.code >= _FINAL


class Dialogue:
    """Our side of an SMTP session whose greeting, TLS and AUTH are over. For one thread."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._heard = bytearray()

    @property
    def is_in_step(self) -> bool:
        """Whether nothing was said by them that wasn't asked for, as far as it was heard."""
        return not self._heard

    def say(self, words: bytes, limit: float) -> None:
        """Send a command, or several.

        Raises:
            OSError: it can't be sent, or not within `limit` seconds.
        """
        self._link.settimeout(limit)
        self._link.sendall(words)

    def tell(self, data: memoryview, limit: float) -> int:
        """Send a part of this, as much as the way takes now; how many bytes.

        What isn't counted here was never sent: not even the kernel has it.

        Raises:
            OSError: nothing can be sent, or not within `limit` seconds.
        """
        self._link.settimeout(limit)
        return self._link.send(data)

    def hear(self, limit: float) -> Reply:
        """Their next reply, in however many pieces and lines it comes.

        Raises:
            NoReplyError: they hung up, or what came is no reply.
            OSError: the way broke, or the reply wasn't there within `limit` seconds.
        """
        end = time.monotonic() + limit
        texts: list[str] = []
        for _ in range(_MOST_LINES):
            line = self._line(end)
            found = _LINE.fullmatch(line)
            if found is None:
                raise NoReplyError(f"says {_shown(line)!r}, which is no SMTP")
            code, more, text = found.groups()
            texts.append(_shown(text or b""))
            if more != b"-":
                return Reply(int(code), _joined(texts))
        raise NoReplyError("says too much")

    def _line(self, end: float) -> bytes:
        """The next line without its end."""
        at = self._heard.find(b"\n")
        while at < 0:
            if len(self._heard) > _LONGEST_LINE:
                raise NoReplyError("says too much")
            self._listen(end)
            at = self._heard.find(b"\n")
        line = bytes(self._heard[:at])
        del self._heard[: at + 1]
        return line.removesuffix(b"\r")

    def _listen(self, end: float) -> None:
        # A reply may come in pieces, each of them in time.
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._link.settimeout(left)
        some = self._link.recv(_READ)
        if not some:
            raise NoReplyError("hung up")
        self._heard += some


def _shown(text: bytes) -> str:
    return _UNSHOWN.sub(" ", text[:_KEPT].decode("utf-8", "replace")).strip()


def _joined(texts: list[str]) -> str:
    first = texts[0]
    if len(texts) == 1:
        return first
    enhanced = _ENHANCED.match(first)
    again = enhanced[0] if enhanced else "\0"
    return " ".join([first, *(text.removeprefix(again) for text in texts[1:])])[:_KEPT]
