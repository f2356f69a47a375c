"""What publishing costs, on small sites and on large ones.

Each figure stands beside its bound; ratios are of one run on one machine.
"""

from __future__ import annotations

import os
import resource
import subprocess
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


def imported(folder: Path, posts: int, categories: int) -> Path:
    """A site whose archive is imported and published, in a process of its own."""
    sites.make(folder, posts, categories)
    run(folder)
    return folder


def run(folder: Path) -> resource.struct_rusage:
    """`syndicate sync`, whole; what it used."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "syndicate", "sync", "--site", str(folder)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return resource.struct_rusage(
        (
            after.ru_utime - before.ru_utime,
            after.ru_stime - before.ru_stime,
            after.ru_maxrss,
            *after[3:],
        )
    )


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
    small = cost_of_one(imported(work / "small", SMALL, FEW), FEW)
    large_site = imported(work / "large", LARGE, FEW)
    large = cost_of_one(large_site, FEW)
    size = f"{LARGE:,} posts against {SMALL}"
    yield Row(f"publishing one post, time, {size}", large.seconds / small.seconds, "ratio", 1.2)
    yield Row(f"publishing one post, bytes, {size}", large.written / small.written, "ratio", 1.2)
    yield Row(f"publishing one post of {LARGE:,}, CPU", large.cpu * 1000, "ms", 50)
    start = time.perf_counter()
    run(large_site)
    yield Row(f"a sync of {LARGE:,} posts without change", time.perf_counter() - start, "s", 2)
    sites.make(work / "cold", COLD, 20)
    cold = run(work / "cold")
    yield Row(f"a cold sync of {COLD:,} posts, CPU", cold.ru_utime + cold.ru_stime, "s", 8)
    sites.make(work / "wide", COLD, 2000)
    wide = run(work / "wide")
    ratio = (wide.ru_utime + wide.ru_stime) / (cold.ru_utime + cold.ru_stime)
    yield Row("a cold sync, 2,000 categories against 20, CPU", ratio, "ratio", 1.5)
    wide_one = cost_of_one(work / "wide", 2000)
    narrow_one = cost_of_one(work / "cold", 20)
    ratio = wide_one.seconds / narrow_one.seconds
    yield Row("publishing one post, 2,000 categories against 20, time", ratio, "ratio", 1.2)
    index = (work / "wide" / "public" / "feeds.html").stat().st_size
    yield Row("the index of 2,000 categories", index / 1000, "kB", 150)
