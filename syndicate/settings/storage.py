"""`[redis]` and `[state]`: where all state is."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from syndicate.settings.checks import port_of
from syndicate.settings.section import Section


class Redis(Section):
    """Where all state is."""

    #: Empty: an embedded server, started by the first process that needs it. May hold a password.
    url: str = Field(default="", repr=False)
    #: What every key begins with, so that sites can share a server.
    prefix: str = Field(default="syndicate", pattern=r"^[A-Za-z0-9_-]+$")

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and parts.scheme not in ("redis", "rediss", "unix"):
            raise ValueError("must begin with redis://, rediss:// or unix://, or be empty")
        port_of(parts)
        return value


class State(Section):
    """What this machine keeps on disk, feeds apart."""

    #: Below the site's folder unless absolute: the embedded Redis, the captured mail, the key.
    folder: Path = Path(".syndicate")
