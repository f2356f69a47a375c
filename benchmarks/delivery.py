"""Sending: to Postfix's own smtp-sink, the ledger on, beside Postfix's own smtp-source.

Wall-clock time, for most of sending is waiting; so each rate stands beside one of the same run with
as many sessions and bytes. A worker is a process of its own; the sink and Redis want cores, too, so
that two workers can be nearly twice one only where there are four.
"""

from __future__ import annotations

import itertools
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks import sinks
from benchmarks.mailings import bench
from benchmarks.rows import Row
from syndicate.delivery.model import CHUNK
from syndicate.delivery.prepare import signers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.mailings import Bench, Spent

#: Readers of a rate; rounds, of which the best counts: a busy machine has worse ones.
READERS, ROUNDS = 5_000, 3
#: Readers of the audience that nothing may grow with, and how many chunks of it are sent.
MANY = int(os.environ.get("BENCH_AUDIENCE", "1000000"))
SENT = int(os.environ.get("BENCH_AUDIENCE_CHUNKS", "20"))
#: Sessions beside smtp-source, and parts of its rate.
SESSIONS, UNSIGNED = (1, 4), 0.8
#: Parts of what the RSA key alone does, and what a second worker makes of one where cores allow.
SIGNED, TWO, CORES = 0.45, 1.8, 4
#: Connections to a relay that thinks so many seconds over a message; parts of what they allow.
SLOW, DELAY, ALLOWED = 64, 0.05, 0.8
#: MB of a worker, and how much more it may have for a large audience; bytes of Redis for each of
#: it; seconds until the first chunk is out; milliseconds that planning stops Redis for.
MEMORY, GROWTH, KEPT, FIRST, STOPPED = 120, 1.1, 10, 2, 30


def measure(work: Path) -> Iterator[Row]:
    """Every row; those beside smtp-source only where it is."""
    if sinks.is_installed():
        for sessions in SESSIONS:
            yield from _beside_source(work / f"source{sessions}", sessions)
        yield from _signed(work / "signed")
        yield from _two(work / "two")
    else:
        print("smtp-sink and smtp-source are missing; Debian's package is postfix")
    yield from _slow(work / "slow")
    yield from _large(work / "large")


def _beside_source(work: Path, sessions: int) -> Iterator[Row]:
    theirs, ours = 0.0, []
    with sinks.smtp_sink() as port, bench(work, port, connections=sessions) as site:
        site.subscribe(READERS)
        for _ in range(ROUNDS):
            ours.append(_send(site))
            theirs = max(theirs, sinks.smtp_source(port, sessions, READERS, site.size()))
        size = site.size()
    best = min(ours, key=lambda spent: spent.wall)
    rate = READERS / best.wall
    what = f"{sessions} connection{'s' * (sessions > 1)}, {size / 1000:.0f} KB"
    yield Row(f"smtp-source, {what}", theirs, "/s")
    yield Row(f"one worker, {what}", rate, "/s")
    yield Row("of that, CPU of the worker", best.cpu / READERS * 1e6, "µs")
    yield Row("one worker beside smtp-source", rate / theirs, "ratio", UNSIGNED, False)


def _signed(work: Path) -> Iterator[Row]:
    bare, rate = 0.0, 0.0
    with sinks.smtp_sink() as port, bench(work, port, connections=4, signed=True) as site:
        site.subscribe(READERS)
        for _ in range(ROUNDS):
            bare = max(bare, _bare(site))
            rate = max(rate, READERS / _send(site).wall)
    yield Row("bare RSA-2048 signing, one core", bare, "/s")
    yield Row("one worker, signed", rate, "/s")
    yield Row("one worker beside bare signing", rate / bare, "ratio", SIGNED, False)


def _bare(site: Bench) -> float:
    """Signatures a second."""
    (signer,) = signers(site.app.settings)
    digests, times = (n.to_bytes(32, "big") for n in itertools.count()), 1000
    start = time.perf_counter()
    for _ in range(times):
        signer.sign(next(digests))
    return times / (time.perf_counter() - start)


def _two(work: Path) -> Iterator[Row]:
    rates = {1: 0.0, 2: 0.0}
    with sinks.smtp_sink() as port, bench(work, port, connections=4) as site:
        site.subscribe(READERS)
        for _, workers in itertools.product(range(ROUNDS), rates):
            rates[workers] = max(rates[workers], READERS / _send(site, workers).wall)
    bound = TWO if (os.cpu_count() or 1) >= CORES else None
    what = f"two workers beside one, {os.cpu_count()} cores"
    yield Row(what, rates[2] / rates[1], "ratio", bound, False)


def _slow(work: Path) -> Iterator[Row]:
    rate = 0.0
    with sinks.slow_sink(DELAY) as port, bench(work, port, connections=SLOW) as site:
        site.subscribe(READERS)
        for _ in range(ROUNDS):
            rate = max(rate, READERS / _send(site).wall)
    allowed = SLOW / DELAY
    what = f"{SLOW} connections to a relay that thinks {DELAY * 1000:.0f} ms"
    yield Row(what, rate, "/s")
    yield Row("beside what their number allows", rate / allowed, "ratio", ALLOWED, False)


def _send(site: Bench, workers: int = 1) -> Spent:
    """Send a new mailing to all."""
    mailing = site.order()
    for _ in site.app.plan(mailing):
        """All of it is planned before."""
    spent = site.send(mailing, workers)
    done = site.app.ledger.get(mailing)
    if done.sent != done.audience:
        raise RuntimeError(f"of {done.audience} messages {done.sent} went out: {done.trouble}")
    return spent


def _large(work: Path) -> Iterator[Row]:
    with sinks.slow_sink(0) as port, bench(work, port, connections=4) as site:
        site.subscribe(1_000)
        few = _send(site)
        site.subscribe(MANY)
        before = _used(site)
        mailing = site.order()
        with _slowest(site) as stopped:
            start = time.perf_counter()
            chunks = site.app.plan(mailing)
            site.app.deliver(mailing, next(chunks))
            first = time.perf_counter() - start
            for _ in chunks:
                """All of it is planned."""
        many = site.send(mailing, chunks=SENT)
        kept = (_used(site) - before) / MANY
    yield Row(f"first {CHUNK} of {MANY:,} out", first, "s", FIRST)
    yield Row("longest that planning or sending stopped Redis", max(stopped), "ms", STOPPED)
    yield Row(f"Redis for each of {MANY:,}", kept, "bytes", KEPT)
    yield Row(f"memory of a worker, {SENT * CHUNK:,} of them sent", many.memory, "MB", MEMORY)
    yield Row("the same beside 1,000 readers", many.memory / few.memory, "ratio", GROWTH)


@contextmanager
def _slowest(site: Bench) -> Iterator[list[float]]:
    """Milliseconds of the commands that took Redis longer than one in the block."""
    redis, found = site.app.store.text, [0.0]
    redis.config_set("slowlog-log-slower-than", 1000)
    redis.slowlog_reset()
    yield found
    found += [entry["duration"] / 1000 for entry in redis.slowlog_get(-1)]


def _used(site: Bench) -> int:
    """Bytes that Redis has in use."""
    return int(site.app.store.text.info("memory")["used_memory"])
