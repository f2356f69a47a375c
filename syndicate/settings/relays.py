"""The relays that mail goes out through, and how much each of them may be given."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from syndicate.settings.checks import port_of
from syndicate.settings.hours import hours
from syndicate.settings.section import Section

if TYPE_CHECKING:
    from datetime import time

#: `relay = "outbox"`: mail is captured on this machine and leaves it never.
OUTBOX = "outbox"
#: `relay = "maildir:folder"`: each message is a file in that folder of the site.
MAILDIR = "maildir"
#: What `[mail] relay` is called where no relay has a name.
DEFAULT = "default"
#: Seconds in each span of a rate.
SPANS = {"per_second": 1, "per_minute": 60, "per_hour": 3600, "per_day": 86400}
#: What comes after "so many messages", by seconds.
IN_WORDS = {1: "a second", 60: "a minute", 3600: "an hour", 86400: "a day"}

#: Labels of a DNS name, in ASCII.
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*")
#: Days. After a year no relay is new.
_LONGEST_RAMP = 365

_Rate = Annotated[int, Field(ge=1)]


def relay_url(value: str) -> str:
    """What a relay may be: a server's URL without a password, a folder, or the captured mailbox."""
    parts = urlsplit(value)
    if value == OUTBOX or (parts.scheme == MAILDIR and value.removeprefix(f"{MAILDIR}:")):
        return value
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError(
            "must be 'outbox', 'maildir:folder', 'smtp://host:port' or 'smtps://host:port'"
        )
    port_of(parts)
    if parts.password:
        raise ValueError(
            "must hold no password; set SYNDICATE_MAIL__PASSWORD instead, or of [[relays]] "
            "SYNDICATE_MAIL__PASSWORDS"
        )
    return value


def is_local(host: str) -> bool:
    """Whether what is sent to a host stays on this machine, where TLS may be absent."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Threshold(Section):
    """How much of a mailing may come back."""

    #: Of those that a relay took or refused; 100: as much as comes.
    percent: float = Field(gt=0, le=100)
    #: Messages. Of fewer nobody can say.
    after: int = Field(default=200, ge=1)


class Rates(Section):
    """Messages in any span of that length, over all workers; left out: as many as come."""

    #: In any second.
    per_second: _Rate | None = None
    #: In any 60 seconds, not those of a clock's minute; and so on.
    per_minute: _Rate | None = None
    #: In any 60 minutes.
    per_hour: _Rate | None = None
    #: In any 24 hours.
    per_day: _Rate | None = None

    @property
    def limits(self) -> tuple[tuple[int, int], ...]:
        """(seconds, messages), the shortest span first."""
        found = ((seconds, getattr(self, name)) for name, seconds in SPANS.items())
        return tuple((seconds, most) for seconds, most in found if most)


class DomainRule(Rates):
    """A `[[relays.domains]]` section: what the addresses of some domains get, all together."""

    #: Domains as `gmail.example`, or `*.gmail.example` for those below it; `*` is each of the
    #: others by itself. It is the address's own domain that counts: which machines take its mail
    #: isn't looked up.
    match: tuple[str, ...] = Field(min_length=1)
    #: Messages that may be under way at the same moment.
    connections: int | None = Field(default=None, ge=1)

    @field_validator("match")
    @classmethod
    def _check_match(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in value:
            if pattern != "*" and not _HOST.fullmatch(pattern.removeprefix("*.")):
                raise ValueError(
                    f"{pattern!r} must be a domain in lower case such as 'gmail.example', "
                    "'*.gmail.example' or '*' (xn--… if it isn't ASCII)"
                )
        if "*" in value and len(value) > 1:
            raise ValueError("'*' stands alone: it is each domain by itself")
        return value


class Ramp(Section):
    """A warm-up that grows day by day."""

    #: Messages on the first day.
    start: int = Field(ge=1)
    #: What a day has more than the one before.
    factor: float = Field(default=2, gt=1, le=10)
    #: Days that it takes.
    days: int = Field(default=14, ge=1, le=_LONGEST_RAMP)


class Relay(Rates):
    """A `[[relays]]` section."""

    #: What it is called here, in commands and logs.
    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")
    #: `smtp://[user@]host[:port]`, `smtps://…`, `outbox` (captured on this machine) or
    #: `maildir:FOLDER`.
    url: str
    #: Left out: that of the URL, `implicit` of smtps and `starttls` of smtp, or none on this
    #: machine. `starttls` is required: without the offer nothing is sent.
    tls: Literal["implicit", "starttls", "none"] | None = None
    #: The password, below the site's folder unless absolute; better than in here, though the
    #: environment is as good: `[mail] passwords`.
    password_file: Path | None = None
    #: What we call ourselves in EHLO; empty: this machine's name.
    ehlo: str = ""
    #: Whether it is asked to report what it can't deliver, with the header of the message and who
    #: it was meant for, if it offers that (RFC 3461). Most report anyway, in ways of their own.
    dsn: bool = False
    #: Open at the same moment, over all workers.
    connections: int | None = Field(default=None, ge=1)
    #: Messages over one connection.
    messages: int | None = Field(default=None, ge=1)
    #: Its share of the mail, among those of its priority.
    weight: float = Field(default=1, gt=0, le=1000)
    #: One gets mail only while all of smaller numbers are down.
    priority: int = Field(default=1, ge=1, le=9)
    #: Messages on its first day, its second, …, counted from its first message on; after that as
    #: the other limits have it.
    warmup: tuple[_Rate, ...] | Ramp = ()
    #: `22:00-07:00` of the site's zone: nothing goes out. Empty: never.
    quiet: str = ""
    #: Hours after which a relay that wants nothing of us is tried again by itself.
    hold: float = Field(default=6, gt=0, le=720)
    domains: tuple[DomainRule, ...] = ()

    _check_url = field_validator("url")(relay_url)

    @field_validator("ehlo")
    @classmethod
    def _check_ehlo(cls, value: str) -> str:
        if value and not _HOST.fullmatch(value):
            raise ValueError(f"{value!r} is no host name, such as 'mail.example.com'")
        return value

    @field_validator("quiet")
    @classmethod
    def _check_quiet(cls, value: str) -> str:
        if value:
            hours(value)
        return value

    @field_validator("warmup")
    @classmethod
    def _check_warmup(cls, value: tuple[int, ...] | Ramp) -> tuple[int, ...] | Ramp:
        if isinstance(value, tuple) and len(value) > _LONGEST_RAMP:
            raise ValueError(f"must have no more than {_LONGEST_RAMP} days")
        return value

    @model_validator(mode="after")
    def _secure(self) -> Self:
        if self.tls and self.url == OUTBOX:
            raise ValueError("tls: the captured mailbox has none")
        if self.tls and self.folder:
            raise ValueError("tls: a folder has none")
        parts = urlsplit(self.url)
        if self.tls == "none" and not is_local(parts.hostname or ""):
            raise ValueError("tls: 'none' is for this machine alone; mail never leaves it in clear")
        if self.tls and (self.tls == "implicit") != (parts.scheme == "smtps"):
            raise ValueError(f"tls: {self.tls!r} doesn't go with {parts.scheme}://")
        return self

    @model_validator(mode="after")
    def _once(self) -> Self:
        patterns = [pattern for rule in self.domains for pattern in rule.match]
        if twice := {pattern for pattern in patterns if patterns.count(pattern) > 1}:
            raise ValueError(f"domains: {min(twice)!r} is there twice")
        return self

    @property
    def folder(self) -> str:
        """The folder that its messages are files in; empty: they go out by SMTP."""
        scheme, _, folder = self.url.partition(":")
        return folder if scheme == MAILDIR else ""

    @property
    def quiet_hours(self) -> tuple[time, time] | None:
        """When nothing goes out, by the clocks of the site's zone."""
        return hours(self.quiet) if self.quiet else None

    def password(self, folder: Path, said: SecretStr) -> str:
        """Its password: what the settings or the environment said, else that in its file.

        Raises:
            OSError: the file can't be read.
        """
        if said.get_secret_value() or self.password_file is None:
            return said.get_secret_value()
        return (folder / self.password_file).read_text(encoding="utf-8").strip()
