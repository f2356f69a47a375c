"""One round: a slot goes out while everything goes wrong; then the laws are read."""

from __future__ import annotations

import random
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.certificates import self_signed
from tests.chaos import site as sites
from tests.chaos.board import Board
from tests.chaos.crew import BrokenError, Crew
from tests.chaos.faults import Plan
from tests.chaos.laws import Evidence, Verdict, judge
from tests.chaos.outside import Outside, World
from tests.chaos.people import People
from tests.chaos.record import JUMPS
from tests.chaos.story import story

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.delivery.model import State
    from tests.chaos.outside import Report
    from tests.chaos.redis_server import RedisServer
    from tests.chaos.site import Site

#: Seconds that the workers may take to come to rest.
_PATIENCE = 90.0
#: Turns of the clock after which a round should have ended long ago.
_MOST_TURNS = 150
#: Seconds by which the clock moves between two turns: from an uncertain message's wait to the
#: longest between two tries.
_STEPS = (2, 2, 6, 6, 61, 301, 400)
_CALM_STEPS = (61, 400, 1200, 4600)
_BACK = (1, 30, 3000)
#: Seconds by which it jumps while messages are under way: leases end though their workers live.
_JUMPS = (6, 20, 301)
#: Seconds after which Redis would have let go of a lock that nobody renews.
_LOCK = 60
#: How likely something happens at each look at workers that are busy.
_RARELY = 0.02
#: Seconds between two looks at them.
_PAUSE = 0.003


@dataclass(frozen=True, slots=True)
class Scenario:
    """What kind of round it is."""

    seed: str
    faults: int = 0
    slots: int = 3
    readers: int = 60
    letters: int = 6
    pipelining: bool = True
    tls: str = ""
    uncertain: str = "retry"
    #: How often Redis is killed.
    redis_kills: int = 0
    #: Whether anybody does anything in the middle, and the clock and the workers have accidents.
    eventful: bool = True
    #: Seconds that the relay thinks over each message.
    delay: float = 0.0
    #: Place → act, done once.
    wanted: dict[str, str] = field(default_factory=dict)

    @classmethod
    def drawn(cls, seed: str, faults: int) -> Scenario:
        """Some kind or other."""
        draw = random.Random(seed)  # noqa: S311 - draws scenarios
        return cls(
            seed=seed,
            faults=faults,
            slots=draw.randint(2, 4),
            readers=draw.randint(30, 90),
            pipelining=draw.random() < 0.7,
            tls=draw.choice(("", "", "", "implicit", "starttls")),
            uncertain=draw.choice(("retry", "retry", "park")),
            redis_kills=draw.choice((0, 1, 2)),
            delay=draw.choice((0, 0, 0.03)),
        )


@dataclass(frozen=True, slots=True)
class Ended:
    """A round that is over."""

    verdict: Verdict
    faults: Counter[str]
    #: Scripts that workers called.
    called: set[str]
    turns: int


def play(scenario: Scenario, redis: RedisServer, folder: Path) -> Ended:
    """Play it in a folder of its own.

    Raises:
        BrokenError: something doesn't come to an end.
    """
    folder.mkdir(parents=True)
    board = Board.make(sites.START)
    site = sites.make(
        folder / "site", redis.url, f"c{folder.name}", board.clock, uncertain=scenario.uncertain
    )
    draw = random.Random(f"{scenario.seed} acts")  # noqa: S311 - draws acts
    sites.populate(site, scenario.readers, scenario.letters, draw)
    with ExitStack() as stack:
        stack.callback(site.app.store.close)
        outside = stack.enter_context(Outside(world(scenario, redis, folder, board)))
        crew = Crew(outside, draw)
        stack.callback(crew.kill_all)
        return _Round(scenario, redis, site, crew).play()


def world(scenario: Scenario, redis: RedisServer, folder: Path, board: Board) -> World:
    """What is outside in such a round."""
    certificates = {}
    if scenario.tls:
        for name in ("trusted", "foreign"):
            certificates[name] = self_signed(folder / f"{name}.pem", "localhost")
    return World(
        folder=folder,
        redis=redis.socket,
        board=board,
        slots=scenario.slots,
        plan=Plan(scenario.seed, scenario.faults, dict(scenario.wanted)),
        patience=sites.FINAL_DOT,
        pipelining=scenario.pipelining,
        delay=scenario.delay,
        tls=scenario.tls,
        **certificates,
    )


class _Round:
    def __init__(self, scenario: Scenario, redis: RedisServer, site: Site, crew: Crew) -> None:
        self._scenario, self._redis = scenario, redis
        self._site, self._crew, self._draw = site, crew, crew.draw
        self._outside = crew.outside
        self._board = crew.outside.world.board
        self._people = People(site, crew.draw)
        self._kills_left = scenario.redis_kills
        self._turns = 0

    def play(self) -> Ended:
        self._crew.start()
        self._board.jump(61)
        self._come_to_rest(eventful=self._scenario.eventful)
        (left, seen), quiet = self._outside.progress(), 0
        while left > 0 and self._turns < _MOST_TURNS / 2 and self._site.has_work():
            self._act_at_rest()
            # Where nothing happened for some time, a relay rests, or a pause between tries is long.
            self._move_clock(self._draw.choice(_STEPS) * (1 + quiet))
            if self._scenario.eventful and self._draw.random() < 0.5:
                # Not before the clock has moved: what they begin is theirs for the time that it is.
                self._crew.wake()
            self._come_to_rest(eventful=self._scenario.eventful)
            (left, now), before = self._outside.progress(), seen
            seen, quiet = now, quiet + 2 if now == before else 0
        self._calm_down()
        return self._end()

    def _calm_down(self) -> None:
        """Nothing more goes wrong: all has to end now."""
        self._outside.calm()
        self._people.resume_all()
        self._board.stir()
        self._crew.wake()
        self._come_to_rest()
        while self._site.has_work():
            if self._turns > _MOST_TURNS:
                raise BrokenError(f"{self._scenario} doesn't end: {sites.unfinished(self._site)}")
            self._move_clock(_CALM_STEPS[min(self._turns % 7, len(_CALM_STEPS) - 1)])
            self._come_to_rest()

    def _come_to_rest(self, *, eventful: bool = False) -> None:
        """Wait until there is nothing more to do at this moment."""
        end = time.monotonic() + _PATIENCE
        events = self._draw.choice((0, 1, 2, 3)) if eventful else 0
        while not self._crew.is_at_rest():
            self._crew.look_after()
            if events and self._draw.random() < _RARELY:
                events -= 1
                self._act_meanwhile()
            if time.monotonic() > end:
                raise BrokenError(f"{self._scenario}: no rest; {sites.unfinished(self._site)}")
            # Workers may die without a word: whether they rest is only seen by looking.
            time.sleep(_PAUSE)

    def _move_clock(self, seconds: float) -> None:
        self._turns += 1
        if seconds >= _LOCK:
            # Redis goes by a clock of its own.
            self._site.app.store.text.delete(self._site.app.store.keys.lock("tick"))
        self._board.jump(seconds)

    # Events

    def _act_at_rest(self) -> None:
        """Nothing is under way, unless a worker is stopped with it: what is said holds at once."""
        if not self._scenario.eventful:
            return
        for _ in range(self._draw.randint(0, 2)):
            self._people.act(strict=not self._crew.is_any_stopped())
        if self._draw.random() < 0.15:
            self._crew.faults["the clock goes back"] += 1
            self._board.jump(-self._draw.choice(_BACK))

    def _act_meanwhile(self) -> None:
        act = self._draw.choice(("people", "people", "kill", "redis", "jump"))
        if act == "people":
            self._people.act(strict=False)
            self._board.stir()
        elif act == "kill":
            self._crew.kill_one()
        elif act == "redis" and self._kills_left:
            self._kills_left -= 1
            self._kill_redis()
        elif act == "jump":
            self._crew.disturb(-1, JUMPS)
            self._move_clock(self._draw.choice(_JUMPS))

    def _kill_redis(self) -> None:
        self._crew.disturb(-1, f"Redis killed, fsync {self._redis.fsync}")
        self._redis.kill()
        self._redis.start()
        self._site.reconnect()

    # The end

    def _end(self) -> Ended:
        report = self._outside.report()
        report.record.disturbances += self._crew.disturbances
        seen = gather(self._site, report, self._people)
        seen.parks = self._scenario.uncertain == "park"
        verdict = judge(seen)
        if verdict.broken:
            (self._outside.world.folder / "story.txt").write_text("\n".join(story(seen)))
        return Ended(verdict, self._crew.faults + report.done, report.called, self._turns)


def gather(site: Site, report: Report, people: People) -> Evidence:
    """All that is known of a round, when it is over."""
    mailings = site.mailings
    letters: Counter[State] = Counter()
    for (_, state), many in site.app.letters.counts().items():
        letters[state] += many
    return Evidence(
        record=report.record,
        ids=site.ids(),
        readers={reader.address: reader.id for reader in site.readers},
        owed=site.owed(),
        mailings={mailing.id: mailing for mailing in mailings},
        ledger={mailing.id: sites.deliveries(site.app, mailing.id) for mailing in mailings},
        uncertain=sites.uncertain(site, report.record.named),
        told=sites.told(site, people.draw),
        forbidden=people.forbidden,
        letters=site.letters,
        letter_ids=site.letter_ids(),
        letters_ended=letters,
    )
