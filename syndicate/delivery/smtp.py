"""One connection to a relay: smtplib for connect, EHLO, TLS and AUTH, then our own transactions."""

from __future__ import annotations

import select
import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote, urlsplit

from syndicate.delivery.dialogue import Dialogue, NoReplyError
from syndicate.delivery.stuffing import stuffed
from syndicate.delivery.transaction import COMMAND, FINAL_DOT, Offers, Transactions, nothing
from syndicate.errors import DeferredError, RefusedError, RelayError, UncertainError
from syndicate.settings.relays import is_local

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from syndicate.delivery.stuffing import Data

#: Seconds that a relay may take to hear our goodbye.
_GOODBYE = 5.0
_PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Relay:
    """An SMTP server and how to talk to it."""

    host: str
    port: int
    implicit_tls: bool
    user: str = ""
    password: str = ""
    #: Seconds that it may think over the final dot.
    final_dot: float = FINAL_DOT
    #: What we call ourselves; empty: this machine's name.
    ehlo: str = ""
    #: Whether it is asked for reports of failure, if it makes them (RFC 3461).
    dsn: bool = False
    #: Whether STARTTLS is asked for on this machine, too; elsewhere it always is.
    starttls: bool = False

    @classmethod
    def parse(cls, url: str, password: str, final_dot: float, *, ehlo: str = "") -> Self:
        """The relay of a `smtp://` or `smtps://` URL that the settings have checked."""
        parts = urlsplit(url)
        return cls(
            host=parts.hostname or "",
            port=parts.port or _PORTS[parts.scheme],
            implicit_tls=parts.scheme == "smtps",
            user=unquote(parts.username or ""),
            password=password,
            final_dot=final_dot,
            ehlo=ehlo,
        )

    @property
    def local(self) -> bool:
        """Whether what is sent to it stays on this machine, where TLS may be absent."""
        return is_local(self.host)


@dataclass(frozen=True, slots=True)
class Security:
    """TLS as it was agreed on, and the certificate that the relay showed."""

    version: str
    #: The hosts that it is for.
    names: tuple[str, ...]
    ends: datetime | None

    @classmethod
    def of(cls, link: ssl.SSLSocket) -> Self:
        """That of a socket whose other end was verified."""
        shown: dict[str, Any] = link.getpeercert() or {}
        names = tuple(name for _, name in shown.get("subjectAltName", ()))
        seconds = ssl.cert_time_to_seconds(shown["notAfter"]) if "notAfter" in shown else None
        ends = datetime.fromtimestamp(seconds, UTC) if seconds is not None else None
        return cls(link.version() or "", names, ends)


class Connection:
    """An open connection. One message after another; for one thread at a time."""

    def __init__(self, relay: Relay) -> None:
        """Connect, secure and log in.

        Raises:
            RelayError: one of these failed; nothing was sent.
        """
        try:
            self._smtp, self._link = _opened(relay)
        except (OSError, smtplib.SMTPException) as error:
            raise _not_opened(relay, error) from error
        self._dialogue = Dialogue(self._link)
        self._transactions = Transactions(
            self._dialogue,
            Offers.of(self._smtp.esmtp_features),
            relay.host,
            final_dot=relay.final_dot,
            dsn=relay.dsn,
        )
        self._is_open = True
        #: In the middle of a transaction nothing else may be said.
        self._is_busy = False

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
        """What the relay offers: names in small letters, and what it says beside them."""
        return dict(self._smtp.esmtp_features)

    @property
    def security(self) -> Security | None:
        """How the connection is secured, or None if it isn't."""
        return Security.of(self._link) if isinstance(self._link, ssl.SSLSocket) else None

    def usable(self) -> bool:
        """Whether the next message may go over it: nobody hung up, or spoke unasked."""
        if not self._is_open or self._is_busy or not self._dialogue.is_in_step:
            return False
        watch = select.poll()
        watch.register(self._link, select.POLLIN)
        return not watch.poll(0)

    def send(
        self,
        sender: str,
        recipient: str,
        message: bytes | Data,
        meanwhile: Callable[[], None] = nothing,
    ) -> str:
        """One transaction, as `Transactions.send` has it, with all that it raises.

        `message` is canonical: CRLF line ends and 7-bit bytes, its last line ended. After a
        RelayError or an UncertainError the connection is closed.
        """
        self._is_busy = True
        try:
            answer = self._transactions.send(sender, recipient, stuffed(message), meanwhile)
        except (DeferredError, RefusedError):
            self._is_busy = False
            raise
        except (RelayError, UncertainError):
            self._hang_up()
            raise
        self._is_busy = False
        return answer

    def close(self) -> None:
        """Say goodbye if the relay still listens."""
        if self._is_open and not self._is_busy:
            with suppress(OSError, NoReplyError):
                self._dialogue.say(b"QUIT\r\n", _GOODBYE)
                self._dialogue.hear(_GOODBYE)
        self._hang_up()

    def _hang_up(self) -> None:
        self._is_open = False
        self._smtp.close()


def _opened(relay: Relay) -> tuple[smtplib.SMTP, socket.socket]:
    limit = COMMAND * relay.final_dot / FINAL_DOT
    name = relay.ehlo or _own_name()
    if relay.implicit_tls:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            relay.host, relay.port, local_hostname=name, timeout=limit, context=_trust()
        )
    else:
        smtp = smtplib.SMTP(relay.host, relay.port, local_hostname=name, timeout=limit)
    try:
        smtp.ehlo_or_helo_if_needed()
        if relay.starttls or not (relay.implicit_tls or relay.local):
            # Without the offer this raises: mail never leaves in clear (STANDARDS 87).
            smtp.starttls(context=_trust())
            smtp.ehlo()
        if relay.user:
            smtp.login(relay.user, relay.password)
        link = _link_of(smtp)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        smtp.close()
        raise
    return smtp, link


def _link_of(smtp: smtplib.SMTP) -> socket.socket:
    if smtp.sock is None:
        raise smtplib.SMTPServerDisconnected("connection closed")
    return smtp.sock


def _trust() -> ssl.SSLContext:
    """Whom this machine trusts by now."""
    paths = ssl.get_default_verify_paths()
    changed = Path(paths.cafile).stat().st_mtime_ns if paths.cafile else 0
    return _trusting(paths, changed)


@lru_cache(1)
def _trusting(_paths: ssl.DefaultVerifyPaths, _changed: int) -> ssl.SSLContext:
    """Whom it trusted then: 150 certificates are read for 20 ms."""
    return ssl.create_default_context()


@cache
def _own_name() -> str:
    """This machine's name for EHLO, asked for once: where DNS is slow that takes seconds."""
    name = socket.getfqdn()
    return name if "." in name else "[127.0.0.1]"


def _not_opened(relay: Relay, error: Exception) -> RelayError:
    where = f"{relay.host}:{relay.port}"
    if isinstance(error, smtplib.SMTPResponseException):
        reply = f"{error.smtp_code} {_text(error.smtp_error)}".strip()
        return RelayError(f"{where} says {reply}", reply)
    if isinstance(error, TimeoutError):
        return RelayError(f"{where} doesn't answer")
    return RelayError(f"can't send through {where}: {error}; check [mail] relay")


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
