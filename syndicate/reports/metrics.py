"""What a site's service counts, for Prometheus: read from Redis whenever somebody asks.

The counters are kept by the scripts that change what they count. So they are those of all workers
together, and no restart loses any; and an answer costs the same whatever the audience. Nothing in
it names a person.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from syndicate.delivery.model import MailingState, State
from syndicate.delivery.relays.model import Condition
from syndicate.store.keys import QUEUES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from prometheus_client import Metric

    from syndicate.app import App

#: What every name begins with.
_PREFIX = "syndicate"
#: What is done every minute by somebody.
_PULSE = ("tick", "sweep")


@dataclass(frozen=True, slots=True)
class Kind:
    """A metric: what it is called, what it says, by what it is told apart."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    #: Counters only ever grow; their names end in `_total`.
    counter: bool = False

    @property
    def full_name(self) -> str:
        """As Prometheus shows it."""
        return f"{_PREFIX}_{self.name}{'_total' if self.counter else ''}"

    def of(self, values: Mapping[tuple[str, ...], float]) -> Metric:
        """The metric with these values, each by its labels."""
        make = CounterMetricFamily if self.counter else GaugeMetricFamily
        family = make(f"{_PREFIX}_{self.name}", self.help, labels=self.labels)
        for labels, value in values.items():
            family.add_metric(labels, value)
        return family


DELIVERIES = Kind(
    "deliveries",
    "How often a delivery came to that state; skipped ones have no relay.",
    ("state", "relay"),
    counter=True,
)
LETTERS = Kind("letters", "Letters to single readers that ended.", ("kind", "state"), counter=True)
LETTERS_WAITING = Kind("letters_waiting", "Letters that are still to be sent.")
BOUNCES = Kind(
    "bounces", "Mails that came back, and what was made of them.", ("kind", "done"), counter=True
)
MAILINGS = Kind("mailings", "Mailings that have not ended.", ("state",))
OLDEST = Kind("oldest_mailing_seconds", "Age of the oldest mailing that has not ended; 0: none.")
CHUNKS_DUE = Kind("chunks_due", "Chunks of 500 deliveries that a worker could take now.")
CHUNKS_HELD = Kind("chunks_held", "Chunks that a worker has in hand.")
EDITIONS = Kind("editions", "Editions, by the step of their life.", ("life",))
SUBSCRIBERS = Kind("subscribers", "People.", ("status",))
SUBSCRIPTIONS = Kind("subscriptions", "Subscriptions.", ("state",))
SUPPRESSED = Kind("subscribers_suppressed", "People who are suppressed, by why.", ("reason",))
SUPPRESSIONS = Kind("suppressions", "Entries of the suppression list.")
QUEUE = Kind("queue_tasks", "Tasks that no worker has taken yet.", ("queue",))
RELAY = Kind("relay_up", "1 for a relay that is used, 0 for one that is left alone.", ("relay",))
PULSE = Kind("last_run_seconds", "Since when the last of these ended.", ("task",))

#: All of them, in the order of docs/metrics.md.
KINDS = (
    *(DELIVERIES, MAILINGS, OLDEST, CHUNKS_DUE, CHUNKS_HELD, RELAY),
    *(LETTERS, LETTERS_WAITING, BOUNCES, EDITIONS),
    *(SUBSCRIBERS, SUBSCRIPTIONS, SUPPRESSED, SUPPRESSIONS, QUEUE, PULSE),
)


class SiteCollector(Collector):
    """The metrics of one site."""

    def __init__(self, app: App) -> None:
        self._app = app

    def describe(self) -> Iterable[Metric]:
        """Names without values: nobody is asked for them when it is registered."""
        return [kind.of({}) for kind in KINDS]

    def collect(self) -> Iterator[Metric]:
        """All as they are now."""
        yield from self._mails()
        yield from self._mailings()
        yield from self._people()
        yield from self._work()

    def _mails(self) -> Iterator[Metric]:
        app, text = self._app, self._app.store.text
        found = cast("dict[str, str]", text.hgetall(app.store.keys.deliveries))
        # Those that there could be are there from the beginning, so that a rate is right.
        relays = app.roads.names
        counts: dict[tuple[str, ...], float] = {
            (state, relay): 0 for state in State if state is not State.SKIPPED for relay in relays
        }
        counts[State.SKIPPED, ""] = 0
        for name, count in found.items():
            state, _, relay = name.partition(":")
            counts[state, relay] = int(count)
        yield DELIVERIES.of(counts)
        letters = app.letters.counts()
        yield LETTERS.of({(kind, state): n for (kind, state), n in letters.items()})
        yield LETTERS_WAITING.of({(): text.zcard(app.store.keys.letters_due)})
        came = app.bounces.record.counts()
        yield BOUNCES.of({(kind, done): n for (kind, done), n in came.items()})
        standings = ((name, app.roads.standing(name)) for name in relays)
        yield RELAY.of({(n,): one.condition is Condition.UP for n, one in standings})

    def _mailings(self) -> Iterator[Metric]:
        """Of those that have not ended: as many commands as there are of them."""
        app, now = self._app, self._app.clock()
        keys, active = app.store.keys, app.ledger.active()
        pipe = app.store.text.pipeline(transaction=False)
        for mailing in active:
            pipe.zcount(keys.part(mailing, "due"), "-inf", now.timestamp())
            pipe.hlen(keys.part(mailing, "leases"))
        sizes = pipe.execute()
        mailings = app.ledger.several(active)
        states = Counter(mailing.state for mailing in mailings)
        yield MAILINGS.of({(state,): states[state] for state in MailingState if not state.ended})
        ages = ((now - mailing.ordered_at).total_seconds() for mailing in mailings)
        yield OLDEST.of({(): max(ages, default=0)})
        yield CHUNKS_DUE.of({(): sum(sizes[::2])})
        yield CHUNKS_HELD.of({(): sum(sizes[1::2])})

    def _people(self) -> Iterator[Metric]:
        app = self._app
        yield EDITIONS.of({(life,): n for life, n in app.editions.lives().items()})
        counted = app.subscribers.audiences()
        yield SUBSCRIBERS.of({(status,): n for status, n in counted.people.items()})
        yield SUBSCRIPTIONS.of({(state,): n for state, n in counted.subscriptions.items()})
        yield SUPPRESSED.of({(reason,): n for reason, n in counted.suppressed.items()})
        yield SUPPRESSIONS.of({(): app.suppressions.count()})

    def _work(self) -> Iterator[Metric]:
        app, now = self._app, self._app.clock()
        pipe = app.store.text.pipeline(transaction=False)
        for name in QUEUES:
            pipe.llen(app.store.keys.queue(name))
        yield QUEUE.of({(name,): n for name, n in zip(QUEUES, pipe.execute(), strict=True)})
        last = app.pulse.last()
        # What never ran has no age.
        yield PULSE.of({(n,): (now - last[n]).total_seconds() for n in _PULSE if n in last})


def exposition(app: App) -> bytes:
    """All metrics of a site, in Prometheus's text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(SiteCollector(app))
    return generate_latest(registry)
