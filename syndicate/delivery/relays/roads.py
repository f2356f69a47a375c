"""The roads to a site's readers: which relay a message may take, and when.

Whoever sends asks `take` for the next few messages, `open`s what he was granted, and tells by
`report` how it went. Limits and troubles are Redis's, so that they hold for all workers together.
"""

from __future__ import annotations

import random
import threading
import uuid
from collections import Counter
from typing import TYPE_CHECKING

import structlog

from syndicate.delivery.relays.breaker import Fault, judge, pauses
from syndicate.delivery.relays.buckets import Buckets
from syndicate.delivery.relays.choice import in_order
from syndicate.delivery.relays.leases import Leases
from syndicate.delivery.relays.model import Condition, FullError, Grant, Wait
from syndicate.delivery.transaction import nothing
from syndicate.errors import NotFoundError, RelayError
from syndicate.running.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from syndicate.delivery.relays.model import Standing
    from syndicate.delivery.relays.store import RelayStore
    from syndicate.delivery.send import Transport
    from syndicate.delivery.stuffing import Data
    from syndicate.settings.relays import Relay

_log = structlog.get_logger()

#: Seconds for which a relay that was well is taken to be, where nothing else asks Redis: so soon
#: does everybody hear that one was paused.
_BELIEVED = 5.0
_HOUR = 3600


class Roads:
    """The relays of one site, for all threads of a process."""

    def __init__(
        self,
        relays: Sequence[Relay],
        zone: ZoneInfo,
        store: RelayStore,
        connect: Callable[[Relay], Transport],
        clock: Callable[[], datetime],
        draw: Callable[[], float] = random.random,
    ) -> None:
        """`connect` opens a way to a relay, or raises RelayError; `draw` gives numbers in 0…1."""
        self._relays = {relay.name: relay for relay in relays}
        self._store, self._connect, self._clock, self._draw = store, connect, clock, draw
        #: By the name of the only relay that is asked; empty: all are.
        self._buckets = {"": Buckets(relays, zone, store.keys)} | {
            relay.name: Buckets([relay], zone, store.keys) for relay in relays
        }
        self._leases = Leases(store, clock)
        self._limited = any(map(_is_limited, relays))
        self._lock = threading.Lock()
        #: When all were last seen to be well; None: one isn't.
        self._well_at: float | None = None
        #: Those that a success may be news of.
        self._unwell: set[str] = set()
        #: What may be about one recipient, or one connection: how often this process had it in a
        #: row.
        self._in_a_row: Counter[str] = Counter()

    def take(self, domains: Sequence[str], now: float, only: str = "") -> Sequence[Grant | Wait]:
        """Leave for messages to these domains, in order: by which relay, or not before when.

        `only` names the one relay that they may leave through; empty: any. One call of Redis; none
        where there are no limits and all relays are well, but for a look every few seconds whether
        they still are.
        """
        if not domains:
            return []
        if not self._limited and self._all_well(now):
            relays = (self.relay(only),) if only else tuple(self._relays.values())
            firsts = (relays[in_order(relays, self._draw)[0]] for _ in domains)
            return [Grant(relay.name) for relay in firsts]
        return self._ask([domain.lower() for domain in domains], now, self._buckets[only])

    def open(self, name: str) -> Transport:
        """A way to a relay; closing it gives its connection back.

        Raises:
            FullError: it has no connection to spare; that is no trouble of its own.
            RelayError: it can't be had, which is noted already.
        """
        relay = self.relay(name)
        if relay.connections is None:
            return self._opened(relay)
        key, lease = self._store.keys.connections(name), uuid.uuid4().hex
        now = self._clock().timestamp()
        if not self._store.open_connection(name, lease, relay.connections, now):
            raise FullError(f"relay {name}: all {relay.connections} connections are in use")
        self._leases.hold(key, lease)
        try:
            return _Held(self._opened(relay), lambda: self._leases.end(key, lease))
        except BaseException:
            self._leases.end(key, lease)
            raise

    def ended(self, grant: Grant) -> None:
        """Nothing of this message is under way any more; costs nothing if nobody counts that."""
        if grant.place:
            self._leases.end(*self._lease(grant))

    def report(self, name: str, error: RelayError | None) -> None:
        """Say how it went with a relay: None if it took a message, or refused its recipient.

        Failures in a row have it left alone for longer and longer, and some until a person looks.
        """
        if error is None:
            self._in_a_row.pop(name, None)
            if name in self._unwell:
                self._mended(name)
        elif not isinstance(error, FullError):
            self._failed(self.relay(name), error, judge(error.reply))

    def close(self) -> None:
        """Give back all that this process has of the limits; its ways are closed by who opened."""
        self._leases.end_all()

    def relay(self, name: str) -> Relay:
        """What the settings say of a relay.

        Raises:
            NotFoundError: nothing.
        """
        if name not in self._relays:
            known = ", ".join(self._relays)
            raise NotFoundError(f"no relay {name!r}; there are: {known}")
        return self._relays[name]

    @property
    def names(self) -> tuple[str, ...]:
        """All relays, as the settings have them."""
        return tuple(self._relays)

    # What operators do

    def standing(self, name: str) -> Standing:
        """How a relay is now."""
        spans = [seconds for seconds, _ in self.relay(name).limits]
        return self._store.standing(name, spans, self._clock().timestamp())

    def pause(self, name: str, why: str) -> None:
        """Have nothing go out through a relay until it is resumed; others take its share."""
        self._store.pause(self.relay(name).name, redacted(why), self._clock().timestamp())
        self._forget()

    def resume(self, name: str) -> bool:
        """Use a relay again, whatever it was left alone for; whether it was."""
        resumed = self._store.resume(self.relay(name).name)
        self._in_a_row.pop(name, None)
        self._forget()
        return resumed

    def _ask(self, domains: Sequence[str], now: float, buckets: Buckets) -> list[Grant | Wait]:
        asked = uuid.uuid4().hex
        names = [f"{asked}{n}" for n in range(len(domains))]
        keys = self._store.keys
        mine = {name for name in self._relays if self._leases.any(keys.connections(name))}
        question = buckets.ask(domains, now, names, mine, self._draw)
        reply = self._store.take(question.keys, question.plan)
        answers = buckets.read(question, reply, domains, names, now)
        for answer in answers:
            if isinstance(answer, Grant):
                self._granted(answer)
        return answers

    def _granted(self, grant: Grant) -> None:
        if grant.probe:
            self._unwell.add(grant.relay)
        if grant.place:
            self._leases.hold(*self._lease(grant))

    def _lease(self, grant: Grant) -> tuple[str, str]:
        domain, _, name = grant.place.partition(" ")
        return self._store.keys.busy(grant.relay, domain), name

    def _all_well(self, now: float) -> bool:
        with self._lock:
            if self._well_at is not None and 0 <= now - self._well_at < _BELIEVED:
                return True
        self._look(now)
        return self._well_at is not None

    def _look(self, now: float) -> None:
        unwell = self._store.unwell(self._relays)
        with self._lock:
            self._unwell = unwell
            self._well_at = None if unwell else now

    def _forget(self) -> None:
        with self._lock:
            self._well_at = None

    def _mended(self, name: str) -> None:
        if self._store.mend(name, self._clock().timestamp()):
            _log.info("relay is up again", relay=name)
        self._look(self._clock().timestamp())

    def _opened(self, relay: Relay) -> Transport:
        try:
            return self._connect(relay)
        except RelayError as error:
            fault = judge(error.reply)
            self._failed(relay, error, Fault.AWAY if fault is Fault.HUNG_UP else fault)
            raise

    def _failed(self, relay: Relay, error: RelayError, fault: Fault) -> None:
        why = redacted(str(error))
        if fault.patience > 1:
            self._in_a_row[relay.name] += 1
            if self._in_a_row[relay.name] < fault.patience:
                return
            why = f"{fault.patience} times in a row: {why}"
        to = Condition.HELD if fault.holds else Condition.DOWN
        steps = pauses(fault, relay.hold * _HOUR, self._draw())
        state = self._store.trip(relay.name, to, why, steps, self._clock().timestamp())
        with self._lock:
            self._well_at = None
            self._unwell.add(relay.name)
        _log.warning("relay in trouble", relay=relay.name, state=state, error=why)


class _Held:
    """A way whose connection is one of few."""

    def __init__(self, way: Transport, end: Callable[[], None]) -> None:
        self._way, self._end = way, end

    def send(
        self,
        sender: str,
        recipient: str,
        message: bytes | Data,
        meanwhile: Callable[[], None] = nothing,
    ) -> str:
        """As the way itself does."""
        return self._way.send(sender, recipient, message, meanwhile)

    def usable(self) -> bool:
        """As the way itself is."""
        return self._way.usable()

    def close(self) -> None:
        """Give up both."""
        try:
            self._way.close()
        finally:
            self._end()


def _is_limited(relay: Relay) -> bool:
    """Whether something may keep a message from a relay that is well."""
    return bool(relay.limits or relay.warmup or relay.quiet or relay.domains)
