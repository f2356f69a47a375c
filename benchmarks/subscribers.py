"""What a million subscribers cost: memory, and the work that grows or must not grow with them.

Each is subscribed to two of twenty categories, and was imported: his consent says from which line.
CPU time; the server's is Redis's own.
"""

from __future__ import annotations

import os
import random
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from benchmarks.rows import Row
from syndicate.delivery.model import Begin, Ended, Lease, Outcome, State
from syndicate.delivery.store import Ledger
from syndicate.store import client, embedded
from syndicate.subscribers import changes
from syndicate.subscribers.model import Digest, Subscriber
from syndicate.subscribers.steps import Step
from syndicate.subscribers.store import SubscriberStore
from syndicate.subscribers.suppressions import entries_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syndicate.store.client import Store

#: The bounds are meant for a million; less shows the trend sooner.
MANY = int(os.environ.get("BENCH_SUBSCRIBERS", "1000000"))
#: Bytes of a subscriber, without and with the line of his consent.
PLAIN, CONSENTED = 300, 350
#: Microseconds of CPU that leave to begin a message takes, of ours and of Redis, and of a read and
#: a write of a record in Redis.
_LEAVE, _LEAVE_REDIS, _READ, _WRITE = 150, 75, 5, 10
#: Milliseconds of the counts, whatever there is to count.
_STATS = 1
#: Subscribers saved in one round trip, and repetitions of what is quick.
_BATCH, _TIMES = 500, 20_000
#: Rounds, of which the best counts: a busy machine has worse ones.
_ROUNDS = 5
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
DIGESTS = tuple(Digest("daily", f"category-{number}") for number in range(20))


@dataclass(slots=True)
class Spent:
    """Microseconds of CPU for each time."""

    ours: float = 0.0
    redis: float = 0.0


def measure(work: Path) -> Iterator[Row]:
    """Every row."""
    with embedded.EmbeddedServer(work):
        store = client.connect(embedded.url_of(work), "bench")
        yield from _memory(store)
        yield from _records(store)
        yield from _work(store)
        store.close()


def _memory(store: Store) -> Iterator[Row]:
    before, spent = _used(store), Spent()
    with _counting(store, spent, MANY):
        _fill(store)
    each = (_used(store) - before) / MANY
    yield Row(f"memory of one of {MANY:,}, with his consent", each, "B", CONSENTED)
    for key in store.text.scan_iter(f"{store.keys.prefix}:consents:*", count=1000):
        store.text.delete(key)
    each = (_used(store) - before) / MANY
    yield Row("the same without the record of consent", each, "B", PLAIN)
    yield Row("saving one, of ours", spent.ours, "µs")
    yield Row("saving one, of Redis", spent.redis, "µs")


def _records(store: Store) -> Iterator[Row]:
    dice = random.Random(2)  # noqa: S311 - the same in each run
    ids = [dice.randint(1, MANY) for _ in range(_TIMES)]
    record = str(store.text.hget(store.keys.subscribers(1), "1"))
    for name, bound in (("reading", _READ), ("writing", _WRITE)):
        rounds = [Spent() for _ in range(_ROUNDS)]
        for spent in rounds:
            pipe = store.text.pipeline(transaction=False)
            for number in ids:
                key = store.keys.subscribers(number)
                if name == "reading":
                    pipe.hget(key, str(number))
                else:
                    pipe.hset(key, str(number), record)
            with _counting(store, spent, _TIMES):
                pipe.execute()
        best = min(one.redis for one in rounds)
        yield Row(f"{name} a record, of Redis", best, "µs", bound)


def _work(store: Store) -> Iterator[Row]:
    subscribers = SubscriberStore(store)
    start = time.process_time()
    subscribers.audiences()
    yield Row("counts of all of them", 1000 * (time.process_time() - start), "ms", _STATS)
    barring_him = entries_of("reader@news.mail.example")
    for what, barring in (("", ()), (", asking the suppression list", barring_him)):
        rounds = [Spent() for _ in range(_ROUNDS)]
        for spent in rounds:
            with _counting(store, spent, _TIMES):
                _advance(store, barring)
        bounds = (_LEAVE, _LEAVE_REDIS) if barring else (None, None)
        ours, redis = min(one.ours for one in rounds), min(one.redis for one in rounds)
        yield Row(f"leave to begin a message{what}, of ours", ours, "µs", bounds[0])
        yield Row(f"leave to begin a message{what}, of Redis", redis, "µs", bounds[1])


def _advance(store: Store, barring: tuple[str, ...]) -> None:
    """One chunk's worth of leave, over and over: the last went out, may the next?"""
    ledger, lease = Ledger(store), Lease(1, 0, 7)
    store.text.hset(store.keys.mailing(1), "state", "sending")
    store.text.hset(store.keys.part(1, "leases"), "0", "7")
    store.text.sadd(store.keys.subscribed("daily", "category-0"), "1")
    for number in range(1000):
        store.text.hset(store.keys.suppressions, f"nobody{number}@mail.example", "{}")
    begin = Begin(1, 1, DIGESTS[:1], barring=barring)
    with closing(ledger.clerk(lease)) as clerk:
        for number in range(_TIMES):
            # Each is another: what was sent already costs less.
            if clerk.advance(Ended(number, Outcome(State.SENT)), begin) != "go":
                raise RuntimeError("no leave")


def _fill(store: Store) -> None:
    subscribers, dice = SubscriberStore(store), random.Random(1)  # noqa: S311 - the same in each run
    for _ in range(0, MANY, _BATCH):
        steps = []
        for number in subscribers.reserve(_BATCH):
            address = f"first.last{number}@mail{number % 50}.example"
            new = Subscriber(id=number, address=address, created_at=NOW)
            after = changes.confirm(new, dice.sample(DIGESTS, 2), NOW)
            how = {"import": f"7:{number}"}
            steps.append(Step(before=None, after=after, now=NOW, how=how))
        subscribers.save(steps)


def _used(store: Store) -> int:
    """Bytes that Redis holds."""
    return int(store.text.info("memory")["used_memory"])


@contextmanager
def _counting(store: Store, spent: Spent, times: int) -> Iterator[None]:
    """Notes in `spent` what each of so many times in the block takes."""
    ours, redis = time.process_time(), _cpu(store)
    yield
    spent.ours = 1e6 * (time.process_time() - ours) / times
    spent.redis = 1e6 * (_cpu(store) - redis) / times


def _cpu(store: Store) -> float:
    """Seconds of CPU that Redis has used."""
    found = store.text.info("cpu")
    return float(found["used_cpu_user"]) + float(found["used_cpu_sys"])
