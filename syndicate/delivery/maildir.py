"""A folder in the place of a relay: each message a file, for archives, tests and mail that stays.

The form is Maildir's: a file is written in `tmp`, is on disk, and then appears in `new` whole. Each
begins with the envelope, as a machine has it that delivers to itself. Lines end as files' lines do.
"""

from __future__ import annotations

import itertools
import os
import socket
import time
from typing import TYPE_CHECKING, Self

from syndicate.delivery.stuffing import unstuffed
from syndicate.delivery.transaction import nothing
from syndicate.errors import RelayError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from syndicate.delivery.stuffing import Data


_FOLDERS = ("tmp", "new", "cur")
_OURS_ALONE = 0o700
#: Numbers the messages of this process: two may come in one microsecond.
_number = itertools.count()


class Maildir:
    """A transport as `smtp.Connection` is one, for any number of threads and processes."""

    #: It offers nothing beside the message's delivery, and nothing leaves the machine.
    security = None

    def __init__(self, folder: Path) -> None:
        """Have the folder there.

        Raises:
            RelayError: it can't be made.
        """
        self._folder = folder
        try:
            for name in _FOLDERS:
                (folder / name).mkdir(_OURS_ALONE, parents=True, exist_ok=True)
        except OSError as error:
            raise self._broken(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def extensions(self) -> dict[str, str]:
        """None of SMTP's."""
        return {}

    def send(
        self,
        sender: str,
        recipient: str,
        message: bytes | Data,
        meanwhile: Callable[[], None] = nothing,
    ) -> str:
        """Deliver a message; returns the name of its file.

        Once this returns it is on disk; a message that a crash cut short isn't in `new`.

        Raises:
            RelayError: the folder can't be written; nothing was delivered.
        """
        meanwhile()
        head = f"Return-Path: <{sender}>\nDelivered-To: {recipient}\n"
        name = _unique_name()
        half, whole = self._folder / "tmp" / name, self._folder / "new" / name
        try:
            with half.open("xb") as file:
                file.write(head.encode() + unstuffed(message).replace(b"\r\n", b"\n"))
                file.flush()
                os.fsync(file.fileno())
            half.rename(whole)
            _sync(whole.parent)
        except OSError as error:
            half.unlink(missing_ok=True)
            raise self._broken(error) from error
        return f"250 2.0.0 Kept as {name}"

    def usable(self) -> bool:
        """Whether the next message may go there: a folder is always open."""
        return True

    def close(self) -> None:
        """Nothing is open between two messages."""

    def _broken(self, error: OSError) -> RelayError:
        return RelayError(f"can't write the Maildir {self._folder}: {error.strerror}")


def _unique_name() -> str:
    """As Maildir wants it: the second, what is unique in this machine, and the machine."""
    seconds, micro = divmod(time.time_ns() // 1000, 1_000_000)
    host = socket.gethostname().replace("/", "\\057").replace(":", "\\072")
    return f"{seconds}.M{micro}P{os.getpid()}Q{next(_number)}.{host}"


def _sync(folder: Path) -> None:
    """Have a folder's new name on disk, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
