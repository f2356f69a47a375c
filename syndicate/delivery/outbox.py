"""The captured mailbox: a real SMTP server that keeps a Maildir and passes nothing on."""

from __future__ import annotations

import mailbox
import re
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller

from syndicate.errors import DeliveryError, RelayError

if TYPE_CHECKING:
    from asyncio import Server
    from collections.abc import Coroutine, Iterator
    from pathlib import Path

    from aiosmtpd.smtp import SMTP, Envelope, Session

#: The Maildir's name in the state folder.
FOLDER = "outbox"
#: Holds the port that the mailbox listens on.
_PORT_FILE = "outbox.port"
_HOST = "127.0.0.1"
#: Bytes. Far more than any digest; a mistake doesn't fill the disk.
_SIZE_LIMIT = 10_000_000
#: Bytes before a message, which hold its envelope: two addresses of RFC 5321 length, and names.
_HEAD = 1024
#: Seconds that a busy machine may take to start it.
_READY = 30.0


class _Keeper:
    """Keeps each message with its envelope's recipient."""

    def __init__(self, folder: Path) -> None:
        self._maildir = mailbox.Maildir(folder, create=True)

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take the message once it is safely in the Maildir."""
        del server, session
        recipients = ", ".join(envelope.rcpt_tos)
        head = f"Return-Path: <{envelope.mail_from}>\r\nDelivered-To: {recipients}\r\n"
        name = self._maildir.add(head.encode() + (envelope.original_content or b""))
        return f"250 2.0.0 Kept as {name}"


class _Server(Controller):
    """Listens on a socket that is bound already, so that the system may choose the port."""

    port: int

    def __init__(self, keeper: _Keeper, bound: socket.socket) -> None:
        super().__init__(
            keeper,
            hostname=_HOST,
            port=bound.getsockname()[1],
            ready_timeout=_READY,
            data_size_limit=_SIZE_LIMIT,
        )
        self._bound = bound

    def _create_server(self) -> Coroutine[Any, Any, Server]:
        return self.loop.create_server(self._factory_invoker, sock=self._bound)


@contextmanager
def listening(state: Path, port: int = 0) -> Iterator[int]:
    """Be the captured mailbox of a state folder for as long as the block lasts; yields the port.

    Port 0 takes any that is free. Whoever sends finds the port in the state folder.

    Raises:
        DeliveryError: the folder can't be written, or the port is taken.
    """
    try:
        state.mkdir(parents=True, exist_ok=True)
        keeper = _Keeper(state / FOLDER)
        bound = socket.create_server((_HOST, port))
        controller = _Server(keeper, bound)
        controller.start()
    except OSError as error:
        raise DeliveryError(f"can't run the captured mailbox in {state}: {error}") from error
    try:
        (state / _PORT_FILE).write_text(str(controller.port))
        yield controller.port
    finally:
        (state / _PORT_FILE).unlink(missing_ok=True)
        controller.stop()


def url(state: Path) -> str:
    """The relay URL of the captured mailbox that is listening.

    Raises:
        RelayError: none is.
    """
    try:
        return f"smtp://{_HOST}:{int((state / _PORT_FILE).read_text())}"
    except (OSError, ValueError) as error:
        raise RelayError(
            "the captured mailbox isn't running; start it with `syndicate up`, or name a real "
            "relay in [mail] relay"
        ) from error


def messages(state: Path) -> list[bytes]:
    """All that was captured, the newest first."""
    paths = sorted(_paths(state), key=lambda path: (path.stat().st_mtime_ns, path.name))
    return [path.read_bytes() for path in reversed(paths)]


def forget(state: Path, address: str) -> int:
    """Remove what was captured for an address; how many messages. Without a mailbox, none."""
    gone = 0
    line = re.compile(rb"(?im)^Delivered-To: %s\r?$" % re.escape(address.encode()))
    for path in _paths(state):
        # What its head says of the envelope is within its first bytes.
        with path.open("rb") as file:
            is_his = line.search(file.read(_HEAD))
        if is_his:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _paths(state: Path) -> list[Path]:
    folder = state / FOLDER / "new"
    return list(folder.iterdir()) if folder.is_dir() else []
