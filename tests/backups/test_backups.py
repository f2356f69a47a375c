"""All state in one file and back; and nothing is sent by a state that was put back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syndicate.backups import unlocking
from syndicate.backups.backup import back_up, check, restore
from syndicate.errors import BackupError, LockedError, StateError
from syndicate.store import schema

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.app import App
    from tests.conftest import Clock


@pytest.mark.slow
def test_a_backup_brings_everything_back_and_locks_it(
    app: App, clock: Clock, tmp_path: Path
) -> None:
    app.store.text.hset(app.store.keys.categories, "tech", "{}")
    path = tmp_path / "one.backup"
    made = back_up(app.settings, app.store, path, clock())
    assert check(path) == made
    with pytest.raises(StateError, match="--replace"):
        restore(app.settings, app.store, path, clock)
    app.store.text.hset(app.store.keys.categories, "later", "{}")
    restore(app.settings, app.store, path, clock, replace=True)
    assert app.store.text.hgetall(app.store.keys.categories) == {"tech": "{}"}
    with pytest.raises(LockedError, match="restored from one"):
        app.tick()
    unlocking.unlock(app, unlocking.Since.RETRY, "ops", "a test")
    app.life.require()


@pytest.mark.slow
def test_a_file_that_was_cut_short_is_no_backup(app: App, clock: Clock, tmp_path: Path) -> None:
    path = tmp_path / "one.backup"
    back_up(app.settings, app.store, path, clock())
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BackupError):
        check(path)


def test_a_restarted_redis_is_vouched_for_by_who_was_in_touch(app: App) -> None:
    app.life.require()
    app.store.text.hset(app.store.keys.state, "run", "another")
    app.life.require()
    assert app.life.known().run == app.life.known().server


def test_who_unlocks_it_vouches_for_it(app: App) -> None:
    app.life.lock("a test")
    app.life.unlock()
    app.store.text.hset(app.store.keys.state, "run", "another")
    app.life.require()


def test_another_machine_does_not_vouch_for_a_restarted_redis(app: App, site: Path) -> None:
    app.life.require()
    (site / ".syndicate" / "life.json").unlink()
    app.life.require()
    app.store.text.hset(app.store.keys.state, "run", "another")
    (site / ".syndicate" / "life.json").unlink()
    with pytest.raises(LockedError, match="restarted or copied"):
        app.life.require()


def test_an_older_state_than_this_machine_knows_sends_nothing(app: App, clock: Clock) -> None:
    for _ in range(3):
        app.life.require()
        clock.advance(minutes=1)
    app.store.text.hset(app.store.keys.state, "beat", "0")
    with pytest.raises(LockedError, match="older state"):
        app.life.require()


def test_a_migration_that_died_goes_on_from_its_last_whole_step(app: App) -> None:
    store, done = app.store, []
    store.text.set(store.keys.schema, "1")
    step = schema.Migration("one", lambda _store: iter([(1, 1)]))
    table = {1: step, 2: step}
    store.text.set(store.keys.schema, "2")
    assert schema.migrate(store, lambda *told: done.append(told), table, 3) == 1
    assert store.text.get(store.keys.schema) == "3"
