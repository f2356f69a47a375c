"""Mail comes in by LMTP (RFC 2033), from the mail server of this machine. It is never answered.

What is taken is safe in Redis before the answer; else the mail server keeps it, and comes again.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from aiosmtpd.controller import Controller, UnixSocketController
from aiosmtpd.lmtp import LMTP

from syndicate.errors import SettingsError, SyndicateError

if TYPE_CHECKING:
    from asyncio import Server
    from collections.abc import Callable, Coroutine, Iterator, Sequence

    from aiosmtpd.smtp import SMTP, Envelope, Session

    #: A mail, and the address that it came to.
    Take = Callable[[bytes, str], object]

_log = structlog.get_logger()

#: Bytes of a mail: as many as servers pass on. The first of them are read, the rest is dropped;
#: refusing it would make a bounce of a bounce.
_MOST_BYTES = 50_000_000
#: Seconds that a busy machine may take to start it.
_READY = 30.0
_LIMITS: dict[str, Any] = {"data_size_limit": _MOST_BYTES, "ready_timeout": _READY}
#: How an address of a unix socket begins.
_UNIX = "unix:"
#: Any user of this machine may hand in mail: it is proved by its tokens, not by who brings it.
_MODE = 0o666


class _Lmtp(LMTP):
    """Takes lines of any length: others' programs wrote what is in a bounce."""

    line_length_limit = _MOST_BYTES


class _Taker:
    """Answers the mail server, for each address by itself."""

    def __init__(self, take: Take, bases: Sequence[str]) -> None:
        self._take = take
        self._bases = bases

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take mail to our addresses, with or without a token."""
        del server, session, options
        if self._bases and not _is_ours(address, self._bases):
            return "550 5.1.1 Not an address for bounces"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Fine"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take the mail for each of its addresses: LMTP wants an answer about each."""
        del server, session
        message = bytes(envelope.original_content or b"")
        answers = [
            await asyncio.to_thread(self._answer, message, address) for address in envelope.rcpt_tos
        ]
        return "\r\n".join(answers)

    def _answer(self, message: bytes, address: str) -> str:
        try:
            self._take(message, address)
        except SyndicateError as error:
            _log.error("bounce not taken", error=str(error))
            return "451 4.3.0 Can't take it now"
        except Exception:  # noqa: BLE001 - a fault of ours: the mail waits until it is mended
            _log.exception("bounce not taken")
            return "451 4.3.0 Can't take it now"
        return "250 2.0.0 Taken"


class _Inet(Controller):
    """Listens on a socket that is bound already: a place that is taken is known at once."""

    def __init__(self, taker: _Taker, bound: socket.socket) -> None:
        host, port, *_ = bound.getsockname()
        super().__init__(taker, hostname=host, port=port, **_LIMITS)
        self._bound = bound

    def _create_server(self) -> Coroutine[Any, Any, Server]:
        return self.loop.create_server(self._factory_invoker, sock=self._bound)

    def factory(self) -> SMTP:
        return _Lmtp(self.handler, **self.SMTP_kwargs)


class _Unix(UnixSocketController):
    """The same on a unix socket."""

    def __init__(self, taker: _Taker, bound: socket.socket) -> None:
        super().__init__(taker, bound.getsockname(), **_LIMITS)
        self._bound = bound

    def _create_server(self) -> Coroutine[Any, Any, Server]:
        return self.loop.create_unix_server(self._factory_invoker, sock=self._bound)

    def factory(self) -> SMTP:
        return _Lmtp(self.handler, **self.SMTP_kwargs)


@contextmanager
def listening(where: str, take: Take, bases: Sequence[str] = ()) -> Iterator[int]:
    """Take mail at `unix:/path` or `host:port` for as long as the block lasts; yields the port.

    `bases` are the addresses that tokens are put into; mail to others is refused. Without any, all
    is taken. Port 0 takes any that is free; a unix socket has none.

    Raises:
        SettingsError: one can't listen there.
    """
    taker = _Taker(take, bases)
    try:
        bound = _bound(where)
    except OSError as error:
        raise SettingsError(
            f"can't listen at {where}: {error.strerror or error}; set [bounces] listen to another"
        ) from error
    port = 0 if where.startswith(_UNIX) else bound.getsockname()[1]
    controller = _Inet(taker, bound) if port else _Unix(taker, bound)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()
        if not port:
            _clear(where.removeprefix(_UNIX))


def _bound(where: str) -> socket.socket:
    """A socket that listens there."""
    if where.startswith(_UNIX):
        path = where.removeprefix(_UNIX)
        _clear(path)
        bound = socket.socket(socket.AF_UNIX)
        try:
            bound.bind(path)
            Path(path).chmod(_MODE)
        except OSError:
            bound.close()
            raise
        return bound
    host, _, port = where.rpartition(":")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    return socket.create_server((host.strip("[]"), int(port)), family=family)


def _clear(path: str) -> None:
    """Remove a socket that nobody listens on any more."""
    if not Path(path).is_socket():
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            Path(path).unlink(missing_ok=True)
            return
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


def _is_ours(address: str, bases: Sequence[str]) -> bool:
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}" in {base.lower() for base in bases}
