"""Who may subscribe on the pages, and how much mail a stranger may cause by it (STANDARDS S-1)."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from syndicate.settings.checks import web_url
from syndicate.settings.section import Section


class Allowance(StrEnum):
    """Whether a kind of address may subscribe."""

    ALLOW = "allow"
    REFUSE = "refuse"


class SignupRules(Section):
    """The page to subscribe on, and forms that post to it from elsewhere."""

    #: Whether there is one; otherwise operators alone add subscribers.
    open: bool = True
    #: Sites of yours, such as `https://www.example.com`, whose scripts may read the answer to a
    #: form. A form without a script needs no leave.
    origins: tuple[str, ...] = ()
    #: URL of the page that says what is done with personal data; empty for none.
    privacy: str = ""
    #: `abuse@`, `noreply@` and their like: nobody reads them, or those who look for spam do.
    role_accounts: Allowance = Allowance.REFUSE
    #: `ann+news@…`: careful readers have one for each sender, and confirm it like any other.
    sub_addresses: Allowance = Allowance.ALLOW
    #: Files of domains, one a line, that nobody may subscribe from, such as those of throw-away
    #: addresses; subdomains are meant, too. Below the site's folder unless absolute.
    refused_domains: tuple[Path, ...] = ()
    #: Seconds in which nobody has filled in the form by hand.
    fill_time: float = Field(default=2, ge=0, le=60)
    #: Sign-ups an hour from one network (a /24 of IPv4, a /64 of IPv6). A school behind one address
    #: has hundreds of people, of whom few sign up in the same hour.
    per_network: int = Field(default=30, ge=1)
    #: Letters an hour to one domain; what is over waits for the next hour, and is late, not lost.
    per_domain: int = Field(default=300, ge=1)
    #: The same to all domains together: what a relay's good name bears from somebody else's attack.
    per_hour: int = Field(default=2000, ge=1)
    #: Times in all that an address is asked to confirm without ever doing so. It is a stranger's,
    #: or has somebody who doesn't want to; a year after the last time it may have another owner.
    per_address: int = Field(default=5, ge=1)

    @field_validator("origins")
    @classmethod
    def _check_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            parts = urlsplit(web_url(origin))
            if origin != f"{parts.scheme}://{parts.netloc}".lower():
                raise ValueError(
                    f"{origin!r} must be scheme and host alone, in lower case, such as "
                    "https://www.example.com"
                )
        return value

    @field_validator("privacy")
    @classmethod
    def _check_privacy(cls, value: str) -> str:
        return web_url(value) if value else value
