"""The keys that mail is signed with (DKIM, RFC 6376), and for which domain."""

from __future__ import annotations

import re
from email.utils import parseaddr
from pathlib import Path
from typing import Self

from email_validator import validate_email
from pydantic import Field, SecretStr, field_validator, model_validator

from syndicate.settings.section import Section

#: Labels of a DNS name, in ASCII.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SELECTOR = re.compile(rf"(?=.{{1,128}}$){_LABEL}(?:\.{_LABEL})*")
_DOMAIN = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})+")


class SigningKey(Section):
    """A private key, and under what name DNS has the public one."""

    #: The key's record is `SELECTOR._domainkey.DOMAIN`. Empty: no such signature.
    selector: str = ""
    #: PEM, below the site's folder unless absolute.
    key_file: Path | None = None
    #: The PEM itself, in the environment; `\n` does for a line's end.
    key: SecretStr = SecretStr("")

    @field_validator("selector")
    @classmethod
    def _check_selector(cls, value: str) -> str:
        if value and not _SELECTOR.fullmatch(value):
            raise ValueError(f"{value!r} is no selector; write it as DNS has it, such as 's2026'")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        keys = bool(self.key_file) + bool(self.key.get_secret_value())
        if self.selector and keys != 1:
            raise ValueError("selector wants a key: name its key_file, or set key, and not both")
        if keys and not self.selector:
            raise ValueError("selector is missing: what DNS has the key's record under")
        return self


class Dkim(SigningKey):
    """The RSA key that every mail is signed with; without a selector none is."""

    #: Whose signature it is (`d=`): that of the From address, one above it or one below. Empty:
    #: that of the From address.
    domain: str = ""
    #: Days after which a signature counts no more (`x=`); left out: it always does.
    days: float | None = Field(default=None, gt=0)
    #: A second key, for those who know Ed25519 (RFC 8463).
    ed25519: SigningKey = SigningKey()

    @field_validator("domain")
    @classmethod
    def _check_domain(cls, value: str) -> str:
        value = value.lower()
        if value and not _DOMAIN.fullmatch(value):
            raise ValueError(
                f"{value!r} is no domain such as 'example.com' (xn--… if it isn't ASCII)"
            )
        return value

    @model_validator(mode="after")
    def _never_alone(self) -> Self:
        if self.ed25519.selector and not self.selector:
            raise ValueError("ed25519 never signs alone: most can't verify it; add an RSA key")
        return self

    def domain_of(self, sender: str) -> str:
        """The domain that signs mail of a sender, `user@host` or `Name <user@host>`.

        Raises:
            ValueError: it isn't aligned with the sender's, so that DMARC would fail.
        """
        address = parseaddr(sender)[1]
        own = validate_email(address, check_deliverability=False)
        host = own.ascii_domain
        if not self.domain:
            return host
        if host != self.domain and not (
            host.endswith(f".{self.domain}") or self.domain.endswith(f".{host}")
        ):
            raise ValueError(f"[dkim] domain: {self.domain!r} is not that of [mail] from, {host!r}")
        return self.domain
