"""Who may hand in posts and tell of pushes: secrets, which are better in the environment."""

from __future__ import annotations

import re

from pydantic import Field, SecretStr, field_validator

from syndicate.settings.checks import one_line
from syndicate.settings.key import KEY_BYTES
from syndicate.settings.section import Section

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,32}")
#: RFC 6750 §2.1, and long enough that nobody guesses it.
_TOKEN = re.compile(rf"[A-Za-z0-9._~+/-]{{{KEY_BYTES},}}=*")


class Api(Section):
    """Who may hand in posts (`POST /api/posts`)."""

    #: Tokens by name. Logs have the name; a second token lets the first be replaced in peace. None:
    #: there is no such endpoint.
    tokens: dict[str, SecretStr] = Field(default_factory=dict)
    #: Requests a minute that a token is good for.
    rate: int = Field(default=120, ge=1)
    #: The `layout` of the files, which most themes of Jekyll want; empty for none.
    layout: str = "post"

    _check_layout = field_validator("layout")(one_line)

    @field_validator("tokens")
    @classmethod
    def _check_tokens(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, token in value.items():
            if not _NAME.fullmatch(name):
                raise ValueError("a token's name has 1 to 32 letters, digits, dots and hyphens")
            if not _TOKEN.fullmatch(token.get_secret_value()):
                raise ValueError(
                    f"{name}: must have {KEY_BYTES} characters or more, letters, digits and "
                    "._~+/- (openssl rand -hex 32 makes one)"
                )
        return value


class Hook(Section):
    """Who may tell that something was pushed (`POST /api/hooks/push`)."""

    #: What the sender signs with, 32 characters or more; empty: there is no such endpoint.
    secret: SecretStr = SecretStr("")
    #: A push of another branch means nothing.
    branch: str = Field(default="main", pattern=r"^[^\x00-\x20\x7f~^:?*\[\\]+$")
    #: Run `git pull --ff-only` in the site's folder; else only look at what changed in it.
    pull: bool = True

    @field_validator("secret")
    @classmethod
    def _check_secret(cls, value: SecretStr) -> SecretStr:
        secret = value.get_secret_value()
        if secret and (len(secret) < KEY_BYTES or not (secret.isascii() and secret.isprintable())):
            raise ValueError(f"must have {KEY_BYTES} ASCII characters or more, or be empty")
        return value
