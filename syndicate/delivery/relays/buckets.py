"""What the script that counts messages is asked and answers: limits into JSON, JSON into leave.

A limit holds for every span of its length, not for calendar hours or days: never are there more
messages in any of them, and what is past makes room for as many.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from syndicate.delivery.relays.choice import in_order, rule_for
from syndicate.delivery.relays.model import Grant, Wait
from syndicate.delivery.relays.quiet import quiet_until
from syndicate.delivery.relays.warmup import days_of
from syndicate.settings.relays import IN_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from zoneinfo import ZoneInfo

    from syndicate.settings.relays import DomainRule, Relay
    from syndicate.store.keys import Keys

#: Seconds that the clocks of workers may differ by; a clock put back by more is believed.
SKEW = 5.0
#: Seconds after which a worker without a sign of life has given back what it held.
LEASE = 30.0
#: Seconds in which one message shows whether a relay is well again; then another may try. Also
#: how often somebody who waits for that looks again.
PROBE = 60.0

_MS = 1000


@dataclass(frozen=True, slots=True)
class Question:
    """One call of `take_grants`."""

    keys: list[str]
    plan: str
    #: The domains' own limits, by message and relay: what a place there is called.
    places: list[dict[str, str]]


@dataclass
class _Builder:
    """Collects the keys and limits that some messages may need."""

    names: Keys
    keys: list[str] = field(default_factory=list)
    relays: list[dict[str, Any]] = field(default_factory=list)
    scopes: list[dict[str, Any]] = field(default_factory=list)
    _scopes: dict[tuple[str, str], int] = field(default_factory=dict)

    def relay(self, relay: Relay, mine: bool, rest: float) -> None:
        place = self._add(self.names.relay(relay.name), self.names.connections(relay.name))
        self.relays.append(
            {
                "state": place,
                "connections": place + 1,
                "most": relay.connections or 0,
                "mine": mine,
                "rank": relay.priority,
                "rest": _ms(rest),
                "ramp": days_of(relay.warmup),
            }
        )

    def scope(self, relay: Relay, domain: str, rule: Relay | DomainRule, most: int) -> int:
        """The number of a scope, counted from 1; one that is there already is the same."""
        found = self._scopes.get((relay.name, domain))
        if found is None:
            used, busy = self.names.used(relay.name, domain), self.names.busy(relay.name, domain)
            place = self._add(used, busy)
            limits = [(seconds * _MS, messages) for seconds, messages in rule.limits]
            about = {"used": place, "busy": place + 1, "limits": limits, "most": most}
            self.scopes.append(about)
            found = self._scopes[relay.name, domain] = len(self.scopes)
        return found

    def _add(self, *keys: str) -> int:
        self.keys += keys
        return len(self.keys) - len(keys) + 1


class Buckets:
    """The limits of some relays, as the script is to be asked about them."""

    def __init__(self, relays: Sequence[Relay], zone: ZoneInfo, keys: Keys) -> None:
        self._relays, self._zone, self._keys = relays, zone, keys

    def ask(
        self,
        domains: Sequence[str],
        now: float,
        names: Sequence[str],
        mine: Collection[str],
        draw: Callable[[], float],
    ) -> Question:
        """What to ask for messages to these domains.

        Each has one of the unique `names`; `mine` are the relays that this worker has a connection
        to already.
        """
        asked = _Builder(self._keys)
        for relay in self._relays:
            asked.relay(relay, relay.name in mine, self.rest(relay, now))
        messages, places = [], []
        for domain, name in zip(domains, names, strict=True):
            counted = [rule_for(relay.domains, domain) for relay in self._relays]
            ways = [self._way(asked, at, counted[at]) for at in in_order(self._relays, draw)]
            buckets = {
                relay.name: found[0]
                for relay, found in zip(self._relays, counted, strict=True)
                if found
            }
            messages.append({"place": name, "ways": ways})
            places.append(buckets)
        plan = {
            "now": _ms(now),
            "skew": _ms(SKEW),
            "lease": _ms(LEASE),
            "probe": _ms(PROBE),
            "relays": asked.relays,
            "scopes": asked.scopes,
            "messages": messages,
        }
        return Question(asked.keys, json.dumps(plan, separators=(",", ":")), places)

    def rest(self, relay: Relay, now: float) -> float:
        """When the quiet hours end that a relay is in; 0: it is in none."""
        return quiet_until(relay.quiet_hours, self._zone, now) if relay.quiet_hours else 0.0

    def _way(self, asked: _Builder, at: int, counted: tuple[str, DomainRule] | None) -> list[int]:
        relay = self._relays[at]
        way = [at + 1, asked.scope(relay, "", relay, 0)]
        if counted:
            domain, rule = counted
            way.append(asked.scope(relay, domain, rule, rule.connections or 0))
        return way

    def read(
        self,
        question: Question,
        reply: str,
        domains: Sequence[str],
        names: Sequence[str],
        now: float,
    ) -> list[Grant | Wait]:
        """What the script answered."""
        answers: list[Grant | Wait] = []
        for n, (relay, *rest) in enumerate(json.loads(reply)):
            if relay:
                name = self._relays[int(relay) - 1].name
                place = f"{question.places[n][name]} {names[n]}" if rest[0] else ""
                answers.append(Grant(name, place, probe=bool(rest[1])))
            else:
                answers.append(self._wait(rest, domains[n], now))
        return answers

    def _wait(self, answer: Sequence[Any], domain: str, now: float) -> Wait:
        until, why, relay, said, alone = answer
        found, moment = self._relays[int(relay) - 1], float(until) / _MS
        shown = f"{datetime.fromtimestamp(moment, self._zone):%Y-%m-%d %H:%M:%S %Z}"
        text = f"relay {found.name} {_why(why, said, found, domain, shown)}"
        if why in ("down", "held"):
            # Whoever resumes it isn't to wait for what was said before.
            moment = min(moment, now + PROBE)
        return Wait(moment, text, domain if alone else "")


def _why(why: str, said: str, relay: Relay, domain: str, until: str) -> str:
    """The rest of a sentence that begins with the relay's name."""
    if why == "down":
        return f"failed, and is left alone until {until}: {said}"
    if why == "held":
        return (
            f"wants nothing of us: {said}; mend it, then `syndicate relays resume {relay.name}`; "
            f"it is tried again at {until}"
        )
    if why == "paused":
        return f"is paused{f' ({said})' if said else ''}; `syndicate relays resume {relay.name}`"
    sentences = {
        "probe": "is being tried by one message",
        "quiet": f"has quiet hours until {until}",
        "connections": f"has no connection to spare: all {relay.connections} are in use",
        "warmup": f"has had what its warm-up gives it a day, until {until}",
        "busy": f"has as many messages under way to {domain} as it may",
    }
    if why in sentences:
        return sentences[why]
    return f"has had what it may have {IN_WORDS[int(why) // _MS]}, until {until}"


def _ms(seconds: float) -> int:
    """Whole milliseconds, as the script counts."""
    return math.floor(seconds * _MS)
