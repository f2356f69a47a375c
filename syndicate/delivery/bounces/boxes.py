"""Mail that lies in files: one message, an mbox, or a Maildir folder."""

from __future__ import annotations

import mailbox
from contextlib import suppress
from typing import TYPE_CHECKING

from syndicate.delivery.bounces.mime import MOST_BYTES
from syndicate.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: How an mbox begins, and no message does (RFC 4155).
_MBOX = b"From "
#: Folders of a Maildir: what nobody has seen, and what somebody has.
_NEW, _SEEN = "new", "cur"
#: Ends the name of a file that was seen, after its own name and flags.
_MARK = ":2,S"


def messages_in(path: Path) -> Iterator[bytes]:
    """Every message of a file or a folder, as much as is read of it; they stay as they are.

    Raises:
        SettingsError: the folder is no Maildir.
        OSError: it can't be read.
    """
    if path.is_dir():
        yield from (_read(file) for name in (_NEW, _SEEN) for file in _files(path, name))
        return
    head = _read(path)
    if not head.startswith(_MBOX):
        yield head
        return
    with_many = mailbox.mbox(path, create=False)
    try:
        yield from (with_many.get_bytes(key)[:MOST_BYTES] for key in with_many.keys())  # noqa: SIM118 - no dict
    finally:
        with_many.close()


def poll(path: Path, take: Callable[[bytes], object]) -> int:
    """Take what is new in a Maildir; how many. Each is marked as seen once it was taken.

    Raises:
        SettingsError: the folder is no Maildir.
    """
    done = 0
    for file in _files(path, _NEW):
        # Somebody who reads there, too, may be faster: what he has seen is his.
        with suppress(FileNotFoundError):
            take(_read(file))
            done += 1
            file.rename(path / _SEEN / f"{file.name.partition(':')[0]}{_MARK}")
    return done


def _files(path: Path, name: str) -> list[Path]:
    if not all((path / each).is_dir() for each in (_NEW, _SEEN)):
        raise SettingsError(f"{path} is no Maildir: it has no folders {_NEW} and {_SEEN}")
    return sorted(file for file in (path / name).iterdir() if not file.name.startswith("."))


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(MOST_BYTES)
