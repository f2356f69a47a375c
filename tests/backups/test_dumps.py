"""The state of every schema so far is still understood: kept backups of each, put back by today's.

The tests hold for all dumps in the folder; `make_dump` says how another is made.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from syndicate.app import wall_clock
from syndicate.delivery.model import MailingState, Outcome, State
from syndicate.digests.model import Life
from syndicate.schedules.agenda import Kind
from syndicate.store import embedded
from syndicate.store.keys import SCHEMA
from syndicate.store.pulse import Sign
from syndicate.subscribers.model import Status
from tests.backups import small_site
from tests.backups.a_day import what
from tests.backups.make_dump import DUMPS, wheel
from tests.conftest import Clock
from tests.delivery.conftest import relay
from tests.deploy.conftest import redis_7

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from click.testing import Result

    from syndicate.app import App
    from tests.delivery.conftest import FaultyRelay

#: What is said of each noun, as JSON.
READERS = (
    *("bounces list", "bounces stats", "delivery list", "digest plan", "editions list"),
    *("delivery explain reader2@mail.example", "editions show 3", "feeds list", "keys list"),
    *("posts list", "posts show 22", "posts explain 22", "relays list", "relays show main"),
    *("schedule list", "schedule next", "schedule show daily", "status", "subscribers stats"),
    *("subscribers list", "subscribers find reader", "subscribers show reader1@mail.example"),
)

#: Fixtures of the neighbours.
__all__ = ["redis_7", "relay"]


def debian(request: pytest.FixtureRequest) -> Path:
    """Where Redis 7 is, on a machine that has it."""
    program: str = request.getfixturevalue("redis_7")
    return Path(program).parent


@pytest.fixture(params=["embedded", "debian"])
def redis_url(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    """An empty Redis: the oldest that we run on, and the one that we recommend."""
    place = wheel() if request.param == "embedded" else debian(request)
    monkeypatch.setenv("PATH", str(place), prepend=os.pathsep)
    folder = tmp_path_factory.mktemp("redis")
    with embedded.EmbeddedServer(folder):
        yield embedded.url_of(folder)


@pytest.fixture(params=sorted(DUMPS.glob("*.backup")), ids=lambda path: path.stem)
def dump(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture
def said(dump: Path) -> dict[str, Any]:
    """When the dump was made, what had been sent by then, and what is to be sent in all."""
    found: dict[str, Any] = json.loads(dump.with_suffix(".json").read_text())
    return found


@pytest.fixture
def clock(said: dict[str, Any]) -> Clock:
    return Clock(datetime.fromisoformat(said["at"]))


@pytest.fixture
def site(tmp_path: Path, redis_url: str, prefix: str, relay: FaultyRelay) -> Path:
    folder = tmp_path / "site"
    small_site.make(folder, redis_url, prefix, relay.port)
    small_site.write(folder, small_site.NEWS)
    return folder


@pytest.fixture
def restored(site: Path, dump: Path, syndicate: Callable[..., Result]) -> Callable[..., Result]:
    """A command of the site whose state is that of the dump, as `migrate` left it."""

    def run(*argv: object) -> Result:
        done = syndicate(*argv, "--site", site)
        assert done.exit_code == 0, (argv, done.output)
        return done

    run("restore", dump)
    run("migrate")
    return run


def test_there_is_a_dump_of_every_schema_so_far() -> None:
    names = {f"schema-{number}.backup" for number in range(1, SCHEMA + 1)}
    assert {path.name for path in DUMPS.glob("*.backup")} == names


@pytest.mark.slow
def test_it_agrees_with_itself_and_every_noun_can_be_read(
    restored: Callable[..., Result], app: App, site: Path, syndicate: Callable[..., Result]
) -> None:
    # So nobody asks Celery, which knows one Redis a process.
    app.pulse.sign("one", Sign(wall_clock().timestamp(), 0, ""))
    assert "0 steps to be done" in restored("migrate", "--dry-run").output
    assert json.loads(restored("subscribers", "verify", "--json").stdout) == []
    for words in READERS:
        done = syndicate(*words.split(), "--json", "--site", site)
        # No web app runs, which `status` finds wrong.
        assert done.exit_code == (1 if words == "status" else 0), (words, done.output)
        assert json.loads(done.stdout), words


@pytest.mark.slow
def test_it_has_one_of_each(restored: Callable[..., Result], app: App) -> None:
    """Else it would say little: every state that a thing can be in."""

    del restored
    assert {one.status for one in app.subscribers.all()} == set(Status)
    assert {life for life, many in app.editions.lives().items() if many} == set(Life)
    mailings = app.ledger.several(app.ledger.latest(99))
    assert {mailing.state for mailing in mailings} == set(MailingState)
    keys = [app.store.keys.part(mailing.id, "outcomes") for mailing in mailings]
    outcomes = [Outcome.from_json(row) for key in keys for row in app.store.text.hvals(key)]
    assert {one.state for one in outcomes} == set(State) - {State.SENT}
    kinds = {due.kind for due in app.schedules.agenda()}
    assert kinds == set(Kind)
    assert app.schedules.held()
    assert app.schedules.skips()
    assert app.desk.pauses.all()


@pytest.mark.slow
def test_its_feeds_are_written_where_there_are_none(
    restored: Callable[..., Result], app: App, site: Path
) -> None:
    """A new machine has no documents yet, not even of an archive that is to be issued anew."""
    del restored
    app.publish()
    assert (site / "public" / "rss.xml").exists()
    assert app.feeds.dirty() == {}


@pytest.mark.slow
def test_what_was_under_way_goes_out_and_nobody_gets_it_twice(
    restored: Callable[..., Result],
    app: App,
    clock: Clock,
    relay: FaultyRelay,
    said: dict[str, Any],
) -> None:
    restored("unlock", "--since-snapshot", "nothing", "--why", "a test")
    resume(app)
    work(app, clock)
    had = Counter((name, one) for name, them in said["taken"].items() for one in them)
    got = Counter((what(app, message), to) for to, message in relay.taken)
    assert had + got == Counter(
        (name, one) for name, them in said["wanted"].items() for one in them
    )


def resume(app: App) -> None:
    """Resume what a person paused."""
    for mailing in app.ledger.several(app.ledger.active()):
        if mailing.state is MailingState.PAUSED:
            app.desk.resume(mailing.editions[0], "ops")


def work(app: App, clock: Clock) -> None:
    """What workers do, until nothing is on its way."""
    for _ in range(8):
        found = app.sweep()
        app.signup.admit()
        for mailing in found.plan:
            found.deliver.extend((mailing, chunk) for chunk in app.plan(mailing))
        for mailing, chunk in found.deliver:
            app.deliver(mailing, chunk)
        app.send_letters()
        clock.advance(minutes=20)
