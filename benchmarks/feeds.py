"""What publishing costs, on small sites and on large ones.

Each figure stands beside its bound; ratios are of one run on one machine.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import sites
from benchmarks.rows import Row
from syndicate.app import App, opened
from syndicate.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Posts of the large site. The bounds are meant for 100,000; less shows the trend sooner.
LARGE = int(os.environ.get("BENCH_POSTS", "100000"))
SMALL = 100
COLD = 10_000
#: New posts that are published one by one.
NEW = 40
#: Categories of the sites that differ in size alone: few, so that the small one's documents are as
#: full as the large one's.
FEW = 2


@dataclass(frozen=True, slots=True)
class Cost:
    """Of publishing one post."""

    seconds: float
    cpu: float
    written: float


@contextmanager
def service(folder: Path) -> Iterator[App]:
    """The service of a site, with a Redis of its own."""
    with opened(load(folder), may_start_redis=True) as app:
        yield app


@dataclass(frozen=True, slots=True)
class Used:
    """What one `syndicate sync` used, its Redis included but for the memory."""

    seconds: float
    #: Seconds.
    cpu: float
    #: Megabytes resident at the most.
    memory: float


def imported(folder: Path, posts: int, categories: int) -> Used:
    """Make a site, import its archive and publish it, in a process of its own."""
    sites.make(folder, posts, categories)
    return run(folder)


def run(folder: Path) -> Used:
    """`syndicate sync`, whole, while its Redis runs: that is as with `syndicate up`."""
    with service(folder) as app:
        before, start = redis_cpu(app), time.perf_counter()
        argv = [sys.executable, "-m", "syndicate", "sync", "--site", str(folder)]
        process = os.posix_spawn(
            sys.executable,
            argv,
            os.environ,
            file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
        )
        _, status, used = os.wait4(process, 0)
        if status:
            raise SystemExit(f"{' '.join(argv)} failed")
        seconds, cpu = time.perf_counter() - start, used.ru_utime + used.ru_stime
        return Used(seconds, cpu + redis_cpu(app) - before, used.ru_maxrss / 1000)


def redis_cpu(app: App) -> float:
    """Seconds of CPU that the site's Redis has used so far."""
    info = app.store.text.info("cpu")
    return float(info["used_cpu_user"]) + float(info["used_cpu_sys"])


def cost_of_one(folder: Path, categories: int) -> Cost:
    """The median cost of a new post, from its file to its feeds on disk, in a running process."""
    with service(folder) as app:
        found = [one(app, folder, number, categories) for number in range(NEW)]
    return Cost(*(median(getattr(cost, name) for cost in found) for name in Cost.__slots__))


def one(app: App, folder: Path, number: int, categories: int) -> Cost:
    """The cost of one new post."""
    path = sites.add(folder, 1_000_000 + number, f"category{number % categories}")
    start, cpu = time.perf_counter(), time.process_time()
    app.sync(only=[path.relative_to(folder).as_posix()])
    published = app.publish()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    return Cost(seconds, cpu, sum(doc.size for feed in published for doc in feed.changed))


def measure(work: Path) -> Iterator[Row]:
    """Every row."""
    imported(work / "small", SMALL, FEW)
    small = cost_of_one(work / "small", FEW)
    long = imported(work / "large", LARGE, FEW)
    large = cost_of_one(work / "large", FEW)
    size = f"{LARGE:,} posts against {SMALL}"
    yield Row(f"publishing one post, time, {size}", large.seconds / small.seconds, "ratio", 1.2)
    yield Row(f"publishing one post, bytes, {size}", large.written / small.written, "ratio", 1.2)
    yield Row(f"publishing one post of {LARGE:,}, CPU", large.cpu * 1000, "ms", 50)
    # The new ones of above are known by now.
    again = run(work / "large")
    yield Row(f"a sync of {LARGE:,} posts without change", again.seconds, "s", 2)
    cold = imported(work / "cold", COLD, 20)
    yield Row(f"a cold sync of {COLD:,} posts, CPU", cold.cpu, "s", 8)
    yield Row(f"a cold sync of {COLD:,} posts, memory", cold.memory, "MB", 300)
    growth = f"a cold sync, {LARGE:,} posts against {COLD:,}, memory"
    yield Row(growth, long.memory / cold.memory, "ratio", 1.3)
    wide = imported(work / "wide", COLD, 2000)
    yield Row("a cold sync, 2,000 categories against 20, CPU", wide.cpu / cold.cpu, "ratio", 1.5)
    wide_one = cost_of_one(work / "wide", 2000)
    narrow_one = cost_of_one(work / "cold", 20)
    ratio = wide_one.seconds / narrow_one.seconds
    yield Row("publishing one post, 2,000 categories against 20, time", ratio, "ratio", 1.2)
    index = (work / "wide" / "public" / "feeds.html").stat().st_size
    yield Row("the index of 2,000 categories", index / 1000, "kB", 150)
