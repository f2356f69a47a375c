"""Nobody learns by a form whether an address is a subscriber's: not by its answer, nor by a clock.

Each round asks about one address of each kind, in a new order, so that whatever else the machine
does falls on all kinds alike. If the times told nothing, each kind would be the fastest, the second
and so on equally often: Friedman's test says how likely what was seen would be then.
"""

from __future__ import annotations

import http.client
import math
import random
import time
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from syndicate.subscribers.model import Reason, Status, Suppression
from tests.web.conftest import FORM, served
from tests.web.readers import TECH, add_categories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from syndicate.app import App
    from syndicate.people.signup import Reply
    from syndicate.subscribers.signups import SignUp

pytestmark = pytest.mark.slow

KINDS = ("unknown", "pending", "active", "left", "suppressed")
#: Times that each kind is asked about, after some that warm up what is asked.
ROUNDS, WARM = 400, 20
#: How seldom times that tell nothing look as if they did: once in so many runs of this test.
RARE = 1e-4
#: Seconds that the control takes longer for one kind.
MORE = 0.001
#: What isn't the same in two answers to the same question: when each was given, to the second.
MOMENT = "date"


@dataclass(frozen=True)
class Answer:
    seconds: float
    #: All that came.
    seen: object


@dataclass
class Asker:
    """A program that asks over a connection that stays open, as fast as it can."""

    connection: http.client.HTTPConnection
    path: str
    fields: dict[str, str]
    headers: dict[str, str]

    def __call__(self, address: str) -> Answer:
        body = urlencode({**self.fields, "address": address})
        began = time.perf_counter()
        self.connection.request("POST", self.path, body, self.headers)
        reply = self.connection.getresponse()
        content = reply.read()
        seconds = time.perf_counter() - began
        headers = [pair for pair in reply.getheaders() if pair[0].lower() != MOMENT]
        return Answer(seconds, (reply.status, headers, content))


@pytest.fixture
def site(site: Path) -> Path:
    with (site / "syndicate.toml").open("a") as file:
        file.write("\n[signup]\nper_network = 1000000\n")
    return site


@pytest.fixture
def addresses(app: App) -> dict[str, Iterator[str]]:
    """So many addresses of each kind as there are rounds; all are as long."""
    add_categories(app, "tech")
    named = {kind: [f"{kind:x<10}{n:03}@mail.example" for n in range(ROUNDS)] for kind in KINDS}
    now = app.clock()
    for kind in KINDS[1:]:
        for address in named[kind]:
            number = app.subscribers.add(address, now)
            state = Status.PENDING if kind == "pending" else Status.ACTIVE
            app.subscribers.change(number, [TECH], state, now, {})
            if kind == "left":
                app.subscribers.change(number, [TECH], Status.LEFT, now, {})
            if kind == "suppressed":
                why = Suppression(Reason.COMPLAINT, "test", now)
                app.suppressions.add(address, why, now, {})
    assert {app.subscribers.find(named[kind][0]).status.value for kind in KINDS[1:]} == {*KINDS[1:]}
    return {kind: cycle(found) for kind, found in named.items()}


@pytest.fixture(params=["form", "script", "lost link"])
def ask(request: pytest.FixtureRequest, app: App, addresses: object) -> Iterator[Asker]:
    """Asks a real server, in each way that anybody can."""
    del addresses
    headers = {"Content-Type": FORM}
    path, fields = "/subscribe", {"category": "c0", "cadence": "daily"}
    if request.param == "script":
        headers |= {"Accept": "application/json"}
    if request.param == "lost link":
        path, fields = "/preferences", {}
    with served(app) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        yield Asker(connection, path, fields, headers)
        connection.close()


def measured(
    ask: Callable[[str], Answer], addresses: dict[str, Iterator[str]]
) -> list[dict[str, Answer]]:
    """What each kind was answered, round by round."""
    rounds, order = [], list(KINDS)
    for _ in range(WARM + ROUNDS):
        random.shuffle(order)
        rounds.append({kind: ask(next(addresses[kind])) for kind in order})
    return rounds[WARM:]


def likelihood(rounds: Sequence[Sequence[float]]) -> float:
    """How likely rows of five would be as uneven as these, or more, if no column were special.

    Friedman's test: the sums of ranks are held against chi-squared, of four degrees of freedom,
    whose tail has a closed form.
    """
    many, kinds = len(rounds), len(KINDS)
    sums = [0] * kinds
    for row in rounds:
        for rank, column in enumerate(sorted(range(kinds), key=row.__getitem__), 1):
            sums[column] += rank
    spread = sum((found - many * (kinds + 1) / 2) ** 2 for found in sums)
    half = 6 * spread / (many * kinds * (kinds + 1))
    return math.exp(-half) * (1 + half)


def times(rounds: list[dict[str, Answer]]) -> list[list[float]]:
    return [[answers[kind].seconds for kind in KINDS] for answers in rounds]


def test_an_answer_and_its_time_say_nothing_of_whose_address_it_is(
    ask: Asker, addresses: dict[str, Iterator[str]]
) -> None:
    rounds = measured(ask, addresses)
    assert len({repr(answer.seen) for answers in rounds for answer in answers.values()}) == 1
    assert likelihood(times(rounds)) > RARE


def test_a_millisecond_would_be_seen(
    app: App, ask: Asker, addresses: dict[str, Iterator[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same measure of a service that does more for one kind."""
    honest = app.signup.ask

    def ask_more(one: SignUp) -> Reply:
        if one.address.startswith("active"):
            time.sleep(MORE)
        return honest(one)

    monkeypatch.setattr(app.signup, "ask", ask_more)
    assert likelihood(times(measured(ask, addresses))) < RARE
