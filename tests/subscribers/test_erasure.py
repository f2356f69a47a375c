"""What is kept of a person is told to him, ends with time, and is gone when he says so."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
import structlog.testing

from syndicate.delivery import outbox
from syndicate.errors import NotFoundError, StoreError
from syndicate.store import aof, client, embedded
from syndicate.subscribers import changes
from syndicate.subscribers.model import Digest, Reason, Status, Suppression
from syndicate.subscribers.moves import Moves
from syndicate.subscribers.signups import SignUp, Signups
from syndicate.subscribers.store import SubscriberStore
from syndicate.subscribers.waking import wake
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from syndicate.app import App
    from syndicate.store.client import Store
    from tests.conftest import Clock

HOW = {"method": "test"}
TECH, MONEY = Digest("daily", "tech"), Digest("weekly", "money")
WANDA = "Wanda@mail.example"


@pytest.fixture
def wanda(app: App) -> int:
    made = app.subscribers.add(WANDA, app.clock())
    app.subscribers.change(made, [TECH, MONEY], Status.ACTIVE, app.clock(), {"ip": "192.0.2.7"})
    return made


def contents(store: Store) -> Iterator[object]:
    """All that a site has in Redis: every key with all that it holds."""
    readers: dict[str, Callable[[str], object]] = {
        "string": store.raw.get,
        "hash": store.raw.hgetall,
        "set": store.raw.smembers,
        "list": lambda key: store.raw.lrange(key, 0, -1),
        "zset": lambda key: store.raw.zrange(key, 0, -1),
    }
    for key in map(str, store.text.scan_iter(f"{store.keys.prefix}:*")):
        yield [key, repr(readers[str(store.text.type(key))](key))]


# Erasing


def test_whoever_is_erased_is_in_nothing_but_a_hash(app: App, wanda: int) -> None:
    Moves(app.store).ask(wanda, "wanda@new.example", app.clock())
    Signups(app.store).put(SignUp(address="wanda@MAIL.example", digests=(TECH,), at=app.clock()))
    why = Suppression(Reason.HARD_BOUNCE, "550", NOW)
    app.suppressions.add("wanda@mail.example", why, NOW, HOW)
    app.erasure.erase(wanda, HOW)
    everything = json.dumps(list(contents(app.store)), ensure_ascii=False).lower()
    assert "mail.example" not in everything
    assert "new.example" not in everything
    assert "192.0.2.7" not in everything
    ((entry, said),) = app.suppressions.all()
    assert entry.startswith("#")
    assert said == Suppression(Reason.ERASED, "test", NOW)
    assert app.subscribers.audience(TECH) == 0
    with pytest.raises(NotFoundError, match="no subscriber with id"):
        app.erasure.erase(wanda, HOW)


def test_an_erasure_that_was_broken_off_is_ended_by_a_repetition(
    app: App, wanda: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(app.subscribers, "alter", break_off)
    with pytest.raises(KeyboardInterrupt):
        app.erasure.erase(wanda, HOW)
    monkeypatch.undo()
    assert app.subscribers.get([wanda])
    app.erasure.erase(wanda, HOW)
    assert app.subscribers.get([wanda]) == []


def test_the_captured_mail_of_the_erased_goes_and_that_of_others_stays(
    app: App, wanda: int, tmp_path: Path
) -> None:
    folder = app.settings.state_folder / outbox.FOLDER / "new"
    folder.mkdir(parents=True)
    head = "Return-Path: <news@blog.example>\r\nDelivered-To: {}\r\n\r\n"
    for number, who in enumerate(["wanda@mail.example", WANDA, "awanda@mail.example", "b@c.d"]):
        (folder / str(number)).write_bytes(head.format(who).encode())
    app.erasure.erase(wanda, HOW)
    assert sorted(path.name for path in folder.iterdir()) == ["2", "3"]
    assert outbox.forget(tmp_path / "none", WANDA) == 0


# Telling


def test_all_that_is_kept_of_a_person_is_told_as_json_has_it(app: App, wanda: int) -> None:
    now, later = app.clock(), app.clock() + timedelta(days=3)
    alter = partial(app.subscribers.alter, wanda, now=now, how=HOW)
    alter(change=lambda one: changes.describe(one, name="旺达", fields={"city": "上海"}))
    alter(change=lambda one: changes.leave(one, [MONEY], now))
    alter(change=lambda one: changes.choose_together(one, "daily", ["tech"]))
    alter(change=lambda one: changes.pause(one, later))
    (one,) = app.subscribers.get([wanda])
    found = app.erasure.record_of(one)
    assert json.loads(json.dumps(found)) == {
        "id": wanda,
        "address": WANDA,
        "status": "active",
        "created_at": now.isoformat(),
        "name": "旺达",
        "language": "",
        "zone": "",
        "fields": {"city": "上海"},
        "subscriptions": [
            {
                "cadence": "daily",
                "category": "tech",
                "state": "active",
                "since": now.isoformat(),
            },
            {
                "cadence": "weekly",
                "category": "money",
                "state": "left",
                "since": now.isoformat(),
            },
        ],
        "together": {"daily": ["tech"]},
        "paused_until": later.isoformat(),
        "suppression": None,
        "consents": [
            {
                "at": now.isoformat(),
                "active": ["daily:tech", "weekly:money"],
                "how": {"ip": "192.0.2.7"},
            },
            {"at": now.isoformat(), "told": ["name", "fields"], "how": HOW},
            {"at": now.isoformat(), "left": ["weekly:money"], "how": HOW},
            {"at": now.isoformat(), "told": ["together"], "how": HOW},
            {"at": now.isoformat(), "told": ["paused_until"], "how": HOW},
        ],
    }


def test_why_somebody_is_suppressed_is_told_too(app: App, wanda: int) -> None:
    why = Suppression(Reason.COMPLAINT, "a report", NOW)
    app.suppressions.add("wanda@mail.example", why, NOW, HOW)
    (one,) = app.subscribers.get([wanda])
    assert app.erasure.record_of(one)["suppression"] == {
        "reason": "complaint",
        "source": "a report",
        "at": NOW.isoformat(),
    }


# Time


def test_the_sweep_ends_pauses_and_forgets_who_never_confirmed(
    app: App, wanda: int, clock: Clock
) -> None:
    app.subscribers.alter(wanda, lambda one: changes.pause(one, NOW + timedelta(days=7)), NOW, HOW)
    asked = app.subscribers.add("bob@mail.example", NOW)
    app.subscribers.change(asked, [TECH], Status.PENDING, NOW, HOW)
    clock.advance(days=6, hours=23)
    app.sweep()
    assert app.subscribers.get([asked])
    assert app.subscribers.audience(TECH) == 0
    clock.advance(hours=1)
    app.sweep()
    assert app.subscribers.get([asked]) == []
    assert app.subscribers.audience(TECH) == 1
    assert app.subscribers.consents(wanda)[-1] == {
        "at": clock(),
        "told": ["paused_until"],
        "how": {"method": "time"},
    }
    assert list(app.suppressions.all()) == []


def test_whoever_is_gone_when_he_should_wake_is_passed_over(store: Store) -> None:
    subscribers = SubscriberStore(store)
    store.text.zadd(store.keys.wakes, {"12": 1})
    assert wake(subscribers, NOW) == 0


# The append-only file


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[Store]:
    """A server whose append-only file is this test's own."""
    folder = tmp_path / "own"
    with embedded.EmbeddedServer(folder):
        found = client.connect(embedded.url_of(folder), "own")
        # So that its bytes can be read.
        found.text.config_set("aof-use-rdb-preamble", "no")
        yield found
        found.close()


def erased(store: Store, address: str = WANDA) -> None:
    subscribers = SubscriberStore(store)
    made = subscribers.add(address, NOW)
    subscribers.alter(made, lambda _one: None, NOW, HOW, {"#1f": "{}"})


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def look(store: Store, after: timedelta) -> aof.Rewrite:
    return aof.rewrite(store, NOW + after)


def until_done(store: Store, after: timedelta) -> None:
    """Redis rewrites in a process of its own: only looking again tells when it is done."""
    end = time.monotonic() + 60
    while (found := look(store, after)) is not aof.Rewrite.DONE:
        assert found is aof.Rewrite.BEGUN
        assert time.monotonic() < end
        time.sleep(0.02)


MINUTES = timedelta(minutes=5)


@pytest.mark.slow
def test_the_append_only_file_forgets_the_erased_within_minutes(
    own_redis: Store, tmp_path: Path
) -> None:
    erased(own_redis)
    assert b"wanda@mail.example" in on_disk(tmp_path / "own").lower()
    assert look(own_redis, MINUTES / 2) is aof.Rewrite.NOT_DUE
    assert look(own_redis, MINUTES) is aof.Rewrite.BEGUN
    until_done(own_redis, MINUTES)
    assert b"wanda@mail.example" not in on_disk(tmp_path / "own").lower()
    assert look(own_redis, 3 * MINUTES) is aof.Rewrite.NOT_DUE


@pytest.mark.slow
def test_many_who_are_erased_cost_one_rewrite(own_redis: Store) -> None:
    for number in range(20):
        erased(own_redis, f"reader{number}@mail.example")
    assert look(own_redis, MINUTES) is aof.Rewrite.BEGUN
    until_done(own_redis, MINUTES)
    assert look(own_redis, 3 * MINUTES) is aof.Rewrite.NOT_DUE


def test_whoever_never_confirmed_is_out_of_the_file_within_a_day(own_redis: Store) -> None:
    subscribers = SubscriberStore(own_redis)
    made = subscribers.add(WANDA, NOW)
    subscribers.alter(made, lambda _one: None, NOW, HOW)
    assert look(own_redis, timedelta(hours=23)) is aof.Rewrite.NOT_DUE
    assert look(own_redis, timedelta(days=1)) is aof.Rewrite.BEGUN


@pytest.mark.slow
def test_a_rewrite_that_failed_or_was_cut_off_by_a_restart_is_begun_again(
    own_redis: Store,
) -> None:
    erased(own_redis)
    assert look(own_redis, MINUTES) is aof.Rewrite.BEGUN
    until_done(own_redis, MINUTES)
    erased(own_redis)
    # As it would stand if another Redis had begun, and was restarted.
    own_redis.text.delete(own_redis.keys.erased)
    own_redis.text.set(own_redis.keys.rewriting, "another run")
    with pytest.raises(StoreError, match="couldn't rewrite its append-only file"):
        look(own_redis, MINUTES)
    until_done(own_redis, MINUTES)


def test_where_redis_may_not_rewrite_it_is_said_once(own_redis: Store, tmp_path: Path) -> None:
    own_redis.text.acl_setuser(
        "app", enabled=True, passwords=["+secret"], keys=["*"], commands=["+@all", "-bgrewriteaof"]
    )
    path = embedded.socket_path(tmp_path / "own")
    limited = client.connect(f"unix://app:secret@{path}", "own")
    erased(limited)
    with pytest.raises(StoreError, match=r"allow \+info \+bgrewriteaof, or run BGREWRITEAOF"):
        look(limited, MINUTES)
    assert look(limited, 3 * MINUTES) is aof.Rewrite.NOT_DUE
    limited.close()


def test_where_nothing_is_on_disk_there_is_nothing_to_do(own_redis: Store) -> None:
    erased(own_redis)
    own_redis.text.config_set("appendonly", "no")
    assert look(own_redis, MINUTES) is aof.Rewrite.DONE
    assert look(own_redis, MINUTES) is aof.Rewrite.NOT_DUE


def test_one_process_at_a_time_looks_after_it(app: App) -> None:
    erased(app.store)
    with app.store.lock("rewrite"):
        # A sweep leaves it to the other.
        app.sweep()
    assert app.store.text.exists(app.store.keys.erased)


def test_a_redis_that_may_not_rewrite_keeps_the_sweep_from_nothing_else(
    app: App, wanda: int, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> aof.Rewrite:
        raise StoreError("Redis may not")

    monkeypatch.setattr("syndicate.people.erasure.aof.rewrite", refuse)
    app.subscribers.alter(wanda, lambda one: changes.pause(one, NOW), NOW, HOW)
    clock.advance(minutes=1)
    with structlog.testing.capture_logs() as said:
        app.sweep()
    assert {"error": "Redis may not", "event": "append-only file", "log_level": "error"} in said
    assert app.subscribers.audience(TECH) == 1
