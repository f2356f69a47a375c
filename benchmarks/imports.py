"""What it costs to bring a list of subscribers in: the whole command, as a person types it.

Each row has an address, a name, two tags that are two of twenty categories, and a date. Wall time,
with Redis on the same machine; its CPU is told beside. BENCH_ROWS=1000000 is slower.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks import sites
from benchmarks.rows import Row
from syndicate.store import embedded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MANY = int(os.environ.get("BENCH_ROWS", "200000"))
CATEGORIES = 20
#: Rows a second, and megabytes that a long list may take beyond one of a tenth of it.
RATE, GROWTH = 20_000, 10


@dataclass(frozen=True, slots=True)
class _Run:
    """A command that has ended."""

    seconds: float
    #: Of CPU.
    cpu: float
    #: Megabytes, at most.
    memory: float
    said: str


def measure(work: Path) -> Iterator[Row]:
    """Every row."""
    site, state = sites.make(work / "site", CATEGORIES, CATEGORIES), work / "redis"
    with embedded.EmbeddedServer(state):
        os.environ["SYNDICATE_REDIS__URL"] = embedded.url_of(state)
        try:
            _run(site, "sync")
            yield from _imports(site, work)
        finally:
            del os.environ["SYNDICATE_REDIS__URL"]


def _imports(site: Path, work: Path) -> Iterator[Row]:
    tags = [word for n in range(CATEGORIES) for word in ("--map-list", f"tag{n}=category{n}")]
    words = [*tags, "--map", "tags=lists", "--map", "since=created", "--json"]
    short = _import(site, _listed(work / "short.csv", MANY // 10, "short"), words)
    path = _listed(work / "list.csv", MANY, "reader")
    first = _import(site, path, words)
    yield Row(f"rows imported, of {MANY}", MANY / first.seconds, "/s", RATE, False)
    yield Row("CPU of the command for a row", 1e6 * first.cpu / MANY, "µs")
    growth = first.memory - short.memory
    yield Row("memory beyond that for a tenth of the rows", growth, "MB", GROWTH)
    again = _import(site, path, words)
    yield Row("the same rows again, which changes nothing", MANY / again.seconds, "/s")
    out = _run(site, "subscribers", "export", str(work / "out.csv"))
    yield Row("readers exported", 1.1 * MANY / out.seconds, "/s")


def _import(site: Path, path: Path, words: list[str]) -> _Run:
    run = _run(site, "subscribers", "import", str(path), *words)
    if json.loads(run.said)["rejected"]:
        raise RuntimeError(run.said)
    return run


def _listed(path: Path, many: int, name: str) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow(["email", "name", "tags", "since"])
        for n in range(many):
            address = f"{name}{n}@mail{n % 997}.example"
            tags = f"tag{n % CATEGORIES},tag{(n + 7) % CATEGORIES}"
            sheet.writerow(
                [address, f"Reader {n}", tags, f"2024-0{1 + n % 9}-11 08:{n % 60:02}:00"]
            )
    return path


def _run(site: Path, *words: str) -> _Run:
    command = [sys.executable, "-m", "syndicate", *words, "--site", str(site)]
    start = time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        said = process.stdout.read() if process.stdout else ""
        # The process's own figures: those of all children would be of the greediest.
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - start
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)}: exit code {process.returncode}")
    return _Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, said)
