"""The life of an edition: cut by rules, approved, held, paused, cancelled, each by somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syndicate.delivery import outbox
from syndicate.delivery.model import MailingState
from syndicate.digests.model import Life
from syndicate.errors import NotFoundError, StateError
from syndicate.subscribers.model import Digest, Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from syndicate.app import App
    from tests.conftest import Clock

    Opens = Callable[[str], App]

TECH = Digest("daily", "tech")


@pytest.fixture
def opens(site: Path, open_app: Callable[[], App]) -> Opens:
    """The service with these settings more; its first sync, of nothing, is over."""
    common = (site / "syndicate.toml").read_text()

    def with_settings(text: str) -> App:
        (site / "syndicate.toml").write_text(common + text)
        app = open_app()
        app.sync()
        app.desk.tick()
        return app

    return with_settings


def cadence(rules: str) -> str:
    return f'[[cadences]]\nname = "daily"\ncron = "0 8 * * *"\n{rules}\n'


@pytest.fixture
def write(write_post: Callable[..., Path]) -> Callable[..., None]:
    """Writes posts of a category, numbered on."""
    written: list[int] = []

    def posts(count: int, day: str = "2026-11-20") -> None:
        for _ in range(count):
            written.append(len(written))
            write_post(f"post-{written[-1]:03}", "tech", day=day)

    return posts


@pytest.fixture
def next_day(clock: Clock) -> Callable[[App], list[int]]:
    """A day later: what its tick ordered."""

    def tick(app: App) -> list[int]:
        clock.advance(days=1)
        app.sync()
        return app.desk.tick()

    return tick


def test_too_few_posts_wait_for_company_and_then_go_together(
    opens: Opens, write: Callable[..., None], next_day: Callable[[App], list[int]]
) -> None:
    app = opens(cadence("minimum = 3"))
    write(2)
    assert next_day(app) == []
    assert app.pending.counts("daily") == {"tech": 2}
    write(1)
    (mailing,) = next_day(app)
    assert len(app.editions.get(app.ledger.get(mailing).editions[0]).posts) == 3


def test_nobody_waits_longer_than_he_must(
    opens: Opens, write: Callable[..., None], next_day: Callable[[App], list[int]]
) -> None:
    app = opens(cadence("minimum = 3\nwait = 2"))
    write(1)
    assert [len(next_day(app)) for _ in range(3)] == [0, 0, 1]


def test_what_is_over_is_carried_to_the_next_edition(
    opens: Opens, write: Callable[..., None], next_day: Callable[[App], list[int]]
) -> None:
    app = opens(cadence("maximum = 2"))
    write(5)
    sizes = []
    for _ in range(3):
        (mailing,) = next_day(app)
        sizes.append(len(app.editions.get(app.ledger.get(mailing).editions[0]).posts))
    assert sizes == [2, 2, 1]
    assert next_day(app) == []


def test_what_is_too_old_is_not_mailed_and_says_so(
    opens: Opens,
    write: Callable[..., None],
    next_day: Callable[[App], list[int]],
    syndicate: Callable[..., Result],
    site: Path,
) -> None:
    app = opens(cadence("oldest = 30"))
    write(1, day="2019-01-01")
    write(1)
    (mailing,) = next_day(app)
    assert len(app.editions.get(app.ledger.get(mailing).editions[0]).posts) == 1
    told = syndicate("posts", "explain", "_posts/2019-01-01-post-000.md", "--site", site).output
    assert "too old" in told
    assert "published more than 30 days" in told


def test_the_rules_of_one_digest_win_over_those_of_its_cadence(
    opens: Opens, write: Callable[..., None], next_day: Callable[[App], list[int]]
) -> None:
    app = opens(cadence("minimum = 3") + '[[digests]]\ncategory = "tech"\nminimum = 1\n')
    write(1)
    assert len(next_day(app)) == 1


def test_a_draft_goes_out_when_somebody_approves_it_and_not_before(
    opens: Opens, write: Callable[..., None], next_day: Callable[[App], list[int]]
) -> None:
    app = opens(cadence("approval = true"))
    write(1)
    assert next_day(app) == []
    assert app.sweep().plan == []
    (draft,) = app.editions.drafts()
    assert app.editions.get(draft).life is Life.DRAFT
    mailing = app.desk.approve(draft, "ann")
    assert app.sweep().plan == [mailing]
    assert app.editions.drafts() == []
    assert [(event.step, event.by) for event in app.editions.history(draft)] == [
        ("cut", "tick"),
        ("approved", "ann"),
    ]
    with pytest.raises(StateError):
        app.desk.approve(draft, "ann")


def test_an_edition_that_is_held_or_cancelled_stays(
    opens: Opens, write: Callable[..., None], next_day: Callable[[App], list[int]]
) -> None:
    app = opens(cadence("approval = true"))
    write(1)
    next_day(app)
    write(1)
    next_day(app)
    first, second = app.editions.drafts()
    app.desk.hold(first, "ann", "a typo")
    app.desk.cancel(second, "ann", "not needed")
    for edition, life in ((first, Life.HELD), (second, Life.CANCELLED)):
        assert app.editions.get(edition).life is life
        with pytest.raises(StateError):
            app.desk.order(edition)
    app.desk.approve(first, "ann")
    with pytest.raises(StateError, match="cancelled"):
        app.desk.approve(second, "ann")
    with pytest.raises(NotFoundError):
        app.desk.hold(99, "ann", "")


def test_a_paused_edition_stops_and_goes_on_where_it_stopped(
    app: App, write: Callable[..., None], sink: Path
) -> None:
    app.sync()
    write(1)
    app.sync()
    for number in range(4):
        reader = app.subscribers.add(f"reader{number}@reader.example", app.clock())
        app.subscribers.change(reader, [TECH], Status.ACTIVE, app.clock(), {"method": "test"})
    edition = app.desk.cut("daily", "tech")
    assert edition
    mailing = app.desk.order(edition.id)
    chunks = list(app.plan(mailing))
    app.desk.pause(edition.id, "ann", "a wrong figure")
    assert not any(app.deliver(mailing, chunk) for chunk in chunks)
    assert app.ledger.get(mailing).state is MailingState.PAUSED
    assert app.ledger.get(mailing).trouble == "paused by ann: a wrong figure"
    with pytest.raises(StateError):
        app.desk.pause(edition.id, "ann", "")
    app.desk.resume(edition.id, "ann")
    assert all(app.deliver(mailing, chunk) for chunk in chunks)
    done = app.ledger.get(mailing)
    assert (done.state, done.sent, done.trouble) == (MailingState.SENT, 4, "")
    assert len(outbox.messages(sink)) == 4
    with pytest.raises(StateError, match="sent"):
        app.desk.cancel(edition.id, "ann", "too late")


def test_a_skipped_post_is_not_mailed_until_it_is_queued_again(
    app: App, write: Callable[..., None], site: Path, syndicate: Callable[..., Result]
) -> None:
    app.sync()
    write(2)
    app.sync()
    source = "_posts/2026-11-20-post-000.md"
    result = syndicate(
        *("posts", "skip", source, "--cadence", "daily", "--why", "an error", "--site", site)
    )
    assert result.output == "Skipped in the daily digest of tech.\n"
    assert app.pending.counts("daily") == {"tech": 1}
    assert app.pending.counts("weekly") == {"tech": 2}
    told = syndicate("posts", "explain", source, "--site", site).output
    assert "an error, by " in told
    # A rewritten file doesn't bring it back.
    write_again = site / source
    write_again.write_text(write_again.read_text() + "\nMore.\n")
    app.sync()
    assert app.pending.counts("daily") == {"tech": 1}
    again = syndicate("posts", "skip", source, "--cadence", "daily", "--site", site)
    assert again.exit_code == 1
    assert "doesn't wait for any such digest" in again.stderr
    result = syndicate("posts", "requeue", source, "--site", site)
    assert result.output == "Waits for the daily digest of tech.\n"
    assert app.pending.counts("daily") == {"tech": 2}


def test_what_was_mailed_is_mailed_again_only_if_that_is_said(
    app: App, write: Callable[..., None]
) -> None:
    app.sync()
    write(1)
    app.sync()
    edition = app.desk.cut("daily", "tech")
    assert edition
    (post,) = edition.posts
    with pytest.raises(StateError, match="--again"):
        app.desk.requeue(TECH, post)
    app.desk.requeue(TECH, post, again=True)
    assert app.pending.counts("daily") == {"tech": 1}


def test_an_archive_may_be_mailed_after_all(app: App, write: Callable[..., None]) -> None:
    write(1)
    app.sync()
    assert app.pending.counts("daily") == {}
    (post,) = app.posts.arrivals("tech", 1)
    app.desk.requeue(TECH, post)
    assert app.pending.counts("daily") == {"tech": 1}


def test_the_commands_take_an_edition_through_its_life(
    opens: Opens, write: Callable[..., None], site: Path, syndicate: Callable[..., Result]
) -> None:
    app = opens(cadence("approval = true"))
    write(1)
    app.sync()
    edition = app.desk.cut("daily", "tech")
    assert edition

    def run(*words: object) -> str:
        result = syndicate("editions", *words, "--site", site)
        assert result.exit_code == 0, result.stderr
        return str(result.output)

    assert "draft" in run("list", "--drafts")
    assert run("hold", edition.id, "--why", "a typo") == f"Edition {edition.id} is held.\n"
    assert run("approve", edition.id) == f"Edition {edition.id} is approved.\n"
    assert run("pause", edition.id) == f"Edition {edition.id} is paused.\n"
    assert run("resume", edition.id) == f"Edition {edition.id} is resumed.\n"
    assert run("cancel", edition.id) == f"Edition {edition.id} is cancelled.\n"
    shown = run("show", edition.id)
    for step in ("cut", "held", "a typo", "approved", "paused", "resumed", "cancelled"):
        assert step in shown
    result = syndicate("editions", "resume", edition.id, "--site", site)
    assert result.exit_code == 1
    assert result.stderr == f"error: edition {edition.id} is cancelled; it can't be resumed\n"


def test_whoever_got_a_post_is_told_of_its_correction_once(
    app: App, write_post: Callable[..., Path]
) -> None:
    def cut_with(slug: str) -> tuple[str, ...]:
        write_post(slug, "tech")
        app.sync()
        edition = app.desk.cut("daily", "tech")
        assert edition
        return tuple(post.title for post in app.posts.get(edition.corrections).values())

    app.sync()
    assert cut_with("wrong") == ()
    write_post("waits", "tech", extra="correction: It was never wrong.\n")
    write_post("wrong", "tech", body="It is 12 %.", extra="correction: It said 21 %.\n")
    assert cut_with("two") == ("Wrong",)
    write_post("wrong", "tech", body="It is 12 %, really.", extra="correction: It said 21 %.\n")
    assert cut_with("three") == ()
