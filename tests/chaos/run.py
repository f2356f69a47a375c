"""Round after round, until so many faults were injected or a law is broken."""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from tests.chaos.board import PROCESSES
from tests.chaos.crew import BrokenError
from tests.chaos.redis_server import RedisServer
from tests.chaos.rounds import Scenario, play

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.chaos.rounds import Ended

#: Faults in a round.
A_ROUND = 60


@dataclass
class Totals:
    """What all rounds came to."""

    rounds: int = 0
    messages: int = 0
    lost: int = 0
    duplicated: int = 0
    uncertain: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def add(self, ended: Ended) -> None:
        """Count a round."""
        self.rounds += 1
        self.messages += ended.verdict.messages
        self.duplicated += ended.verdict.duplicated
        self.uncertain += ended.verdict.uncertain
        self.lost += sum(line.startswith("lost") for line in ended.verdict.broken)
        self.faults += ended.faults

    def __str__(self) -> str:
        return (
            f"{sum(self.faults.values())} faults in {self.rounds} rounds, {self.messages} messages "
            f"taken: {self.lost} lost, {self.duplicated} duplicated, {self.uncertain} uncertain"
        )


@contextmanager
def quiet() -> Iterator[None]:
    """What the engine logs of a thousand faults is nobody's reading."""
    before = structlog.get_config()
    level = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=level)
    PROCESSES.set_forkserver_preload(["tests.chaos.warm"])
    try:
        yield
    finally:
        structlog.configure(**before)


def run(
    seed: str,
    faults: int,
    folder: Path,
    told: Callable[[Totals], object] = lambda _totals: None,
    *,
    first: int = 0,
) -> Totals:
    """Play rounds of a seed from the `first` on, each with an fsync of its Redis in turn.

    Raises:
        BrokenError: a law is broken; says which and how to see it again.
    """
    totals = Totals()
    with quiet(), _redis(folder, "everysec") as one, _redis(folder, "always") as other:
        while sum(totals.faults.values()) < faults:
            number = first + totals.rounds
            redis = other if number % 4 == 3 else one
            where = folder / str(number)
            try:
                ended = play(Scenario.drawn(f"{seed}:{number}", A_ROUND), redis, where)
            except BrokenError as error:
                raise BrokenError(_again(seed, number, where, str(error), totals)) from error
            totals.add(ended)
            if ended.verdict.broken:
                why = "\n".join(ended.verdict.broken)
                raise BrokenError(_again(seed, number, where, why, totals))
            told(totals)
    return totals


def _again(seed: str, number: int, where: Path, why: str, totals: Totals) -> str:
    return (
        f"round {number} of seed {seed} broke a law, after {totals}\n{why}\n"
        f"What happened stands in {where}/story.txt. Again, as far as chance allows:\n"
        f"  make chaos SEED={seed} ROUND={number} FAULTS={A_ROUND}"
    )


def _redis(folder: Path, fsync: str) -> RedisServer:
    where = folder / fsync
    where.mkdir(parents=True)
    return RedisServer(where, "always" if fsync == "always" else "everysec")
