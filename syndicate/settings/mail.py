"""`[mail]`: who sends, and through which relay."""

from __future__ import annotations

from pydantic import ConfigDict, Field, SecretStr, field_validator

from syndicate.settings.checks import mail_address
from syndicate.settings.relays import OUTBOX, relay_url
from syndicate.settings.section import Section


class Mail(Section):
    """Who sends, and through which relay."""

    model_config = ConfigDict(populate_by_name=True)

    #: Who mails are from: `user@host` or `Name <user@host>`.
    sender: str = Field(default="News <news@localhost.localdomain>", alias="from")
    #: Where answers go to; empty: to whom mails are from.
    reply_to: str = ""
    #: Anti-spam law wants one in every mail; nothing is sent without.
    postal_address: str = ""
    #: Whether he who confirmed gets a mail at once that says what comes when, and how to change it.
    #: Otherwise a reader of a weekly has nothing to change or leave it by for a week.
    welcome: bool = True
    #: Whether he who left everything on a page gets a last mail with a way back. One click never
    #: gets one: it is often pressed by those who mean that there be no mail.
    goodbye: bool = False
    #: `outbox`, `smtp://[user@]host[:port]` (with STARTTLS, unless the host is this machine) or
    #: `smtps://[user@]host[:port]`: the short form of one of `[[relays]]`, called "default".
    relay: str = OUTBOX
    #: The relay's password; better in the environment than in a file.
    password: SecretStr = SecretStr("")
    #: Those of `[[relays]]` by their names; the same.
    passwords: dict[str, SecretStr] = Field(default_factory=dict)

    @field_validator("sender", "reply_to")
    @classmethod
    def _check_address(cls, value: str) -> str:
        return mail_address(value) if value else value

    _check_relay = field_validator("relay")(relay_url)
