"""A tick: what is due is cut and ordered, once, however many beats there are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from syndicate.delivery.model import MailingState
from syndicate.schedules.agenda import Pause
from syndicate.schedules.scope import EVERYTHING, Scope
from syndicate.schedules.timetable import Timetable
from syndicate.subscribers.model import Digest, Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App
    from tests.conftest import Clock

#: The site is in Shanghai: its daily digest is due at midnight UTC.
DUE = datetime(2026, 11, 24, tzinfo=UTC)
TECH = Scope("daily", "tech")


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
    assert app.desk.tick() == []
    assert [due.moment > clock() for due in app.schedules.agenda()] == [True, True]


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
    assert app.schedules.agenda()[0].moment == DUE.replace(day=25)


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
    assert [each.slot for each in waiting.schedules.held("daily")] == ["2026-11-24T00:00:00Z"]
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


def cut_by(app: App, mailings: list[int]) -> list[str]:
    editions = [app.ledger.get(mailing).editions[0] for mailing in mailings]
    return sorted(app.editions.get(edition).category for edition in editions)


def set_hour(app: App, scope: Scope, hour: int) -> None:
    table = app.desk.timetables.of(*scope)
    wanted = Timetable(f"0 {hour} * * *", table.zone, table.grace)
    app.desk.timetables.set(scope, wanted, "ann")


def test_a_category_goes_by_its_own_timetable_and_the_others_by_their_cadences(
    waiting: App, clock: Clock
) -> None:
    set_hour(waiting, TECH, 9)
    clock.now = DUE
    assert cut_by(waiting, waiting.desk.tick()) == ["money"]
    clock.advance(hours=1)
    assert cut_by(waiting, waiting.desk.tick()) == ["tech"]


def test_a_timetable_of_a_person_stands_until_he_takes_it_back(waiting: App, clock: Clock) -> None:
    set_hour(waiting, Scope("daily"), 9)
    waiting.desk.tick()
    assert waiting.desk.timetables.of("daily", "tech").cron == "0 9 * * *"
    waiting.desk.timetables.remove(Scope("daily"), "ann")
    clock.now = DUE
    assert len(waiting.desk.tick()) == 2
    assert [change.by for change in waiting.schedules.log()][:2] == ["ann", "ann"]


def test_a_skipped_slot_goes_out_with_the_next(waiting: App, clock: Clock) -> None:
    waiting.desk.timetables.skip(TECH, "ann")
    clock.now = DUE
    assert cut_by(waiting, waiting.desk.tick()) == ["money"]
    assert waiting.schedules.skips() == {}
    clock.advance(days=1)
    assert cut_by(waiting, waiting.desk.tick()) == ["tech"]


def test_what_is_to_go_out_once_does_so_once(waiting: App, clock: Clock) -> None:
    waiting.desk.timetables.once(TECH, DUE.replace(day=23, hour=10), "ann")
    clock.now = DUE.replace(day=23, hour=10)
    assert cut_by(waiting, waiting.desk.tick()) == ["tech"]
    assert waiting.desk.tick() == []


def test_what_is_paused_runs_once_after_the_resume_within_its_grace(
    waiting: App, clock: Clock
) -> None:
    waiting.desk.pauses.pause(Scope(category="tech"), "ann", "why")
    clock.now = DUE
    assert cut_by(waiting, waiting.desk.tick()) == ["money"]
    clock.advance(hours=2)
    assert waiting.desk.tick() == []
    waiting.desk.pauses.resume(Scope(category="tech"), "ann")
    assert cut_by(waiting, waiting.desk.tick()) == ["tech"]
    assert waiting.desk.tick() == []


def test_what_is_paused_for_longer_is_held_and_a_person_runs_it(waiting: App, clock: Clock) -> None:
    waiting.desk.pauses.pause(EVERYTHING, "ann", "why")
    clock.now = DUE
    assert waiting.desk.tick() == []
    clock.advance(hours=7)
    waiting.desk.pauses.resume(EVERYTHING, "ann")
    assert waiting.desk.tick() == []
    (held,) = waiting.schedules.held("daily")
    assert cut_by(waiting, waiting.desk.run_held(held, "ann")) == ["money", "tech"]
    assert waiting.schedules.held() == []


def test_a_resume_lets_go_on_what_its_pause_stopped_and_nothing_else(
    waiting: App, clock: Clock
) -> None:
    clock.now = DUE
    first, second = waiting.desk.tick()
    waiting.desk.pause(waiting.ledger.get(first).editions[0], "bob", "a typo")
    assert waiting.desk.pauses.pause(Scope("daily"), "ann", "why") == 1
    assert waiting.ledger.get(second).state is MailingState.PAUSED
    waiting.desk.pauses.pause(EVERYTHING, "ann", "why")
    waiting.desk.pauses.resume(Scope("daily"), "ann")
    assert waiting.ledger.get(second).state is MailingState.PAUSED
    waiting.desk.pauses.resume(EVERYTHING, "ann")
    assert waiting.ledger.get(second).state is MailingState.ORDERED
    assert waiting.ledger.get(first).state is MailingState.PAUSED


def test_what_is_ordered_during_a_pause_stops_before_it_is_planned(
    waiting: App, clock: Clock
) -> None:
    clock.now = DUE
    mailing = waiting.desk.tick()[0]
    waiting.desk.pauses._pauses.begin(Pause(EVERYTHING, "ann", clock(), "why"))
    assert list(waiting.plan(mailing)) == []
    assert waiting.ledger.get(mailing).state is MailingState.PAUSED


@pytest.mark.usefixtures("waiting")
def test_on_a_quiet_day_no_slot_runs_and_its_posts_go_into_the_next(
    site: Path, open_app: Callable[[], App], clock: Clock
) -> None:
    path = site / "syndicate.toml"
    rules = 'name = "daily"\ncron = "0 8 * * *"\nquiet = ["2026-11-24"]\n'
    path.write_text(f"{path.read_text()}\n[[cadences]]\n{rules}")
    app = open_app()
    clock.now = DUE
    assert app.desk.tick() == []
    assert app.schedules.held() == []
    clock.advance(days=1)
    assert len(app.desk.tick()) == 2


@pytest.mark.usefixtures("waiting")
def test_a_local_cadence_is_cut_when_its_hour_begins_for_the_first_reader(
    site: Path, open_app: Callable[[], App], clock: Clock
) -> None:
    path = site / "syndicate.toml"
    rules = 'name = "daily"\ncron = "0 8 * * *"\nlocal = true\n'
    path.write_text(f"{path.read_text()}\n[[cadences]]\n{rules}")
    app = open_app()
    app.subscribers.zones = lambda: ["Pacific/Kiritimati"]  # type: ignore[method-assign]  # UTC+14
    clock.now = DUE.replace(day=23, hour=17, minute=59)
    assert app.desk.tick() == []
    clock.now = DUE.replace(day=23, hour=18)
    assert len(app.desk.tick()) == 2
    clock.now = DUE
    assert app.desk.tick() == []
