"""`syndicate status`."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from syndicate import tasks
from syndicate.app import wall_clock
from syndicate.delivery import outbox
from syndicate.delivery.relays.model import Condition
from syndicate.errors import RelayError
from syndicate.reports.overview import (
    Breaker,
    Mail,
    Overview,
    Queue,
    Rhythm,
    Service,
    Trouble,
    look,
    span,
    waits,
    wrongs,
)
from syndicate.running.queues import celery_config
from syndicate.schedules.agenda import Due, Held
from syndicate.schedules.scope import Scope
from syndicate.store.pulse import Sign
from syndicate.subscribers.model import Digest
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from click.testing import Result

    from syndicate.app import App
    from tests.conftest import Clock

# Rules

MAIL = Mail(mailings=1, open=10, oldest=NOW, troubles=(), letters=0, tried=0, suppressed=0)
WELL = Overview(
    at=NOW,
    services=(Service("redis", fine=True, said="7.2.4"),),
    queues=(Queue("deliver", 3, 599),),
    rhythms=(Rhythm("daily", None, NOW, 4, ()),),
    drafts=2,
    held=0,
    mail=MAIL,
    breakers=(Breaker("main", Condition.UP, ""), Breaker("spare", Condition.PAUSED, "holidays")),
    pauses=("cadence daily is paused by ann",),
    locked="",
)


def test_what_runs_and_what_waits_for_its_turn_is_not_wrong() -> None:
    assert wrongs(WELL) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"services": (Service("web", fine=False, said="away"),)}, "web: away"),
        ({"queues": (Queue("post", 2, 3700),)}, "queue post: 2 tasks, the oldest for 62 min; "),
        ({"rhythms": (Rhythm("daily", None, NOW, 0, ("S1", "S2")),)}, "cadence daily: 2 slots"),
        ({"locked": "it was restored"}, "nothing is sent: it was restored; `syndicate unlock`"),
        ({"held": 3}, "3 editions are held; "),
        (
            {"mail": replace(MAIL, troubles=(Trouble(7, "paused", "too many bounces"),))},
            "mailing m7 is paused: too many bounces",
        ),
        ({"breakers": (Breaker("main", Condition.DOWN, "no answer"),)}, "relay main is down: no"),
        ({"breakers": (Breaker("main", Condition.HELD, "535 no"),)}, "relay main is held: 535 no"),
    ],
)
def test_what_is_wrong_is_a_line(change: dict[str, Any], said: str) -> None:
    (line,) = wrongs(replace(WELL, **change))
    assert line.startswith(said)


def test_suppression_is_a_share_of_what_was_tried() -> None:
    assert replace(MAIL, tried=2000, suppressed=3).suppression == pytest.approx(0.15)
    assert MAIL.suppression == 0


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (180_000, "2 days")],
)
def test_a_span_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert span(seconds) == said


# What a store tells


@pytest.fixture
def at_work(app: App, clock: Clock) -> App:
    """A service whose worker and beat do their work."""
    app.pulse.beat("tick", clock())
    app.pulse.beat("sweep", clock())
    app.pulse.sign("one", Sign(clock().timestamp(), 4, "deliver"))
    return app


def nobody() -> list[str]:
    return []


def test_a_service_at_work_is_well(at_work: App) -> None:
    found = look(at_work, [], nobody)
    assert wrongs(found) == []
    assert [service.said for service in found.services] == [
        "1: one (at deliver)",
        "tick 0 s ago, sweep 0 s ago",
    ]


def test_a_worker_that_is_silent_and_does_not_answer_is_away(at_work: App, clock: Clock) -> None:
    clock.advance(minutes=2)
    assert "workers: none answers; start `syndicate up`" in wrongs(look(at_work, [], nobody))
    (workers, beat) = look(at_work, [], lambda: ["two", "one"]).services
    assert (workers.fine, workers.said) == (True, "2: one, two")
    assert beat.fine


def test_a_beat_that_is_away_is_noticed(at_work: App, clock: Clock) -> None:
    clock.advance(minutes=4)
    (line,) = wrongs(look(at_work, [], lambda: ["one"]))
    assert line == "beat: tick 4 min ago, sweep 4 min ago; see that beat and a worker run"


def test_a_new_service_has_a_minute_for_its_first_tick(app: App, clock: Clock) -> None:
    assert not look(app, [], nobody).services[-1].fine
    app.pulse.beat("sweep", clock())
    beat = look(app, [], nobody).services[-1]
    assert (beat.fine, beat.said) == (True, "tick never, sweep 0 s ago")


def test_the_oldest_task_of_a_queue_tells_how_long_it_waits(at_work: App, clock: Clock) -> None:
    queue = at_work.store.keys.queue("post")
    for age in (30, 20, 10):
        headers = {"queued_at": clock().timestamp() - age}
        at_work.store.text.lpush(queue, json.dumps({"headers": headers}))
    at_work.store.text.lpush(at_work.store.keys.queue("digest"), "no task of ours")
    found = {one.name: one for one in look(at_work, [], nobody).queues}
    assert found["post"].tasks == 3
    assert found["post"].oldest == pytest.approx(30)
    assert found["digest"] == Queue("digest", 1, None)
    assert found["ingest"] == Queue("ingest", 0, None)


def test_a_task_says_since_when_it_waits(
    app: App, site: Path, redis_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNDICATE_SITE_DIR", str(site))
    config = celery_config(app.settings)
    options = config["broker_transport_options"]
    url = redis_url.replace("unix://", "redis+socket://")
    with tasks.celery.connection(url, transport_options=options) as connection:
        tasks.celery.send_task("syndicate.post", queue="post", connection=connection)
    clock.now = wall_clock() + timedelta(minutes=11)
    (line,) = waits(look(app, [], nobody))
    assert line == "queue post: 1 tasks, the oldest for 11 min; does a worker serve it (-Q)?"


def test_what_is_on_its_way_and_what_went_out_is_told(
    at_work: App, clock: Clock, write_post: Callable[..., Path]
) -> None:
    write_post("one", "tech")
    at_work.sync(announce=True)
    (before,) = (one for one in look(at_work, [], nobody).rhythms if one.cadence == "daily")
    assert (before.last, before.waiting) == (None, 1)
    edition = at_work.desk.cut("daily", "tech")
    assert edition
    mailing = at_work.desk.order(edition.id)
    at_work.ledger.set_trouble(mailing, "a template is broken")
    clock.advance(minutes=1)
    found = look(at_work, [], nobody)
    assert (found.mail.mailings, found.mail.oldest) == (1, NOW)
    assert found.mail.troubles == (Trouble(mailing, "ordered", "a template is broken"),)
    at_work.editions.show(edition.id, Digest("daily", "tech"))
    (after,) = (one for one in look(at_work, [], nobody).rhythms if one.cadence == "daily")
    assert (after.last, after.waiting) == (NOW, 0)
    assert after.next > NOW


def test_a_breaker_is_told(at_work: App) -> None:
    at_work.roads.report("default", RelayError("says no", "535 5.7.8 no"))
    (breaker,) = look(at_work, [], nobody).breakers
    assert breaker.condition is Condition.HELD


def test_pauses_and_missed_slots_are_told(at_work: App, clock: Clock) -> None:
    at_work.desk.pauses.pause(Scope("daily"), "ann", "moving house")
    slot = Due(Scope("weekly", "tech"), clock())
    at_work.schedules.add(slot)
    at_work.schedules.claim(slot, None, hold=Held("2026-11-20T08:00:00Z", slot.scope, clock()))
    found = look(at_work, [], nobody)
    assert found.pauses == ("cadence daily is paused by ann: moving house",)
    (line,) = waits(found)
    assert line.startswith("cadence weekly: 1 slots were missed, the last 2026-11-20T08:00:00Z; ")


def test_a_state_that_is_locked_is_told(at_work: App) -> None:
    at_work.life.lock("it was restored")
    assert look(at_work, [], nobody).locked == "it was restored"


def test_a_held_edition_is_told_and_a_draft_is_no_fault(
    at_work: App, write_post: Callable[..., Path]
) -> None:
    write_post("one", "tech")
    at_work.sync(announce=True)
    edition = at_work.desk.cut("daily", "tech")
    assert edition
    at_work.desk.hold(edition.id, "me", "wait")
    found = look(at_work, [], nobody)
    assert (found.held, found.drafts) == (1, 0)
    assert len(wrongs(found)) == 1


# The command


@pytest.fixture
def listening(site: Path) -> Iterator[None]:
    """Something listens on the web app's port, and the mailbox captures."""
    with socket.create_server(("127.0.0.1", 0)) as web, outbox.listening(site / ".syndicate"):
        settings = site / "syndicate.toml"
        port = web.getsockname()[1]
        settings.write_text(f"{settings.read_text()}\n[web]\nport = {port}\n")
        yield


@pytest.mark.usefixtures("listening")
def test_when_all_is_well_one_screen_and_exit_code_0(
    site: Path, app: App, syndicate: Callable[..., Result]
) -> None:
    for name in ("tick", "sweep"):
        app.pulse.beat(name, wall_clock() - timedelta(seconds=5))
    app.pulse.sign("one", Sign(wall_clock().timestamp(), 0, ""))
    result = syndicate("status", "--site", site)
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) < 24
    assert "ok   workers  1: one\n" in result.stdout
    assert "queues     ingest 0, publish 0, digest 0, deliver 0, post 0\n" in result.stdout
    shown = json.loads(syndicate("status", "--json", "--site", site).stdout)
    assert shown["wrong"] == []
    assert {one["name"] for one in shown["services"]} == {
        *("redis", "web", "mailbox", "workers", "beat")
    }


@pytest.mark.slow
def test_when_nothing_runs_that_is_told_and_exit_code_1(
    site: Path, syndicate: Callable[..., Result]
) -> None:
    result = syndicate("status", "--site", site)
    assert result.exit_code == 1
    for name in ("web", "mailbox", "workers", "beat"):
        assert f"away {name} " in result.stdout, result.stderr
    assert "start `syndicate up`" in result.stdout
    shown = json.loads(syndicate("status", "--json", "--site", site).stdout)
    assert len(shown["wrong"]) == 4


@pytest.mark.slow
def test_a_worker_with_children_is_asked(
    site: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SYNDICATE_SITE_DIR", str(site))
    argv = [sys.executable, "-m", "celery", "--app", "syndicate.tasks", "worker", "-c", "1"]
    look_at = [sys.executable, "-m", "syndicate", "status", "--json"]
    found = None
    with (tmp_path / "log").open("wb") as log:
        worker = subprocess.Popen([*argv, "-n", "crew@here"], stdout=log, stderr=log)
    try:
        end = time.monotonic() + 60
        while not found and time.monotonic() < end:
            assert worker.poll() is None, (tmp_path / "log").read_text()
            told = subprocess.run(look_at, stdout=subprocess.PIPE, check=False).stdout
            services = {one["name"]: one for one in json.loads(told)["services"]}
            found = services["workers"]["fine"] and services["workers"]["said"]
    finally:
        worker.terminate()
        worker.wait(30)
    assert found == "1: crew@here"
