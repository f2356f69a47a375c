"""The words around the posts are in the reader's own language, and stay so whatever changes."""

from __future__ import annotations

import re
from contextlib import closing
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

import lxml.html
import pytest

from syndicate.delivery.model import Begin
from syndicate.errors import TemplateError
from syndicate.subscribers.changes import describe
from syndicate.subscribers.model import Digest, Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage
    from pathlib import Path

    from syndicate.app import App
    from tests.conftest import Clock
    from tests.delivery.conftest import FaultyRelay

TECH = Digest("daily", "tech")
BODY = "Words of the author."
#: How a mail of each language names the way out.
LEAVE = {"en": "Unsubscribe", "de": "Abbestellen", "ar": "إلغاء الاشتراك", "zh-CN": "退订"}


def join(app: App, name: str, language: str, *, together: bool = False) -> int:
    number = app.subscribers.add(f"{name}@y.example", app.clock())
    speak(app, number, language)
    app.subscribers.change(number, [TECH], Status.ACTIVE, app.clock(), {"method": "test"})
    if together:
        app.subscribers.choose_together(number, "daily", (), app.clock(), {})
    return number


def speak(app: App, reader: int, language: str) -> None:
    app.subscribers.alter(reader, lambda one: describe(one, language=language), app.clock(), {})


def work(app: App) -> None:
    """What workers do until nothing is due."""
    while (found := app.sweep()).plan or found.deliver:
        for mailing in found.plan:
            list(app.plan(mailing))
        for mailing, chunk in found.deliver:
            app.deliver(mailing, chunk)


def parsed(relay: FaultyRelay, name: str) -> EmailMessage:
    return message_from_bytes(dict(relay.taken)[f"{name}@y.example"], policy=default)


def bodies(message: EmailMessage) -> tuple[str, str]:
    """Its text and its HTML."""
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text
    assert html
    return str(text.get_content()), str(html.get_content())


def root(message: EmailMessage) -> tuple[str | None, str | None]:
    """In what language, and in what direction, its HTML says that it is."""
    html = lxml.html.document_fromstring(bodies(message)[1])
    return html.get("lang"), html.get("dir")


@pytest.fixture
def due(app: App, write_post: Callable[..., Path], clock: Clock) -> App:
    """A site with a post of tech, a minute after its daily slot."""
    app.sync()
    app.desk.tick()
    write_post("one", "tech", body=BODY)
    app.sync()
    clock.advance(hours=23)
    return app


@pytest.mark.parametrize("together", [False, True])
def test_each_reader_is_spoken_to_in_his_own_language_and_posts_keep_theirs(
    due: App, relay: FaultyRelay, *, together: bool
) -> None:
    readers = {"any": "", "eve": "en", "ann": "de", "bob": "ar", "joe": "zh-CN"}
    for name, language in readers.items():
        join(due, name, language, together=together)
    due.desk.tick()
    work(due)
    assert len(relay.taken) == len(readers)
    for name, language in readers.items():
        message = parsed(relay, name)
        for body in bodies(message):
            assert LEAVE[language or "en"] in body
            assert BODY in body
        direction = "rtl" if language == "ar" else "ltr"
        # One spelling of those that a locale has.
        tag = {"": "en", "zh-CN": "zh-Hans-CN"}.get(language, language)
        assert root(message) == (tag, direction)
        page = lxml.html.document_fromstring(bodies(message)[1])
        assert page.xpath("//table[contains(@class, 'post')]/@lang") == ["en"]


def test_the_rhythm_in_the_name_of_the_list_is_in_his_language(
    due: App, relay: FaultyRelay
) -> None:
    join(due, "any", "", together=True)
    join(due, "ann", "de", together=True)
    due.desk.tick()
    work(due)
    any_, ann = (parsed(relay, name)["List-Id"] for name in ("any", "ann"))
    assert (any_.partition(" <")[2], "daily" in any_) == (ann.partition(" <")[2], True)
    assert "täglich" in ann


def test_a_language_without_words_of_ours_is_spoken_in_english_with_its_own_dates(
    due: App, relay: FaultyRelay
) -> None:
    join(due, "ann", "pt-BR")
    due.desk.tick()
    work(due)
    message = parsed(relay, "ann")
    assert root(message) == ("pt-BR", "ltr")
    assert LEAVE["en"] in bodies(message)[0]
    assert "segunda-feira" in bodies(message)[0] or "terça-feira" in bodies(message)[0]


def test_a_mailing_has_a_template_for_each_language_that_somebody_reads(
    due: App, relay: FaultyRelay
) -> None:
    for number, language in enumerate(("", "en", "EN", "de", "de", "")):
        join(due, f"r{number}", language)
    (mailing,) = due.desk.tick()
    work(due)
    assert len(relay.taken) == 6
    kept = due.store.raw.hgetall(due.store.keys.part(mailing, "templates"))
    assert sorted(kept) == [b"", b"de", b"en"]
    assert kept[b""] == b"en"


@pytest.fixture
def restarted(open_app: Callable[[], App], site: Path) -> Callable[[str], App]:
    """Opens another process, after the site's language was changed."""

    def restart(language: str) -> App:
        path = site / "syndicate.toml"
        path.write_text(re.sub('language = ".*"', f'language = "{language}"', path.read_text()))
        return open_app()

    return restart


@pytest.mark.parametrize(
    ("together", "language"), [(False, ""), (False, "de"), (True, ""), (True, "de")]
)
def test_an_uncertain_message_goes_out_again_in_the_language_that_it_was_begun_in(
    due: App,
    restarted: Callable[[str], App],
    relay: FaultyRelay,
    clock: Clock,
    language: str,
    together: bool,
) -> None:
    ann = join(due, "ann", language, together=together)
    due.desk.tick()
    relay.answer = lambda verb, _argument: "drop after taking" if verb == "DOT" else None
    work(due)
    relay.answer = lambda _verb, _argument: None
    speak(due, ann, "fr")
    clock.advance(seconds=6)
    other = restarted("ja")
    work(other)
    first, second = [message for _, message in relay.taken]
    assert first == second
    assert other.ledger.active() == []


def test_what_a_killed_worker_had_begun_goes_out_in_the_language_of_then(
    due: App, relay: FaultyRelay, clock: Clock
) -> None:
    ann = join(due, "ann", "")
    (mailing,) = due.desk.tick()
    (chunk,) = due.plan(mailing)
    # All that is left of it: what a worker writes down before its final dot.
    lease = due.ledger.lease(mailing, chunk, clock(), clock().timestamp() + 30)
    assert lease
    with closing(due.ledger.clerk(lease)) as clerk:
        clerk.advance(None, Begin(due.ledger.load(lease).delivery(0), ann, (TECH,)))
    speak(due, ann, "de")
    for _ in range(2):
        clock.advance(seconds=60)
        work(due)
    assert root(parsed(relay, "ann")) == ("en", "ltr")


def test_readers_who_wish_for_nothing_get_one_language_whatever_the_settings_say_by_then(
    due: App, restarted: Callable[[str], App], relay: FaultyRelay, clock: Clock
) -> None:
    for name in ("ann", "bob"):
        join(due, name, "")
    (mailing,) = due.desk.tick()
    busy = {"bob@y.example"}
    relay.answer = lambda verb, argument: (
        "451 later" if verb == "RCPT" and any(name in argument for name in busy) else None
    )
    work(due)
    busy.clear()
    clock.advance(hours=1)
    work(restarted("de"))
    assert root(parsed(relay, "ann")) == root(parsed(relay, "bob")) == ("en", "ltr")
    assert sorted(due.store.raw.hkeys(due.store.keys.part(mailing, "templates"))) == [b"", b"en"]


def test_what_is_noted_of_a_message_is_gone_when_it_has_arrived(
    due: App, relay: FaultyRelay
) -> None:
    join(due, "ann", "de")
    (mailing,) = due.desk.tick()
    noted: list[object] = []
    variants = due.store.keys.part(mailing, "variants")
    relay.at_dot = lambda _recipient: noted.append(due.store.text.hgetall(variants))
    work(due)
    assert noted == [{"0": "de "}]
    assert not due.store.text.exists(variants)


def test_a_language_that_is_first_needed_when_all_posts_are_withdrawn_fails_for_its_readers_alone(
    due: App, relay: FaultyRelay, site: Path
) -> None:
    join(due, "ann", "")
    bob = join(due, "bob", "")
    (mailing,) = due.desk.tick()
    list(due.plan(mailing))
    path = site / "_posts" / "2026-11-20-one.md"
    path.write_text(path.read_text().replace("title:", "published: false\ntitle:"))
    due.sync()
    speak(due, bob, "de")
    work(due)
    assert relay.recipients() == ["ann@y.example"]
    found = due.ledger.get(mailing)
    assert (found.sent, found.failed, found.open) == (1, 1, 0)
    (outcome,) = due.store.text.hvals(due.store.keys.part(mailing, "outcomes"))
    assert "none of its posts is left" in outcome or "without posts" in outcome


def test_a_template_that_breaks_meanwhile_fails_before_anybodys_message_begins(
    due: App, relay: FaultyRelay, site: Path, clock: Clock
) -> None:
    join(due, "ann", "de")
    (mailing,) = due.desk.tick()
    (chunk,) = due.plan(mailing)
    folder = site / "templates" / "email" / "digest"
    folder.mkdir(parents=True)
    (folder / "post.html").write_text("{{ nope }}")
    with pytest.raises(TemplateError, match="nope"):
        due.deliver(mailing, chunk)
    assert relay.taken == []
    (folder / "post.html").unlink()
    clock.advance(minutes=5)
    work(due)
    assert root(parsed(relay, "ann")) == ("de", "ltr")
    assert due.ledger.get(mailing).sent == 1
