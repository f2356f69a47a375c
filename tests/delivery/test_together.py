"""All in one: each reader each edition of his exactly once, in one message if he wants that."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from itertools import chain
from typing import TYPE_CHECKING

import lxml.html
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicate.app import App
from syndicate.delivery.model import MailingState
from syndicate.digests.model import Life
from syndicate.errors import StateError
from syndicate.schedules.scope import Scope
from syndicate.settings import load
from syndicate.store import client
from syndicate.subscribers.model import Digest, Status
from tests.conftest import Clock, on_a_machine_of_its_own

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from email.message import EmailMessage
    from pathlib import Path

    from tests.delivery.conftest import FaultyRelay

CATEGORIES = ("tech", "money", "travel")


def digest(category: str) -> Digest:
    return Digest("daily", category)


def join(app: App, name: str, *categories: str, together: Sequence[str] | None = None) -> int:
    """A reader of these categories; `together`: of all in one, with those first."""
    number = app.subscribers.add(f"{name}@y.example", app.clock())
    change(app, number, Status.ACTIVE, *categories)
    if together is not None:
        app.subscribers.choose_together(number, "daily", together, app.clock(), {})
    return number


def change(app: App, reader: int, state: Status, *categories: str) -> None:
    app.subscribers.change(reader, map(digest, categories), state, app.clock(), {"method": "test"})


@pytest.fixture
def due(app: App, write_post: Callable[..., Path], clock: Clock) -> App:
    """A site with a post in each category, a minute after its daily slot."""
    app.sync()
    app.desk.tick()
    for category in CATEGORIES:
        write_post(f"about-{category}", category)
    app.sync()
    clock.advance(hours=23)
    return app


def work(app: App) -> None:
    """What workers do until nothing is due."""
    while (found := app.sweep()).plan or found.deliver:
        for mailing in found.plan:
            list(app.plan(mailing))
        for mailing, chunk in found.deliver:
            app.deliver(mailing, chunk)


def edition_of(app: App, category: str) -> int:
    (post,) = app.posts.arrivals(category, 1)
    edition = app.editions.edition_of("daily", category, post)
    assert edition
    return edition


def parsed(relay: FaultyRelay, name: str) -> list[EmailMessage]:
    return [
        message_from_bytes(message, policy=default)
        for recipient, message in relay.taken
        if recipient == f"{name}@y.example"
    ]


def html(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part
    return str(part.get_content())


def shown(message: EmailMessage) -> list[str]:
    """The categories whose post is in a message, in their order."""
    titles = [
        "".join(str(text) for text in heading.itertext()).strip()
        for heading in lxml.html.document_fromstring(html(message)).iter("h2")
        if "post-title" in heading.get("class", "")
    ]
    return [title.removeprefix("About-").lower() for title in titles]


def tick_and_die(due: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tick that cuts what is due, and dies before it orders it."""

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(type(due.ledger), "order_slot", die)
        with pytest.raises(Killed):
            due.desk.tick()


def got(relay: FaultyRelay, name: str) -> list[list[str]]:
    """What each message to somebody has, the messages in no order."""
    return sorted(map(shown, parsed(relay, name)))


# What they get


def test_who_wants_it_gets_all_in_one_and_the_others_each_by_itself(
    due: App, relay: FaultyRelay
) -> None:
    join(due, "ann", "tech", "money", together=())
    join(due, "bob", "tech", "money")
    join(due, "eve", "travel", together=())
    join(due, "joe", together=())
    due.desk.tick()
    work(due)
    assert got(relay, "ann") == [["money", "tech"]]
    assert got(relay, "bob") == [["money"], ["tech"]]
    assert got(relay, "eve") == [["travel"]]
    assert got(relay, "joe") == []
    assert due.ledger.active() == []


def test_a_cadences_own_templates_make_its_mails_one_by_one_and_all_in_one(
    due: App, open_app: Callable[[], App], relay: FaultyRelay, site: Path
) -> None:
    join(due, "ann", "tech", "money", together=())
    join(due, "bob", "tech")
    due.desk.tick()
    with (site / "syndicate.toml").open("a") as file:
        file.write('\n[[digests]]\ncadence = "daily"\ntemplate = "weekly"\n')
    for mail in ("digest", "together"):
        folder = site / "templates" / "weekly" / mail
        folder.mkdir(parents=True)
        (folder / "subject.txt").write_text(f"Ours of {mail}")
    work(open_app())
    assert [message["Subject"] for message in parsed(relay, "ann")] == ["Ours of together"]
    assert [message["Subject"] for message in parsed(relay, "bob")] == ["Ours of digest"]


def test_nobody_who_wants_it_no_such_mailing(due: App) -> None:
    join(due, "bob", "tech")
    mailings = [due.ledger.get(mailing) for mailing in due.desk.tick()]
    assert not [mailing for mailing in mailings if mailing.together]
    assert len(mailings) == 3


def test_another_cadence_is_another_choice(due: App, relay: FaultyRelay) -> None:
    reader = join(due, "ann", "tech", "money")
    due.subscribers.choose_together(reader, "weekly", (), due.clock(), {})
    due.desk.tick()
    work(due)
    assert got(relay, "ann") == [["money"], ["tech"]]


def test_his_first_categories_come_first(due: App, relay: FaultyRelay) -> None:
    join(due, "ann", *CATEGORIES, together=["travel", "tech"])
    join(due, "bob", *CATEGORIES, together=[])
    due.desk.tick()
    work(due)
    assert got(relay, "ann") == [["travel", "tech", "money"]]
    assert got(relay, "bob") == [["money", "tech", "travel"]]


def test_the_order_of_the_settings_is_that_of_a_mail(
    site: Path, due: App, open_app: Callable[[], App], relay: FaultyRelay
) -> None:
    with (site / "syndicate.toml").open("a") as file:
        file.write('\n[[categories]]\nname = "travel"\n[[categories]]\nname = "money"\n')
    join(due, "ann", *CATEGORIES, together=())
    app = open_app()
    app.desk.tick()
    work(app)
    assert got(relay, "ann") == [["travel", "money", "tech"]]


def test_a_mail_of_all_in_one_has_a_list_and_a_subject_of_its_own(
    due: App, relay: FaultyRelay
) -> None:
    join(due, "ann", "tech", "money", together=())
    due.desk.tick()
    work(due)
    (message,) = parsed(relay, "ann")
    assert message["List-Id"].endswith("<daily-all.blog.example>")
    assert re.fullmatch(r"mailing\d+:daily:together:syndicate", message["Feedback-ID"])
    assert message["Subject"] == "Lanjiang · daily: About-Money · About-Tech"
    assert "/editions/" in html(message)


# Exactly once


def test_choosing_after_the_order_neither_loses_nor_repeats_an_edition(
    due: App, relay: FaultyRelay
) -> None:
    ann = join(due, "ann", "tech", "money", together=())
    bob = join(due, "bob", "tech", "money")
    mailings = due.desk.tick()
    due.subscribers.choose_together(ann, "daily", None, due.clock(), {})
    due.subscribers.choose_together(bob, "daily", (), due.clock(), {})
    for mailing in reversed(mailings):
        list(due.plan(mailing))
        due.subscribers.choose_together(ann, "daily", (), due.clock(), {})
        due.subscribers.choose_together(bob, "daily", None, due.clock(), {})
    work(due)
    assert got(relay, "ann") == [["money", "tech"]]
    assert got(relay, "bob") == [["money"], ["tech"]]


class Killed(BaseException):
    """Nothing catches it: the process is gone."""


@pytest.mark.parametrize(
    "death", list(itertools.product(["cut", "order_slot", "claim"], [0, 1, 2], [False, True]))
)
def test_a_tick_that_dies_anywhere_loses_and_repeats_nothing(
    due: App,
    open_app: Callable[[], App],
    relay: FaultyRelay,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    death: tuple[str, int, bool],
) -> None:
    """It dies before or after one of these, having done it so often."""
    step, times, after = death
    ann = join(due, "ann", *CATEGORIES, together=())
    join(due, "bob", *CATEGORIES)
    owner = {"cut": due.editions, "order_slot": due.ledger, "claim": due.schedules}[step]
    real, calls = getattr(type(owner), step), Counter[str]()

    def dying(*args: object, **kwargs: object) -> object:
        calls[step] += 1
        if calls[step] <= times:
            return real(*args, **kwargs)
        if after:
            real(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(type(owner), step, dying)
        try:
            due.desk.tick()
        except Killed:
            # Its lock runs out by itself.
            due.store.text.delete(due.store.keys.lock("tick"))
    other = open_app()
    # Between the two, other workers sweep and readers choose.
    work(other)
    other.subscribers.choose_together(ann, "daily", None, clock(), {})
    clock.advance(minutes=1)
    other.desk.tick()
    work(other)
    for name in ("ann", "bob"):
        assert sorted(chain.from_iterable(got(relay, name))) == sorted(CATEGORIES)
    assert other.editions.without_mailing() == []


def test_what_a_tick_left_is_not_swept_before_its_slot_is_claimed(
    due: App, open_app: Callable[[], App], relay: FaultyRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(due, "ann", *CATEGORIES, together=())
    tick_and_die(due, monkeypatch)
    other = open_app()
    work(other)
    assert relay.taken == []
    other.desk.tick()
    work(other)
    assert got(relay, "ann") == [["money", "tech", "travel"]]


def test_what_was_never_ordered_for_a_slot_long_gone_is_ordered_by_the_sweep(
    due: App, open_app: Callable[[], App], relay: FaultyRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(due, "ann", *CATEGORIES, together=())
    with monkeypatch.context() as patch:
        patch.setattr(type(due.ledger), "order_slot", lambda *_: [])
        due.desk.tick()
    work(open_app())
    assert got(relay, "ann") == [["money", "tech", "travel"]]


def test_what_a_dead_tick_left_is_held_once_its_grace_is_over(
    due: App, relay: FaultyRelay, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(due, "ann", *CATEGORIES, together=())
    tick_and_die(due, monkeypatch)
    clock.advance(hours=6)
    due.desk.tick()
    work(due)
    assert relay.taken == []
    tech = edition_of(due, "tech")
    assert due.editions.get(tech).life is Life.HELD
    assert [event.why for event in due.editions.history(tech)] == ["", "its slot was missed"]
    due.desk.approve(tech, "ann")
    work(due)
    assert got(relay, "ann") == [["tech"]]


def test_a_slot_that_is_run_after_all_brings_what_its_dead_tick_cut_but_not_what_a_person_held(
    due: App, relay: FaultyRelay, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(due, "ann", *CATEGORIES, together=())
    tick_and_die(due, monkeypatch)
    due.desk.hold(edition_of(due, "money"), "bob", "a typo")
    clock.advance(hours=6)
    due.desk.tick()
    (held,) = due.schedules.held("daily")
    due.desk.run_held(held, "ann")
    work(due)
    assert got(relay, "ann") == [["tech", "travel"]]


def test_what_a_dead_tick_left_has_the_grace_of_its_timetable_and_not_of_the_settings(
    due: App, relay: FaultyRelay, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(due, "ann", *CATEGORIES, together=())
    usual = due.desk.timetables.of("daily")
    due.desk.timetables.set(Scope("daily"), replace(usual, grace=48), "ann")
    tick_and_die(due, monkeypatch)
    clock.advance(hours=6)
    due.desk.tick()
    work(due)
    assert got(relay, "ann") == [["money", "tech", "travel"]]


def test_a_draft_that_is_approved_later_goes_to_all_by_itself(
    site: Path, due: App, open_app: Callable[[], App], relay: FaultyRelay
) -> None:
    with (site / "syndicate.toml").open("a") as file:
        file.write('\n[[digests]]\ncategory = "money"\napproval = true\n')
    join(due, "ann", *CATEGORIES, together=())
    app = open_app()
    app.desk.tick()
    work(app)
    (draft,) = app.editions.drafts()
    app.desk.approve(draft, "ann")
    work(app)
    assert got(relay, "ann") == [["money"], ["tech", "travel"]]


def test_an_edition_cut_by_hand_goes_to_all_by_itself(due: App, relay: FaultyRelay) -> None:
    join(due, "ann", *CATEGORIES, together=())
    due.desk.cut("daily", "money")
    work(due)
    due.desk.tick()
    work(due)
    assert got(relay, "ann") == [["money"], ["tech", "travel"]]


READER = st.tuples(st.sets(st.sampled_from(CATEGORIES)), st.booleans())


@pytest.mark.slow
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(readers=st.lists(READER, min_size=1, max_size=5), toggled=st.sets(st.integers(0, 4)))
def test_whoever_wants_what_gets_each_of_his_editions_once(
    due: App,
    redis_url: str,
    site: Path,
    relay: FaultyRelay,
    readers: list[tuple[set[str], bool]],
    toggled: set[int],
) -> None:
    # A site of its own for each example.
    example, _ = due.store.count("examples", 3600)
    store = client.connect(redis_url, f"{due.store.keys.prefix}-{example}")
    clock = Clock(due.clock())
    app = App(on_a_machine_of_its_own(load(site), f"state-{example}"), store, clock)
    app.sync(announce=True)
    app.desk.tick()
    clock.advance(days=1)
    relay.taken.clear()
    for number, (categories, together) in enumerate(readers):
        join(app, f"r{number}", *categories, together=() if together else None)
    mailings = app.desk.tick()
    for place, mailing in enumerate(mailings):
        list(app.plan(mailing))
        if place in toggled:
            for number, (_, together) in enumerate(readers):
                first = None if together else ()
                app.subscribers.choose_together(number + 1, "daily", first, clock(), {})
    work(app)
    store.close()
    for number, (categories, together) in enumerate(readers):
        messages = got(relay, f"r{number}")
        assert sorted(chain.from_iterable(messages)) == sorted(categories)
        assert len(messages) == (min(1, len(categories)) if together else len(categories))


# Leaving, and what goes on meanwhile


def test_who_leaves_one_category_on_the_way_gets_the_others(due: App, relay: FaultyRelay) -> None:
    join(due, "aaa", "tech", together=())
    ann = join(due, "ann", *CATEGORIES, together=())
    eve = join(due, "eve", "travel", together=())
    ordered = due.desk.tick()

    def leave(recipient: str) -> None:
        if recipient.startswith("aaa"):
            change(due, ann, Status.LEFT, "money")
            change(due, eve, Status.LEFT, "travel")

    relay.at_dot = leave
    work(due)
    assert got(relay, "ann") == [["tech", "travel"]]
    assert got(relay, "eve") == []
    assert due.ledger.active() == []
    (mailing,) = [found for found in map(due.ledger.get, ordered) if found.together]
    assert (mailing.sent, mailing.skipped, mailing.open) == (2, 1, 0)


def test_who_joins_a_category_on_the_way_and_leaves_another_gets_what_he_has_now(
    due: App, relay: FaultyRelay
) -> None:
    join(due, "aaa", "tech", together=())
    ann = join(due, "ann", "money", together=())
    due.desk.tick()

    def swap(recipient: str) -> None:
        if recipient.startswith("aaa"):
            change(due, ann, Status.ACTIVE, "travel")
            change(due, ann, Status.LEFT, "money")

    relay.at_dot = swap
    work(due)
    assert got(relay, "ann") == [["travel"]]


def test_an_uncertain_message_goes_out_again_with_the_same_bytes_whatever_he_joined(
    due: App, open_app: Callable[[], App], relay: FaultyRelay, clock: Clock
) -> None:
    ann = join(due, "ann", "money", together=())
    due.desk.tick()
    relay.answer = lambda verb, _argument: "drop after taking" if verb == "DOT" else None
    work(due)
    relay.answer = lambda _verb, _argument: None
    change(due, ann, Status.ACTIVE, "tech")
    due.subscribers.choose_together(ann, "daily", ["tech"], clock(), {})
    clock.advance(seconds=6)
    other = open_app()
    work(other)
    first, second = [message for _, message in relay.taken]
    assert first == second
    assert other.ledger.active() == []


def test_an_uncertain_message_goes_out_without_what_he_has_left(
    due: App, relay: FaultyRelay, clock: Clock
) -> None:
    ann = join(due, "ann", "money", "tech", together=())
    due.desk.tick()
    relay.answer = lambda verb, _argument: "drop after taking" if verb == "DOT" else None
    work(due)
    relay.answer = lambda _verb, _argument: None
    change(due, ann, Status.LEFT, "money")
    clock.advance(seconds=6)
    work(due)
    assert got(relay, "ann") == [["money", "tech"], ["tech"]]


def test_what_is_noted_of_a_message_is_gone_when_it_has_arrived(
    due: App, relay: FaultyRelay
) -> None:
    join(due, "ann", *CATEGORIES, together=())
    noted: list[object] = []
    mailing = next(m for m in due.desk.tick() if due.ledger.get(m).together)
    variants = due.store.keys.part(mailing, "variants")
    relay.at_dot = lambda _recipient: noted.append(due.store.text.hgetall(variants))
    work(due)
    assert len(relay.taken) == len(noted) == 1
    assert noted[0]
    assert not due.store.text.exists(variants)


def test_a_post_corrected_between_two_messages_reads_the_same_in_both(
    due: App, open_app: Callable[[], App], relay: FaultyRelay, write_post: Callable[..., Path]
) -> None:
    join(due, "ann", "tech", together=())
    join(due, "bob", "tech", together=())
    due.desk.tick()
    other = open_app()

    def correct(_recipient: str) -> None:
        if len(relay.taken) == 1:
            write_post("about-tech", "tech", body="Corrected.")
            other.sync()
            # A worker that has composed nothing yet takes the rest.
            due.desk.pause(1, "ann", "")
            other.desk.resume(1, "ann")

    relay.at_dot = correct
    work(due)
    work(open_app())
    ann, bob = parsed(relay, "ann")[0], parsed(relay, "bob")[0]
    assert "Corrected." not in html(ann) + html(bob)
    own = re.compile(r"/(?:u|preferences)/[\w-]+")
    assert own.sub("", html(ann)) == own.sub("", html(bob))


def test_a_cancelled_edition_is_left_out_and_the_others_go_on(due: App, relay: FaultyRelay) -> None:
    join(due, "ann", "tech", "money", together=())
    join(due, "bob", "tech", "money")
    join(due, "eve", "money", together=())
    due.desk.tick()
    money = edition_of(due, "money")
    due.desk.cancel(money, "ann", "a wrong figure")
    with pytest.raises(StateError, match="cancelled"):
        due.desk.cancel(money, "ann", "again")
    work(due)
    assert got(relay, "ann") == got(relay, "bob") == [["tech"]]
    assert got(relay, "eve") == []


def test_with_its_last_edition_the_mailing_is_cancelled(due: App) -> None:
    join(due, "ann", "tech", together=())
    mailings = due.desk.tick()
    for category in CATEGORIES:
        due.desk.cancel(edition_of(due, category), "ann", "")
    assert {due.ledger.get(mailing).state for mailing in mailings} == {MailingState.CANCELLED}


def test_pausing_an_edition_stops_every_mailing_that_has_it(due: App, relay: FaultyRelay) -> None:
    join(due, "ann", "tech", together=())
    join(due, "bob", "tech")
    due.desk.tick()
    edition = edition_of(due, "tech")
    due.desk.pause(edition, "ann", "")
    work(due)
    assert relay.taken == []
    due.desk.resume(edition, "ann")
    work(due)
    assert got(relay, "ann") == got(relay, "bob") == [["tech"]]


def test_a_withdrawn_post_takes_its_section_with_it(
    due: App, relay: FaultyRelay, site: Path
) -> None:
    join(due, "ann", "tech", "money", together=())
    join(due, "eve", "money", together=())
    due.desk.tick()
    path = site / "_posts" / "2026-11-20-about-money.md"
    path.write_text(path.read_text().replace("title:", "published: false\ntitle:"))
    due.sync()
    work(due)
    assert got(relay, "ann") == [["tech"]]
    assert got(relay, "eve") == []
