"""From what the settings say of a relay to an open connection."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syndicate.delivery import outbox
from syndicate.delivery.maildir import Maildir
from syndicate.delivery.smtp import Connection, Relay
from syndicate.errors import RelayError
from syndicate.settings import OUTBOX

if TYPE_CHECKING:
    from syndicate.settings import Settings
    from syndicate.settings.relays import Relay as Said


def connect(settings: Settings, relay: Said) -> Connection | Maildir:
    """A connection to a relay: secured and logged in as its settings say; or its folder.

    Raises:
        RelayError: there is none to be had.
    """
    if relay.folder:
        return Maildir(settings.folder / relay.folder)
    return Connection(described(settings, relay))


def described(settings: Settings, relay: Said) -> Relay:
    """A relay as the connection wants to know it.

    Raises:
        RelayError: its password can't be read, or the captured mailbox doesn't run.
    """
    url = outbox.url(settings.state_folder) if relay.url == OUTBOX else relay.url
    try:
        password = settings.password(relay)
    except (OSError, UnicodeDecodeError) as error:
        raise RelayError(
            f"relay {relay.name}: can't read its password_file, {relay.password_file}: {error}"
        ) from error
    found = Relay.parse(url, password, settings.delivery.final_dot, ehlo=relay.ehlo)
    return replace(found, starttls=relay.tls == "starttls", dsn=relay.dsn)
