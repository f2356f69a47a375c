"""The relays: that each lets us in, and what it offers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from syndicate.delivery.relays import opening, trial
from syndicate.delivery.relays.model import Condition
from syndicate.delivery.smtp import Connection
from syndicate.doctor.model import Finding, fail, ok, warn
from syndicate.errors import DeliveryError
from syndicate.settings.relays import OUTBOX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from syndicate.delivery.relays.model import Standing
    from syndicate.delivery.smtp import Security
    from syndicate.settings import Settings
    from syndicate.settings.relays import Relay

#: Seconds of patience with the final dot; with anything else it is half of that.
_PATIENCE = 20.0
#: Certificates that are renewed by themselves have a month left when that fails.
_SOON, _NOW = timedelta(days=14), timedelta(days=2)
#: What we make use of, and what it is good for.
_WANTED = {
    "pipelining": "mail goes out at a third of the speed",
    "size": "a message too large is refused only when it was sent",
    "enhancedstatuscodes": "why it refuses somebody is guessed from its words",
}


def look(settings: Settings, relay: Relay, now: datetime) -> Iterator[Finding]:
    """Connect to a relay, log in, and say how that went."""
    if relay.folder:
        yield ok(relay.name, f"{relay.url}: a folder, no server")
        return
    try:
        said = opening.described(settings, relay)
        with Connection(replace(said, final_dot=_PATIENCE)) as connection:
            offers, secure = connection.extensions, connection.security
            findings = trial.findings(relay, connection)
    except DeliveryError as error:
        remedy = f"mend that; `syndicate relays test {relay.name}` tries it again"
        yield (warn if relay.url == OUTBOX else fail)(relay.name, str(error), remedy)
        return
    yield ok(relay.name, f"{relay.url}: connected, login {findings['login']}")
    yield security(relay.name, secure, now)
    if relay.url != OUTBOX:
        yield from offered(relay.name, offers)


def security(name: str, secure: Security | None, now: datetime) -> Finding:
    """What is to be said of how a relay's connection is secured."""
    what = f"{name} TLS"
    if secure is None:
        return ok(what, "none, on this machine")
    said = f"{secure.version}, certificate of {', '.join(secure.names) or 'nobody'}"
    if secure.ends is None:
        return ok(what, said)
    said += f", good until {secure.ends:%Y-%m-%d}"
    left = secure.ends - now
    if left < _SOON:
        level = fail if left < _NOW else warn
        return level(what, said, "have who runs the relay renew it; nothing is sent without one")
    return ok(what, said)


def offered(name: str, offers: Mapping[str, str]) -> Iterator[Finding]:
    """What is to be said of what a relay offers."""
    what = f"{name} extensions"
    missing = [f"no {word.upper()}: {loss}" for word, loss in _WANTED.items() if word not in offers]
    if missing:
        yield warn(what, "; ".join(missing), "have who runs the relay turn it on, if he can")
    else:
        yield ok(what, ", ".join(sorted(word.upper() for word in offers)))


def standing(name: str, found: Standing) -> Finding | None:
    """What is to be said of a relay that is left alone; None of one that is used."""
    if found.condition is Condition.UP:
        return None
    paused = found.condition is Condition.PAUSED
    remedy = f"`syndicate relays resume {name}`, once it is well"
    said = f"{found.condition}: {found.why or 'no reason given'}"
    return (warn if paused else fail)(f"{name} is left alone", said, remedy)
