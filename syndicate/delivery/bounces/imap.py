"""Mail that lies on an IMAP server: what is unseen is taken, then marked, or moved away."""

from __future__ import annotations

import imaplib
import ssl
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

from syndicate.delivery.bounces.mime import MOST_BYTES
from syndicate.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Seconds that a server may take for an answer.
_TIMEOUT = 60.0
_PORT = 993
_INBOX = "INBOX"


@dataclass(frozen=True, slots=True)
class Box:
    """A folder of somebody's mail."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = _INBOX
    #: Where mail goes once it was taken; empty: it stays, and is marked as seen.
    done: str = ""

    @classmethod
    def parse(cls, url: str, password: str, done: str) -> Self:
        """The folder of an `imaps://user@host/folder` URL that the settings have checked."""
        parts = urlsplit(url)
        folder = unquote(parts.path.strip("/")) or _INBOX
        user = unquote(parts.username or "")
        return cls(parts.hostname or "", parts.port or _PORT, user, password, folder, done)


def poll(box: Box, take: Callable[[bytes], object], context: ssl.SSLContext | None = None) -> int:
    """Take what is unseen; how many. Each is marked, or moved, once it was taken.

    Raises:
        FetchError: the server can't be reached, or refuses something.
    """
    done = 0
    with _open(box, context or ssl.create_default_context()) as imap:
        for uid in _ask(imap, "SEARCH", "UNSEEN")[0].split():
            # No more than is read; PEEK leaves it unseen.
            message = _message(_ask(imap, "FETCH", uid, f"(BODY.PEEK[]<0.{MOST_BYTES}>)"))
            if message is None:
                # Another has moved it away meanwhile.
                continue
            take(message)
            _settle(imap, uid, box.done)
            done += 1
    return done


@contextmanager
def _open(box: Box, context: ssl.SSLContext) -> Iterator[imaplib.IMAP4_SSL]:
    """The server with the folder opened; its complaints become ours."""
    try:
        imap = imaplib.IMAP4_SSL(box.host, box.port, ssl_context=context, timeout=_TIMEOUT)
        try:
            imap.login(box.user, box.password)
            _checked(imap.select(_quoted(box.folder)))
            yield imap
        finally:
            imap.logout()
    except (OSError, imaplib.IMAP4.error) as error:
        raise FetchError(f"can't read {box.folder} at {box.host}: {_words(error)}") from error


def _settle(imap: imaplib.IMAP4_SSL, uid: bytes, done: str) -> None:
    """Have it never be taken again, whatever the server knows of moving."""
    if done and "MOVE" in imap.capabilities:
        _ask(imap, "MOVE", uid, _quoted(done))
        return
    _ask(imap, "STORE", uid, "+FLAGS", r"(\Seen)")
    if done:
        _ask(imap, "COPY", uid, _quoted(done))
        _ask(imap, "STORE", uid, "+FLAGS", r"(\Deleted)")
        imap.expunge()


def _ask(imap: imaplib.IMAP4_SSL, verb: str, *words: str | bytes) -> list[bytes]:
    texts = [word.decode() if isinstance(word, bytes) else word for word in words]
    return _checked(imap.uid(verb, *texts))


def _checked(answer: tuple[str, list[bytes]] | tuple[str, list[bytes | None]]) -> list[bytes]:
    state, said = answer
    if state != "OK":
        raise imaplib.IMAP4.error(
            b" ".join(line for line in said if line).decode("utf-8", "replace")
        )
    return [line or b"" for line in said]


def _message(said: list[bytes] | list[tuple[bytes, bytes]]) -> bytes | None:
    """What a FETCH brought: a literal is a pair, of which it is the second."""
    return next((part[1] for part in said if isinstance(part, tuple)), None)


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _words(error: Exception) -> str:
    """What the server said, or the system."""
    words = error.args[-1] if error.args else error
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
