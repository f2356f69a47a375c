"""One connection to a relay: smtplib for connect, EHLO, TLS and AUTH, then our own transactions.

A transaction ends in one of four ways, and the error's class says which: the recipient is refused
or deferred, the relay is at fault, or nobody knows (STANDARDS 88-93).
"""

from __future__ import annotations

import ipaddress
import re
import smtplib
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

from syndicate.errors import DeferredError, RefusedError, RelayError, UncertainError

if TYPE_CHECKING:
    from types import TracebackType

#: Seconds for connecting and for each command: RFC 5321 §4.5.3.2 asks for five minutes.
_COMMAND_LIMIT = 300.0
_PORTS = {"smtp": 25, "smtps": 465}
#: RFC 5321 §4.2: the relay closes the connection, whatever was asked.
_CLOSING = 421
_LINE_DOT = re.compile(rb"^\.", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Relay:
    """An SMTP server and how to talk to it."""

    host: str
    port: int
    implicit_tls: bool
    user: str = ""
    password: str = ""
    #: Seconds that it may think over the final dot.
    final_dot: float = 600.0

    @classmethod
    def parse(cls, url: str, password: str, final_dot: float) -> Self:
        """The relay of a `smtp://` or `smtps://` URL that the settings have checked."""
        parts = urlsplit(url)
        return cls(
            host=parts.hostname or "",
            port=parts.port or _PORTS[parts.scheme],
            implicit_tls=parts.scheme == "smtps",
            user=unquote(parts.username or ""),
            password=password,
            final_dot=final_dot,
        )

    @property
    def local(self) -> bool:
        """Whether what is sent to it stays on this machine, where TLS may be absent."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


class Connection:
    """An open connection. One message after another; not for several threads."""

    def __init__(self, relay: Relay) -> None:
        """Connect, secure and log in.

        Raises:
            RelayError: one of these failed; nothing was sent.
        """
        self._relay = relay
        try:
            self._smtp = self._open()
        except (OSError, smtplib.SMTPException) as error:
            raise _relay_error(relay, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye if the relay still listens."""
        try:
            self._smtp.quit()
        except (OSError, smtplib.SMTPException):
            self._smtp.close()

    def send(self, sender: str, recipient: str, message: bytes) -> str:
        """One transaction; returns the relay's answer to the final dot.

        `message` is canonical: CRLF line ends and 7-bit bytes, its last line ended.

        Raises:
            RefusedError: a 5xx answer about this recipient or message.
            DeferredError: a 4xx answer about them.
            RelayError: the relay is at fault or gone, before the final dot; the connection is
                of no more use.
            UncertainError: it went away after the final dot was begun; the same.
        """
        try:
            self._ask("MAIL", f"FROM:<{sender}>{self._size(message)}", sender_at_fault=True)
            self._ask("RCPT", f"TO:<{recipient}>")
            self._ask("DATA")
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            raise _relay_error(self._relay, error) from error
        return self._data(message)

    def _open(self) -> smtplib.SMTP:
        relay, context = self._relay, ssl.create_default_context()
        if relay.implicit_tls:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                relay.host, relay.port, timeout=_COMMAND_LIMIT, context=context
            )
        else:
            smtp = smtplib.SMTP(relay.host, relay.port, timeout=_COMMAND_LIMIT)
        try:
            smtp.ehlo_or_helo_if_needed()
            if not (relay.implicit_tls or relay.local):
                # Without the offer this raises: mail never leaves in clear (STANDARDS 87).
                smtp.starttls(context=context)
                smtp.ehlo()
            if relay.user:
                smtp.login(relay.user, relay.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _size(self, message: bytes) -> str:
        return f" SIZE={len(message)}" if self._smtp.has_extn("size") else ""

    def _ask(self, verb: str, argument: str = "", *, sender_at_fault: bool = False) -> None:
        code, text = self._smtp.docmd(verb, argument)
        if code // 100 in (2, 3):
            return
        reply = _reply(code, text)
        if code == _CLOSING or sender_at_fault:
            raise RelayError(f"{self._relay.host} says {reply} to {verb}", reply)
        # The transaction is given up, so that the next one begins clean.
        self._smtp.rset()
        raise _about_recipient(code, reply)

    def _data(self, message: bytes) -> str:
        link = self._smtp.sock
        if link is None:
            raise RelayError(f"{self._relay.host} closed the connection")
        try:
            link.settimeout(self._relay.final_dot)
            link.sendall(_LINE_DOT.sub(b"..", message) + b".\r\n")
            code, text = self._smtp.getreply()
            link.settimeout(_COMMAND_LIMIT)
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            self._smtp.close()
            raise UncertainError(f"{self._relay.host} went away at the final dot") from error
        reply = _reply(code, text)
        if code // 100 == 2:  # noqa: PLR2004 - 2yz is success, RFC 5321 §4.2.1
            return reply
        if code == _CLOSING:
            raise RelayError(f"{self._relay.host} says {reply}", reply)
        raise _about_recipient(code, reply)


def _about_recipient(code: int, reply: str) -> RefusedError | DeferredError:
    if code // 100 == 5:  # noqa: PLR2004 - 5yz is final, RFC 5321 §4.2.1
        return RefusedError("refused", reply)
    return DeferredError("deferred", reply)


def _reply(code: int, text: bytes) -> str:
    return f"{code} {text.decode('utf-8', 'replace')}".strip()


def _relay_error(relay: Relay, error: Exception) -> RelayError:
    where = f"{relay.host}:{relay.port}"
    if isinstance(error, smtplib.SMTPResponseException):
        reply = _reply(error.smtp_code, _as_bytes(error.smtp_error))
        return RelayError(f"{where} says {reply}", reply)
    if isinstance(error, TimeoutError):
        return RelayError(f"{where} doesn't answer")
    return RelayError(f"can't send through {where}: {error}; check [mail] relay")


def _as_bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
