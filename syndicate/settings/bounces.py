"""Where mail comes back to, and what is made of it (STANDARDS 94-98)."""

from __future__ import annotations

from email.utils import parseaddr
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from syndicate.settings.checks import mail_address, one_line, port_of
from syndicate.settings.section import Section

#: Characters that a token and its plus take of a local part, which has 64 (RFC 5321 §4.5.3.1.1).
_TOKEN = 33
_LONGEST_LOCAL = 64 - _TOKEN


class Soft(Section):
    """How long an address may fail to take mail."""

    #: Mails of so many different days came back …
    count: int = Field(default=5, ge=2, le=100)
    #: … among those of the last so many days, and none of them arrived.
    days: int = Field(default=14, ge=2, le=365)

    @model_validator(mode="after")
    def _can_happen(self) -> Self:
        if self.count > self.days:
            raise ValueError(f"count ({self.count}) is more than there are days ({self.days})")
        return self


class Bounces(Section):
    """The addresses that bounces and complaints come to, and how they reach us."""

    #: The envelope's sender of every mail is this address with a token in it, by which a bounce is
    #: known for whose it is: `bounces+TOKEN@mail.example`. Mail to these must reach us. Empty: the
    #: plain From address, as providers want it that put their own in its place.
    address: str = ""
    #: `unsubscribe@mail.example`: one may leave by mail, too, to this address with a token in it.
    #: Empty: by links alone.
    unsubscribe: str = ""
    #: `unix:/path/to/socket` or `127.0.0.1:port`, where `syndicate bounces listen` takes mail by
    #: LMTP, and `syndicate up` has it run; empty for none.
    listen: str = ""
    #: A Maildir folder that is looked into once a minute; below the site's folder unless absolute.
    maildir: Path | None = None
    #: `imaps://user@host[:port][/folder]`, a box that is looked into once a minute; empty for none.
    imap: str = ""
    #: Its password; better in the environment than in a file.
    imap_password: SecretStr = SecretStr("")
    #: The folder that mail is moved to once it was taken; empty: it is marked as seen.
    imap_done: str = ""
    soft: Soft = Soft()

    @field_validator("address", "unsubscribe")
    @classmethod
    def _check_address(cls, value: str) -> str:
        if not value:
            return value
        local, _, domain = mail_address(value).rpartition("@")
        if parseaddr(value)[1] != value or not value.isascii():
            raise ValueError("must be an address alone, in ASCII, such as bounces@mail.example")
        if "+" in local or len(local) > _LONGEST_LOCAL:
            raise ValueError(
                f"must have no + and at most {_LONGEST_LOCAL} characters before the @: a token is "
                "put in there"
            )
        return f"{local}@{domain.lower()}"

    @field_validator("listen")
    @classmethod
    def _check_listen(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        is_local = host in ("127.0.0.1", "[::1]", "localhost") and port.isdecimal()
        if value and not is_local and not value.startswith("unix:/"):
            raise ValueError(
                "must be unix:/absolute/path or 127.0.0.1:port: LMTP is for mail servers of this "
                "machine alone"
            )
        return value

    @field_validator("imap", "imap_done")
    @classmethod
    def _check_name(cls, value: str) -> str:
        if not one_line(value).isascii():
            raise ValueError(
                "must be ASCII: write the folder's name as IMAP has it, such as &ZeVg-"
            )
        return value

    @field_validator("imap")
    @classmethod
    def _check_imap(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme != "imaps" or not parts.hostname or not parts.username):
            raise ValueError("must be imaps://user@host/folder; %40 stands for an @ in the user")
        if parts.password:
            raise ValueError("must hold no password; set SYNDICATE_BOUNCES__IMAP_PASSWORD instead")
        port_of(parts)
        return value

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if self.address and self.address == self.unsubscribe:
            raise ValueError("unsubscribe must be another address than address")
        return self

    @property
    def polled(self) -> bool:
        """Whether there is a box to look into."""
        return bool(self.maildir or self.imap)

    def check_aligned(self, sender: str) -> None:
        """See that bounces come to the domain of a sender, `user@host` or `Name <user@host>`.

        Raises:
            ValueError: they don't, so that SPF speaks of another domain than DMARC asks for
                (STANDARDS 85).
        """
        own = parseaddr(sender)[1].rpartition("@")[2].lower()
        host = self.address.rpartition("@")[2]
        if host and host != own and not (host.endswith(f".{own}") or own.endswith(f".{host}")):
            raise ValueError(
                f"[bounces] address: {host!r} is not the domain of [mail] from, {own!r}"
            )
