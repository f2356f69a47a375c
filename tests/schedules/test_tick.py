"""A tick: what is due is cut and ordered, once, however many beats there are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from syndicate.subscribers.model import Digest, Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App
    from tests.conftest import Clock

#: The site is in Shanghai: its daily digest is due at midnight UTC.
DUE = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def waiting(app: App, clock: Clock, write_post: Callable[..., Path]) -> App:
    """A site that has ticked, and has had two posts since."""
    app.desk.tick()
    clock.advance(minutes=1)
    write_post("one", "tech")
    write_post("two", "tech", "money")
    app.sync(announce=True)
    return app


def test_the_first_tick_mails_nothing_and_begins_to_count(
    app: App, clock: Clock, write_post: Callable[..., Path]
) -> None:
    write_post("one", "tech")
    app.sync(announce=True)
    assert app.desk.tick() == []
    assert app.schedules.last("daily") == clock()
    assert app.schedules.last("weekly") == clock()


def test_before_its_slot_nothing_is_cut(waiting: App, clock: Clock) -> None:
    clock.now = DUE.replace(day=23, hour=23, minute=59, second=59)
    assert waiting.desk.tick() == []


def test_at_its_slot_each_category_with_posts_has_an_edition(waiting: App, clock: Clock) -> None:
    clock.now = DUE
    mailings = waiting.desk.tick()
    cut = [waiting.editions.get(waiting.ledger.get(m).editions[0]) for m in mailings]
    assert {edition.category: len(edition.posts) for edition in cut} == {"tech": 2, "money": 1}
    assert {(e.cadence, e.slot) for e in cut} == {("daily", "2026-11-24T00:00:00Z")}


def test_a_slot_is_run_once(waiting: App, clock: Clock, write_post: Callable[..., Path]) -> None:
    clock.now = DUE
    assert len(waiting.desk.tick()) == 2
    write_post("three", "tech")
    waiting.sync()
    for _ in range(3):
        clock.advance(minutes=1)
        assert waiting.desk.tick() == []


def test_what_came_after_a_slot_is_in_the_next(
    waiting: App, clock: Clock, write_post: Callable[..., Path]
) -> None:
    clock.now = DUE
    waiting.desk.tick()
    write_post("three", "tech")
    waiting.sync()
    clock.advance(days=1)
    (mailing,) = waiting.desk.tick()
    edition = waiting.editions.get(waiting.ledger.get(mailing).editions[0])
    assert (edition.category, edition.number, len(edition.posts)) == ("tech", 2, 1)


def test_with_nothing_pending_a_slot_passes_in_silence(app: App, clock: Clock) -> None:
    app.desk.tick()
    clock.now = DUE
    assert app.desk.tick() == []
    assert app.schedules.last("daily") == DUE


def test_two_beats_on_one_store_make_one_mailing_of_each_edition(
    waiting: App, open_app: Callable[[], App], clock: Clock
) -> None:
    apps = [waiting, *(open_app() for _ in range(3))]
    together = Barrier(len(apps))
    clock.now = DUE

    def tick(one: App) -> list[int]:
        together.wait()
        return one.desk.tick()

    with ThreadPoolExecutor(len(apps)) as pool:
        answers = list(pool.map(tick, apps))
    assert len({mailing for answer in answers for mailing in answer}) == 2
    assert len(waiting.ledger.active()) == 2


def test_a_beat_that_died_before_it_claimed_its_slot_has_cut_nothing_twice(
    waiting: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.now = DUE

    def die(*_: object, **__: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(waiting.schedules), "claim", die)
        with pytest.raises(KeyboardInterrupt):
            waiting.desk.tick()
    clock.advance(minutes=1)
    assert len(waiting.desk.tick()) <= 2
    assert len(waiting.ledger.active()) == 2


def test_a_slot_that_was_missed_runs_late_within_its_grace(waiting: App, clock: Clock) -> None:
    clock.now = DUE.replace(hour=6)
    assert len(waiting.desk.tick()) == 2


def test_a_slot_missed_for_longer_is_held_and_its_posts_wait(waiting: App, clock: Clock) -> None:
    clock.now = DUE.replace(hour=6, second=1)
    assert waiting.desk.tick() == []
    assert waiting.schedules.held("daily") == ["2026-11-24T00:00:00Z"]
    assert waiting.pending.counts("daily") == {"tech": 2, "money": 1}
    clock.now = DUE.replace(day=25)
    assert len(waiting.desk.tick()) == 2


def test_a_machine_that_slept_for_a_week_mails_nothing_by_itself(
    waiting: App, clock: Clock
) -> None:
    reader = waiting.subscribers.add("reader@mail.example", clock())
    waiting.subscribers.change(reader, [Digest("daily", "tech")], Status.ACTIVE, clock(), {})
    clock.advance(days=7)
    assert waiting.desk.tick() == []
    assert waiting.ledger.active() == []
    assert len(waiting.schedules.held("daily")) == 1
