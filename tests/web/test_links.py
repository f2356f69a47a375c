"""Links that are lost, old or of another address, and forms that other sites post."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from syndicate.subscribers.model import Reason, Status, Suppression
from syndicate.subscribers.tokens import Claim, Purpose, sign
from tests.web.conftest import FORM
from tests.web.readers import (
    MONEY,
    TECH,
    Reader,
    add_categories,
    errors,
    mails,
    text_of,
    ticked,
)
from tests.web.test_unsubscribe import require_private

if TYPE_CHECKING:
    from syndicate.app import App
    from tests.conftest import Clock
    from tests.web.conftest import Answer, Browser

NEW = "new@other.example"


@pytest.fixture
def reader(app: App, browser: Browser) -> Reader:
    """Gets the daily digest of tech."""
    add_categories(app, "tech", "money")
    return Reader.of(app, browser, "wanda@mail.example", TECH)


# Another address


@pytest.mark.usefixtures("sink")
def test_he_moves_when_the_new_address_says_yes(reader: Reader) -> None:
    app = reader.app
    answer = reader.press("move", address=NEW)
    assert answer.status == 303
    assert "A letter is on its way" in reader.browser.get(reader.path + answer["location"]).text
    assert app.send_letters() == 1
    (mail,) = mails(app)
    assert mail["To"] == NEW
    link = re.search(r"/move/[\w-]+", text_of(mail))
    assert link
    for method in ("GET", "HEAD"):
        page = reader.browser(method, link[0])
        assert page.status == 200
        require_private(page)
    assert NEW in reader.browser.get(link[0]).text
    assert reader.one.address == "wanda@mail.example"
    assert reader.browser.post(link[0], b"do=other").status == 200
    assert reader.one.address == "wanda@mail.example"
    moved = reader.browser.post(link[0], b"do=move")
    assert moved.status == 200
    require_private(moved)
    assert reader.one.address == NEW
    assert reader.one.receives == {TECH}
    assert reader.consents[-1]["told"] == ["address"]
    assert reader.consents[-1]["how"]["method"] == "move"
    # It is of one use.
    assert reader.browser.post(link[0], b"do=move").status == 410
    assert reader.browser.get(link[0]).status == 410


@pytest.mark.usefixtures("sink")
def test_whose_address_died_moves_and_gets_his_mail_again(reader: Reader) -> None:
    app, old = reader.app, reader.one.address
    why = Suppression(Reason.HARD_BOUNCE, "550 5.1.1", app.clock())
    app.suppressions.add(old, why, app.clock(), {"method": "bounce"})
    assert not reader.one.receives
    reader.press("move", address=NEW)
    assert app.send_letters() == 1
    assert reader.browser.post(move_link(app, reader.id), b"do=move").status == 200
    assert reader.one.receives == {TECH}
    assert old in app.suppressions.which([old])


def move_link(app: App, reader: int) -> str:
    return f"/move/{sign(app.key, Claim.at(Purpose.MOVE, reader, app.clock()))}"


def test_a_move_has_two_days(reader: Reader, clock: Clock) -> None:
    reader.press("move", address=NEW)
    link = move_link(reader.app, reader.id)
    clock.advance(hours=48)
    for answer in (reader.browser.get(link), reader.browser.post(link, b"do=move")):
        assert answer.status == 410
    assert reader.one.address == "wanda@mail.example"


def test_the_last_address_that_he_gave_counts(reader: Reader, clock: Clock) -> None:
    reader.press("move", address=NEW)
    first = move_link(reader.app, reader.id)
    clock.advance(seconds=60)
    reader.press("move", address="third@other.example")
    assert reader.browser.post(first, b"do=move").status == 410
    assert reader.browser.post(move_link(reader.app, reader.id), b"do=move").status == 200
    assert reader.one.address == "third@other.example"


def test_an_address_is_kept_for_two_days_at_the_most(reader: Reader) -> None:
    reader.press("move", address=NEW)
    text = reader.app.store.text
    keys = list(text.scan_iter(f"{reader.app.store.keys.prefix}:*"))
    holding = [key for key in keys if text.type(key) == "string" and NEW in str(text.get(key))]
    assert len(holding) == 1
    assert 0 < int(text.ttl(holding[0])) <= 48 * 3600


def test_nothing_tells_whether_the_new_address_is_a_subscribers(reader: Reader) -> None:
    app = reader.app
    other = app.subscribers.add(NEW, app.clock())
    app.subscribers.change(other, [MONEY], Status.ACTIVE, app.clock(), {})
    answers = [reader.press("move", address=address) for address in (NEW, "free@other.example")]
    assert len({(a.status, a["location"], a.body) for a in answers}) == 1
    reader.press("move", address=NEW)


def test_an_address_that_has_a_subscription_stays_with_it(reader: Reader) -> None:
    app = reader.app
    other = app.subscribers.add(NEW, app.clock())
    app.subscribers.change(other, [MONEY], Status.ACTIVE, app.clock(), {})
    reader.press("move", address=NEW)
    answer = reader.browser.post(move_link(app, reader.id), b"do=move")
    assert answer.status == 409
    # The page is seen by him alone who reads that mailbox.
    (link,) = [link for link in answer.links() if "/preferences/" in link]
    assert ticked(reader.browser.get(link.removeprefix(app.settings.web.url))) == {"daily:money"}
    assert reader.one.address == "wanda@mail.example"


def test_a_stranger_gets_one_letter_however_often_his_address_is_given(
    reader: Reader, clock: Clock
) -> None:
    app = reader.app
    for number in range(20):
        clock.advance(seconds=60)
        other = Reader.of(app, reader.browser, f"reader{number}@mail.example", TECH)
        assert other.press("move", address=NEW).status == 303
    text, keys = reader.app.store.text, reader.app.store.keys
    assert text.zcard(keys.letters_due) == 1


def test_nobody_can_have_letters_sent_to_many_strangers(reader: Reader) -> None:
    answers = [reader.press("move", address=f"a{n}@other{n}.example") for n in range(7)]
    assert [answer.status for answer in answers] == [303] * 5 + [422] * 2
    assert errors(answers[-1]) == ["You gave too many addresses today. Please try again tomorrow."]
    text, keys = reader.app.store.text, reader.app.store.keys
    assert text.zcard(keys.letters_due) == 5


def test_nothing_goes_to_a_suppressed_address(reader: Reader) -> None:
    app = reader.app
    why = Suppression(Reason.COMPLAINT, "", app.clock())
    app.suppressions.add("@other.example", why, app.clock(), {})
    assert reader.press("move", address=NEW).status == 303
    assert not app.letters.is_due(app.clock())


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("nobody", "Please give a whole e-mail address, such as name@example.com."),
        ("", "Please give a whole e-mail address, such as name@example.com."),
        ("a@b.example\r\nBcc: c@d.example", "Please give a whole e-mail address"),
        ("WANDA@mail.example", "You get your mail at this address already."),
        ("postmaster@other.example", "This address can’t be used here."),
    ],
)
def test_an_address_that_wont_do_is_said_at_once(reader: Reader, address: str, line: str) -> None:
    answer = reader.press("move", address=address)
    assert answer.status == 422
    assert line in errors(answer)[0]
    assert not reader.app.letters.is_due(reader.app.clock())


# Links that are too old, or lost


@pytest.mark.usefixtures("sink")
def test_an_old_link_shows_nothing_and_offers_a_new_one(reader: Reader, clock: Clock) -> None:
    clock.advance(days=365)
    for answer in (reader.page, reader.post(("do", "about"), ("name", "x"), ("was-name", ""))):
        assert answer.status == 410
        require_private(answer)
        assert "You need a newer link" in answer.text
        assert "@mail.example" not in answer.text
    assert reader.one.name == ""
    assert reader.browser.get(f"{reader.path}/data.json").status == 410
    assert "Look into your mailbox" in reader.post(("do", "renew")).text
    reader.app.signup.admit()
    assert reader.app.send_letters() == 1
    (mail,) = mails(reader.app)
    assert mail["To"] == "wanda@mail.example"
    link = re.search(r"/preferences/[\w-]+", text_of(mail))
    assert link
    assert ticked(reader.browser.get(link[0])) == {"daily:tech"}


def ask_for(browser: Browser, address: str) -> Answer:
    return browser.post("/preferences", urlencode({"address": address}).encode())


@pytest.mark.usefixtures("sink")
def test_a_lost_link_is_mailed_once_a_day(reader: Reader, clock: Clock) -> None:
    for _ in range(20):
        assert ask_for(reader.browser, "WANDA@mail.example").status == 303
        reader.app.signup.admit()
    assert reader.app.send_letters() == 1
    (mail,) = mails(reader.app)
    assert mail["To"] == "wanda@mail.example"
    clock.advance(hours=24)
    ask_for(reader.browser, "wanda@mail.example")
    reader.app.signup.admit()
    assert reader.app.send_letters() == 1


@pytest.fixture
def commands(app: App, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands that Redis gets, outside of pipelines."""
    found: list[str] = []
    run = app.store.text.execute_command

    def noted(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - as redis-py has it
        found.append(str(args[0]))
        return run(*args, **options)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(app.store.text, "execute_command", noted)
    return found


def test_nobody_learns_who_gets_mail(reader: Reader, commands: list[str]) -> None:
    """Same answer, and the same commands in Redis, whoever it is (STANDARDS S-2)."""
    app = reader.app
    for name, state in (("pending", Status.PENDING), ("left", Status.LEFT)):
        number = app.subscribers.add(f"{name}@mail.example", app.clock())
        app.subscribers.change(number, [TECH], Status.PENDING, app.clock(), {})
        app.subscribers.change(number, [TECH], state, app.clock(), {})
    seen = set()
    for name in ("wanda", "pending", "left", "nobody"):
        commands.clear()
        answer = ask_for(reader.browser, f"{name}@mail.example")
        seen.add((answer.status, answer.headers, answer.body, tuple(commands)))
    assert len(seen) == 1
    assert "Look into your mailbox" in reader.browser.get("/preferences?sent=1").text
    assert not app.letters.is_due(app.clock())
    app.signup.admit()
    assert app.store.text.zcard(app.store.keys.letters_due) == 1


def test_looking_for_a_lost_link_posts_nothing(browser: Browser, app: App) -> None:
    page = browser.get("/preferences")
    assert page.status == 200
    require_private(page)
    assert not app.signup.waits()
    answer = ask_for(browser, "nobody")
    assert answer.status == 422
    assert errors(answer) == ["Please give a whole e-mail address, such as name@example.com."]
    assert answer.find("//input[@value='nobody']")
    assert not app.signup.waits()


def test_a_network_that_asks_too_often_is_told_so(browser: Browser, app: App) -> None:
    for _ in range(app.settings.signup.per_network):
        assert ask_for(browser, "nobody@mail.example").status == 303
    assert ask_for(browser, "nobody@mail.example").status == 429


# Other sites


@pytest.mark.parametrize(
    "sent",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"origin": "https://evil.example"},
        {"sec_fetch_site": "cross-site", "origin": "null"},
    ],
)
def test_no_other_site_can_post_in_his_name(reader: Reader, sent: dict[str, str]) -> None:
    reader.press("move", address=NEW)
    before = reader.one, reader.consents
    link = move_link(reader.app, reader.id)
    for path, body in (
        (reader.path, b"do=digests&had=daily:tech"),
        (reader.path, b"do=pause&until=2026-12-01"),
        (f"{reader.path}/erase", b"do=erase"),
        (link, b"do=move"),
        ("/preferences", b"address=wanda@mail.example"),
    ):
        answer = reader.browser("POST", path, (body,), content_type=FORM, **sent)
        assert answer.status == 403, path
        require_private(answer)
    assert (reader.one, reader.consents) == before
    assert not reader.app.signup.waits()


@pytest.mark.parametrize(
    "sent",
    [
        {"sec_fetch_site": "same-origin", "origin": "null"},
        {"sec_fetch_site": "none"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8000"},
        {},
    ],
)
def test_our_own_page_can(reader: Reader, sent: dict[str, str]) -> None:
    answer = reader.post(("do", "digests"), ("had", "daily:tech"), **sent)
    assert answer.status == 303
    assert reader.one.states == {TECH: Status.LEFT}
