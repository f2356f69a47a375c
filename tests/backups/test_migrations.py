"""A migration can die anywhere and be repeated; and nobody works on a state that isn't his."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from syndicate.app import wall_clock
from syndicate.errors import BusyError, StoreError
from syndicate.store import schema
from syndicate.store.keys import SCHEMA
from syndicate.store.life import Life
from syndicate.store.locks import LONG_ENOUGH
from tests.backups.made_up import RECORDS, TARGET, fill, migrations
from tests.cli.conftest import told
from tests.cli.test_main import ALL, NEEDED, found
from tests.subscribers.test_erasure import contents

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from syndicate.store.client import Store

#: Before and after each write, and then none is left: that one ran through.
POINTS = 2 * (2 * len(RECORDS) + 1)
#: They look at no state, or say it in their own way.
WITHOUT_STATE = {
    *(("completion",), ("doctor",), ("feeds", "check"), ("init",), ("posts", "check")),
    *(("keys", step) for step in ("list", "rotate")),
    *(("templates", "eject"), ("outbox",)),
}
#: One has a site of its own, the other puts a state of ours in the place of that one.
ELSEWHERE = {("demo",), ("restore",)}


class _Death(BaseException):
    """A process ends, at once."""


def dying(last: int) -> Callable[[], None]:
    """Dies at a point of which so many come before."""
    points = iter(range(last))

    def point() -> None:
        if next(points, None) is None:
            raise _Death

    return point


def migrate(store: Store, point: Callable[[], None] = lambda: None) -> int:
    table = migrations(point)
    return schema.migrate(store, lambda _what, _done, _all: point(), table, TARGET)


def state(store: Store) -> list[object]:
    return sorted(contents(store), key=repr)


@pytest.fixture
def done(store: Store) -> list[object]:
    """The state as a migration leaves it that runs through."""
    fill(store)
    assert migrate(store) == TARGET - 1
    whole = state(store)
    for key in store.text.scan_iter(f"{store.keys.prefix}:*"):
        store.text.delete(key)
    return whole


def test_wherever_a_migration_dies_its_repetition_ends_it(store: Store, done: list[object]) -> None:
    for last in range(POINTS + POINTS // 2):
        fill(store)
        with pytest.raises(_Death):
            migrate(store, dying(last))
        migrate(store)
        assert state(store) == done


def test_one_that_dies_at_each_step_again_ends_all_the_same(
    store: Store, done: list[object]
) -> None:
    fill(store)
    for last in range(2 * POINTS):
        try:
            migrate(store, dying(last % 5))
        except _Death:
            continue
        break
    migrate(store)
    assert state(store) == done


def test_half_of_a_migration_is_of_no_program_but_the_one_that_knows_the_way(store: Store) -> None:
    fill(store)
    with pytest.raises(_Death):
        migrate(store, dying(1))
    assert schema.version(store, TARGET) == 1
    with pytest.raises(StoreError, match=r"has schema 2, this program knows 1; upgrade"):
        schema.require(schema.version(store), "redis.example")


def test_of_two_migrations_at_once_one_runs(store: Store) -> None:
    fill(store)

    def second(_what: str, _done: int, _all: int) -> None:
        with pytest.raises(BusyError, match="migrate is already running"):
            migrate(store)

    assert schema.migrate(store, second, migrations(lambda: None), TARGET) == TARGET - 1


@pytest.mark.slow
def test_a_migration_that_was_killed_is_ended_by_the_next(
    store: Store, redis_url: str, done: list[object]
) -> None:
    fill(store)
    argv = [sys.executable, "-m", "tests.backups.made_up", redis_url, store.keys.prefix, "3"]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "here\n"
        process.kill()
    # Nobody knows yet that it is dead.
    with pytest.raises(BusyError):
        migrate(store)
    with store.lock("migrate", LONG_ENOUGH):
        """Whoever waits gets it when that has become clear."""
    migrate(store)
    assert state(store) == done


def test_a_step_that_is_missing_is_said_and_nothing_is_done(store: Store) -> None:
    fill(store)
    before, table = state(store), migrations(lambda: None)
    del table[2]
    with pytest.raises(StoreError, match="no way leads from schema 2 to 4"):
        schema.migrate(store, lambda _what, _done, _all: None, table, TARGET)
    assert state(store) == before


def commands() -> list[tuple[str, ...]]:
    """Those that look at the state."""
    leaves = {path for path in ALL if not isinstance(found(path), click.Group)}
    return sorted(leaves - WITHOUT_STATE - ELSEWHERE)


@pytest.mark.slow
def test_every_command_refuses_a_newer_state_in_one_line(
    site: Path, store: Store, syndicate: Callable[..., Result], tmp_path: Path
) -> None:
    store.text.set(store.keys.schema, SCHEMA + 1)
    needed = NEEDED | {("backup",): [str(tmp_path / "new.backup")]}
    for path in commands():
        result = syndicate(*path, *needed.get(path, []), "--site", site)
        line = told(result)
        newer = f"has schema {SCHEMA + 1}, this program knows {SCHEMA}; upgrade syndicate"
        assert line.endswith(newer), path
        assert result.exit_code == 1
    assert not (tmp_path / "new.backup").exists()


@pytest.mark.slow
def test_an_older_state_can_be_backed_up_and_nothing_else(
    site: Path, store: Store, syndicate: Callable[..., Result], tmp_path: Path
) -> None:
    """Its error asks for a backup before it is migrated."""
    store.text.set(store.keys.schema, SCHEMA - 1)
    assert "take a `syndicate backup`" in told(syndicate("status", "--site", site))
    file = tmp_path / "old.backup"
    assert syndicate("backup", file, "--site", site).exit_code == 0
    assert f"schema {SCHEMA - 1}" in syndicate("restore", file, "--check").output


def test_nothing_is_migrated_while_somebody_is_at_work(
    site: Path, store: Store, syndicate: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "steps", lambda _found: [(0, migrations(lambda: None)[1])])
    store.text.set(store.keys.schema, SCHEMA - 1)
    Life(store, site / ".syndicate", wall_clock).require()
    assert "stop all of it" in told(syndicate("migrate", "--site", site))
    assert store.text.get(store.keys.schema) == str(SCHEMA - 1)
