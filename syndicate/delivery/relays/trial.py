"""What an operator wants to know of a relay before mail depends on it."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING

from syndicate.delivery.stuffing import stuffed
from syndicate.digests.headers import ascii_address

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from syndicate.delivery.maildir import Maildir
    from syndicate.delivery.smtp import Connection
    from syndicate.settings.relays import Relay

_BODY = "This is a test of the relay {name}. Whoever gets it knows that mail arrives.\n"


def findings(relay: Relay, connection: Connection | Maildir) -> dict[str, str]:
    """What a connection, open and logged in, says of its relay, by what each is called."""
    offered = (" ".join(filter(None, offer)) for offer in connection.extensions.items())
    secure = connection.security
    return {
        "relay": f"{relay.name}, {relay.url}",
        "connected": "yes",
        "TLS": secure.version if secure else "none",
        "certificate": _certificate(secure.names, secure.ends) if secure else "none",
        "login": "accepted" if "@" in relay.url else "none is set",
        "extensions": ", ".join(sorted(offered)) or "none",
    }


def send(
    connection: Connection | Maildir, relay: Relay, sender: str, to: str, now: datetime
) -> str:
    """Send a test message; what the relay said of it.

    Raises:
        AddressError: mail can't be sent to that address.
        DeliveryError: the relay didn't take it.
    """
    recipient = ascii_address(to)
    message = EmailMessage(SMTP)
    message["Date"] = format_datetime(now)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = f"Test of the relay {relay.name}"
    message["Message-ID"] = f"<test.{relay.name}.{now:%Y%m%d%H%M%S%f}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_BODY.format(name=relay.name), cte="7bit")
    return connection.send(sender, recipient, stuffed(message.as_bytes()))


def _certificate(names: Sequence[str], ends: datetime | None) -> str:
    until = f", good until {ends:%Y-%m-%d}" if ends else ""
    return (", ".join(names) or "names nobody") + until
