"""One click out (RFC 8058): a POST leaves, and nothing else does."""

from __future__ import annotations

import email
import email.policy
import re
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicate.delivery import outbox
from syndicate.subscribers.model import Digest, Status
from syndicate.subscribers.tokens import Claim, Purpose, sign
from tests.web.conftest import FORM, served

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage
    from pathlib import Path

    from syndicate.app import App
    from tests.conftest import Clock
    from tests.web.conftest import Answer, Browser

TECH, WEEKLY = Digest("daily", "tech"), Digest("weekly", "tech")
ONE_CLICK = b"List-Unsubscribe=One-Click"
BOUNDARY = "multipart/form-data; boundary=x"
MULTIPART = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--x--\r\n'


@dataclass(frozen=True)
class Reader:
    """A subscriber with a mail in hand."""

    app: App
    id: int
    link: str

    @property
    def status(self) -> Status:
        return self.app.subscribers.get([self.id])[0].states[TECH]

    @property
    def consents(self) -> list[str]:
        """How each of his changes came about."""
        return [str(entry.get("how")) for entry in self.app.subscribers.consents(self.id)]


@pytest.fixture
def reader(app: App, write_post: Callable[..., Path]) -> Reader:
    """Confirmed, and the first edition has been ordered."""
    write_post("one", "tech")
    app.sync(announce=True)
    number = app.subscribers.add("reader@mail.example", app.clock())
    app.subscribers.change(number, [TECH], Status.ACTIVE, app.clock(), {})
    edition = app.desk.cut("daily", "tech")
    assert edition
    claim = Claim(Purpose.UNSUBSCRIBE, number, app.desk.order(edition.id))
    return Reader(app, number, f"/u/{sign(app.key, claim)}")


def subscribe(reader: Reader, digest: Digest) -> None:
    reader.app.subscribers.change(reader.id, [digest], Status.ACTIVE, reader.app.clock(), {})


def states(reader: Reader) -> dict[Digest, Status]:
    return reader.app.subscribers.get([reader.id])[0].states


def require_private(answer: Answer) -> None:
    """A page behind a token is kept, indexed and told by nobody (STANDARDS S-5)."""
    assert answer["cache-control"] == "no-store"
    assert answer["referrer-policy"] == "no-referrer"
    assert answer["x-robots-tag"] == "noindex"
    assert not answer["set-cookie"]
    assert not answer["location"]


# Looking


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_the_link_changes_nothing(reader: Reader, browser: Browser, method: str) -> None:
    for _ in range(3):
        answer = browser(method, reader.link)
        assert answer.status == 200
        require_private(answer)
    assert reader.status is Status.ACTIVE
    assert len(reader.consents) == 1


def test_the_page_says_what_would_be_left_and_has_one_button(
    reader: Reader, browser: Browser
) -> None:
    answer = browser.get(reader.link)
    assert [strong.text for strong in answer.find("//main//strong")] == ["tech"]
    (form,) = answer.find("//form")
    assert (form.get("method"), form.get("action")) == ("post", None)
    assert len(answer.find("//button")) == 1


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_no_other_method_does_anything(reader: Reader, browser: Browser, method: str) -> None:
    answer = browser(method, reader.link, [ONE_CLICK], content_type=FORM)
    assert answer.status >= 400
    assert reader.status is Status.ACTIVE


# Leaving


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (ONE_CLICK, FORM),
        (ONE_CLICK, f"{FORM}; charset=UTF-8"),
        (MULTIPART % (b"List-Unsubscribe", b"One-Click"), BOUNDARY),
    ],
)
def test_one_click_leaves_at_once_and_for_good(
    reader: Reader, browser: Browser, body: bytes, content_type: str
) -> None:
    for _ in range(2):
        answer = browser.post(reader.link, body, content_type=content_type)
        assert answer.status == 200
        require_private(answer)
        assert "You are unsubscribed" in answer.text
        assert reader.status is Status.LEFT
    assert len(reader.consents) == 2
    assert "'one click'" in reader.consents[-1]


def test_one_click_may_come_in_pieces(reader: Reader, browser: Browser) -> None:
    assert browser.post(reader.link, *(bytes([octet]) for octet in ONE_CLICK)).status == 200
    assert reader.status is Status.LEFT


def test_the_pages_button_leaves_too(reader: Reader, browser: Browser) -> None:
    (button,) = browser.get(reader.link).find("//button")
    posted = f"{button.get('name')}={button.get('value')}".encode()
    answer = browser.post(reader.link, posted)
    assert "You are unsubscribed" in answer.text
    assert reader.status is Status.LEFT
    assert "'page'" in reader.consents[-1]


def test_only_the_digests_of_that_mail_are_left(reader: Reader, browser: Browser) -> None:
    weekly = Digest("weekly", "tech")
    reader.app.subscribers.change(reader.id, [weekly], Status.ACTIVE, reader.app.clock(), {})
    browser.post(reader.link, ONE_CLICK)
    (found,) = reader.app.subscribers.get([reader.id])
    assert found.states == {TECH: Status.LEFT, weekly: Status.ACTIVE}
    assert found.status is Status.ACTIVE


def test_many_clicks_at_once_are_one(reader: Reader, browser: Browser) -> None:
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(browser.post(reader.link, ONE_CLICK).status))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 8
    assert len(reader.consents) == 2


# Everything


@pytest.fixture
def with_goodbye(
    site: Path, open_app: Callable[[], App], open_browser: Callable[[App], Browser]
) -> Callable[[str], Browser]:
    """The site with that setting."""

    def opened(wanted: str) -> Browser:
        settings = site / "syndicate.toml"
        text = settings.read_text().replace("[mail]\n", f"[mail]\ngoodbye = {wanted}\n")
        settings.write_text(text)
        return open_browser(open_app())

    return opened


def test_there_is_a_button_for_everything_if_there_is_more(
    reader: Reader, browser: Browser
) -> None:
    subscribe(reader, WEEKLY)
    page = browser.get(reader.link)
    assert [button.get("value") for button in page.find("//button")] == ["yes", "all"]
    assert "r…@mail.example" in page.text
    assert "reader@" not in page.text
    answer = browser.post(reader.link, b"leave=all")
    assert {strong.text for strong in answer.find("//main//strong")} == {"tech"}
    assert len(answer.find("//main//strong")) == 2
    assert set(states(reader).values()) == {Status.LEFT}


def test_who_left_one_digest_is_shown_what_he_gets_still(reader: Reader, browser: Browser) -> None:
    subscribe(reader, WEEKLY)
    answer = browser.post(reader.link, b"leave=yes")
    assert "You get 1 other digest." in answer.text
    assert states(reader) == {TECH: Status.LEFT, WEEKLY: Status.ACTIVE}
    assert browser.post(reader.link, b"leave=all").status == 200
    assert set(states(reader).values()) == {Status.LEFT}


@pytest.mark.parametrize(
    ("body", "wanted", "letters"),
    [
        (b"leave=yes", "true", 1),
        (b"leave=all", "true", 1),
        (ONE_CLICK, "true", 0),
        (b"leave=yes", "false", 0),
    ],
)
def test_he_who_left_everything_on_the_page_may_get_a_last_letter(
    reader: Reader,
    with_goodbye: Callable[[str], Browser],
    body: bytes,
    wanted: str,
    letters: int,
) -> None:
    browser = with_goodbye(wanted)
    for _ in range(2):
        browser.post(reader.link, body)
    assert reader.app.store.text.zcard(reader.app.store.keys.letters_due) == letters


# Taking it back


def undo_in(answer: Answer) -> bytes:
    """What the page's button would post."""
    (token,) = answer.find("//input[@name='undo']")
    return urlencode({"undo": token.get("value", "")}).encode()


@pytest.mark.parametrize("body", [ONE_CLICK, b"leave=yes", b"leave=all"])
def test_leaving_can_be_taken_back_on_the_same_page(
    reader: Reader, browser: Browser, body: bytes
) -> None:
    subscribe(reader, WEEKLY)
    before = states(reader)
    left = browser.post(reader.link, body)
    assert states(reader) != before
    changes = len(reader.consents)
    for _ in range(2):
        answer = browser.post(reader.link, undo_in(left))
        assert answer.status == 200
        require_private(answer)
        assert "You are subscribed again" in answer.text
        assert states(reader) == before
    assert len(reader.consents) == changes + 1
    assert "'undo'" in reader.consents[-1]


def test_exactly_what_an_act_left_is_taken_back_with_it(reader: Reader, browser: Browser) -> None:
    """Two acts of one second are two, and what wasn't confirmed then isn't confirmed now."""
    money = Digest("daily", "money")
    subscribe(reader, WEEKLY)
    reader.app.subscribers.change(reader.id, [money], Status.PENDING, reader.app.clock(), {})
    first = browser.post(reader.link, ONE_CLICK)
    everything = browser.post(reader.link, b"leave=all")
    assert set(states(reader).values()) == {Status.LEFT}
    browser.post(reader.link, undo_in(first))
    assert states(reader) == {TECH: Status.ACTIVE, WEEKLY: Status.LEFT, money: Status.LEFT}
    browser.post(reader.link, undo_in(everything))
    assert states(reader) == {TECH: Status.ACTIVE, WEEKLY: Status.ACTIVE, money: Status.PENDING}


def test_what_he_chose_since_stays_as_he_chose_it(
    reader: Reader, browser: Browser, clock: Clock
) -> None:
    subscribe(reader, WEEKLY)
    left = browser.post(reader.link, b"leave=all")
    clock.advance(seconds=5)
    reader.app.subscribers.change(reader.id, [TECH], Status.ACTIVE, clock(), {})
    clock.advance(seconds=5)
    reader.app.subscribers.change(reader.id, [TECH], Status.LEFT, clock(), {})
    browser.post(reader.link, undo_in(left))
    assert states(reader) == {TECH: Status.LEFT, WEEKLY: Status.ACTIVE}


def test_a_page_that_is_loaded_again_can_still_be_taken_back(
    reader: Reader, browser: Browser
) -> None:
    first, again = (browser.post(reader.link, b"leave=yes") for _ in range(2))
    assert undo_in(first) == undo_in(again)
    browser.post(reader.link, undo_in(again))
    assert reader.status is Status.ACTIVE


def test_it_can_be_taken_back_for_an_hour(reader: Reader, browser: Browser, clock: Clock) -> None:
    left = browser.post(reader.link, b"leave=yes")
    clock.advance(hours=1)
    answer = browser.post(reader.link, undo_in(left))
    assert "can be undone here for an hour" in answer.text
    assert reader.status is Status.LEFT
    assert not browser.post(reader.link, b"leave=yes").find("//input[@name='undo']")


def test_nobody_else_can_take_it_back(reader: Reader, browser: Browser) -> None:
    app = reader.app
    other = app.subscribers.add("other@mail.example", app.clock())
    app.subscribers.change(other, [TECH], Status.ACTIVE, app.clock(), {})
    app.subscribers.change(other, [TECH], Status.LEFT, app.clock(), {})
    browser.post(reader.link, b"leave=yes")
    changes = len(reader.consents)
    for claim in (
        Claim(Purpose.UNDO, other, 1),
        Claim(Purpose.UNDO, reader.id, 99),
        Claim(Purpose.PREFERENCES, reader.id, 1),
    ):
        body = urlencode({"undo": sign(app.key, claim)}).encode()
        assert "can be undone here for an hour" in browser.post(reader.link, body).text
    browser.post(reader.link, b"undo=x")
    assert reader.status is Status.LEFT
    assert len(reader.consents) == changes
    assert app.subscribers.get([other])[0].states == {TECH: Status.LEFT}


def test_what_came_before_the_act_cant_be_taken_back_by_it(
    reader: Reader, browser: Browser
) -> None:
    """A token names one entry of the record; one that tells of no leaving restores nothing."""
    browser.post(reader.link, b"leave=yes")
    body = urlencode({"undo": sign(reader.app.key, Claim(Purpose.UNDO, reader.id, 0))}).encode()
    browser.post(reader.link, body)
    assert reader.status is Status.LEFT


@pytest.mark.parametrize(
    "sent", [{"sec_fetch_site": "cross-site"}, {"origin": "https://x.example"}]
)
def test_other_sites_can_press_one_click_alone(
    reader: Reader, browser: Browser, sent: dict[str, str]
) -> None:
    for body in (b"leave=yes", b"leave=all", b"undo=x"):
        answer = browser("POST", reader.link, (body,), content_type=FORM, **sent)
        assert answer.status == 403
        require_private(answer)
    assert reader.status is Status.ACTIVE
    assert browser("POST", reader.link, (ONE_CLICK,), content_type=FORM, **sent).status == 200
    assert states(reader) == {TECH: Status.LEFT}


def test_who_takes_it_back_at_once_is_not_said_goodbye_to(
    reader: Reader, with_goodbye: Callable[[str], Browser], sink: Path
) -> None:
    browser = with_goodbye("true")
    left = browser.post(reader.link, b"leave=yes")
    browser.post(reader.link, undo_in(left))
    assert reader.app.letters.is_due(reader.app.clock())
    assert reader.app.send_letters() == 0
    assert not mails(sink)
    assert not reader.app.letters.is_due(reader.app.clock())


# Where it leads


def test_an_old_mail_opens_preferences_no_longer_than_its_own_link(
    reader: Reader, browser: Browser, clock: Clock
) -> None:
    def follow() -> int:
        (link,) = [x for x in browser.get(reader.link).links() if "/preferences/" in x]
        return browser.get(link.removeprefix(reader.app.settings.web.url)).status

    assert follow() == 200
    clock.advance(days=366)
    assert follow() == 410
    assert browser.post(reader.link, ONE_CLICK).status == 200
    assert reader.status is Status.LEFT


def test_the_page_leads_back_to_the_preferences_that_it_was_opened_from(
    reader: Reader, browser: Browser
) -> None:
    web = reader.app.settings.web.url

    def others(path: str, kind: str) -> list[str]:
        links = browser.get(path).links()
        return [link.removeprefix(web) for link in links if link.startswith(f"{web}/{kind}/")]

    (preferences,) = others(reader.link, "preferences")
    (leave,) = others(preferences, "u")
    assert others(leave, "preferences") == [preferences]
    other = reader.app.subscribers.add("other@mail.example", reader.app.clock())
    claim = Claim.at(Purpose.PREFERENCES, other, reader.app.clock())
    stranger = f"{leave.partition('?')[0]}?from=/preferences/{sign(reader.app.key, claim)}"
    assert not others(stranger, "preferences")
    # It names no mail whose link could be opened again: a new one can be had.
    assert f"{web}/preferences" in browser.get(stranger).links()


def test_who_is_erased_is_told_that_nothing_is_sent_to_him(
    reader: Reader, browser: Browser
) -> None:
    left = browser.post(reader.link, b"leave=yes")
    reader.app.erasure.erase(reader.id, {})
    bodies = (ONE_CLICK, b"leave=yes", b"leave=all", undo_in(left))
    for answer in (browser.get(reader.link), *(browser.post(reader.link, b) for b in bodies)):
        assert answer.status == 200
        assert "Nothing is kept of you" in answer.text


def test_the_link_of_a_mail_that_is_forgotten_leaves_everything(
    reader: Reader, browser: Browser
) -> None:
    link = f"/u/{sign(reader.app.key, Claim(Purpose.UNSUBSCRIBE, reader.id, 4711))}"
    subscribe(reader, WEEKLY)
    assert browser.post(link, ONE_CLICK).status == 200
    assert set(states(reader).values()) == {Status.LEFT}


# What is no click


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", FORM),
        (b"List-Unsubscribe", FORM),
        (b"List-Unsubscribe=", FORM),
        (b"List-Unsubscribe=Two-Clicks", FORM),
        (b"list-unsubscribe=One-Click", FORM),
        (b"x=List-Unsubscribe%3DOne-Click", FORM),
        (ONE_CLICK, "text/plain"),
        (ONE_CLICK, ""),
        (b'{"List-Unsubscribe": "One-Click"}', "application/json"),
        (MULTIPART % (b"List-Unsubscribe", b""), BOUNDARY),
        (MULTIPART % (b'leave"; filename="a', b"x"), BOUNDARY),
        (MULTIPART % (b"leave", b"x"), "multipart/form-data"),
        (MULTIPART % (b"leave", b"x"), "multipart/form-data; boundary=y"),
        (b"--x\r\nContent-Disp", BOUNDARY),
        (b"&".join(b"a%d=1" % n for n in range(5000)) + b"&" + ONE_CLICK, FORM),
        (ONE_CLICK + b"&pad=" + b"x" * 1_000_000, FORM),
        (b"%" * 3000 + b"\xff\x00", FORM),
    ],
)
def test_a_post_without_the_field_changes_nothing(
    reader: Reader, browser: Browser, body: bytes, content_type: str
) -> None:
    answer = browser.post(reader.link, body, content_type=content_type)
    assert answer.status == 200
    require_private(answer)
    assert len(answer.find("//button")) == 1
    assert reader.status is Status.ACTIVE


def test_a_body_that_is_too_long_is_answered_before_its_end(reader: Reader) -> None:
    with served(reader.app) as port, socket.create_connection(("127.0.0.1", port), 10) as client:
        client.sendall(
            f"POST {reader.link} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n".encode()
        )
        client.sendall(b"Content-Length: 9000000000\r\n\r\nleave=yes&" + b"x" * 100_000)
        assert client.recv(100).startswith(b"HTTP/1.1 200 ")
    assert reader.status is Status.ACTIVE


def test_a_client_that_goes_away_changes_nothing(reader: Reader, browser: Browser) -> None:
    assert browser.post(reader.link).status == 200
    assert reader.status is Status.ACTIVE


@pytest.mark.slow
@given(body=st.binary(max_size=200), content_type=st.sampled_from([FORM, BOUNDARY]))
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_body_is_too_much_for_it(
    reader: Reader, browser: Browser, body: bytes, content_type: str
) -> None:
    for whole in (body, b"--x\r\n" + body, MULTIPART % (b"a", body)):
        assert browser.post(reader.link, whole, content_type=content_type).status == 200
    assert reader.status is Status.ACTIVE


# Forged links


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("change", ["cut", "flip", "word", "long", "chinese"])
def test_a_link_that_is_not_ours_is_not_found_and_says_why(
    reader: Reader, browser: Browser, method: str, change: str
) -> None:
    token = reader.link.removeprefix("/u/")
    forged = {
        "cut": token[:-1],
        "flip": token[:-1] + ("B" if token[-1] == "A" else "A"),
        "word": "unsubscribe",
        "long": token * 1000,
        "chinese": "退订",
    }[change]
    answer = browser(method, f"/u/{forged}", [ONE_CLICK], content_type=FORM)
    assert answer.status == 404
    require_private(answer)
    assert "This link doesn’t work" in answer.text
    assert forged not in answer.text
    assert reader.status is Status.ACTIVE


def test_the_link_of_a_test_message_leaves_nothing(reader: Reader, browser: Browser) -> None:
    link = f"/u/{sign(reader.app.key, Claim(Purpose.UNSUBSCRIBE, 0, 0))}"
    for answer in (
        browser.get(link),
        browser.post(link, ONE_CLICK),
        browser.post(link, b"leave=yes"),
    ):
        assert answer.status == 200
        assert "The link of a test" in answer.text
        assert not answer.find("//form")
        require_private(answer)
    assert reader.status is Status.ACTIVE


# From a real message


def mails(state: Path) -> list[EmailMessage]:
    return [
        email.message_from_bytes(data, policy=email.policy.default)
        for data in outbox.messages(state)
    ]


def test_following_every_link_of_a_mail_changes_nothing_and_one_click_ends_them(
    reader: Reader, browser: Browser, sink: Path, write_post: Callable[..., Path]
) -> None:
    app = reader.app
    other = app.subscribers.add("other@mail.example", app.clock())
    app.subscribers.change(other, [TECH], Status.ACTIVE, app.clock(), {})
    for mailing in app.sweep().plan:
        for chunk in app.plan(mailing):
            assert app.deliver(mailing, chunk)
    (mail,) = [mail for mail in mails(sink) if mail["To"] == "reader@mail.example"]
    links = re.findall(r"https?://[^\s>]+", " ".join(map(str, mail.values())))
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body
        links += re.findall(r'https?://[^\s"<>]+', body.get_content())
    ours = {
        link.removeprefix(app.settings.web.url)
        for link in links
        if link.startswith(app.settings.web.url)
    }
    for kind in ("/u/", "/preferences/"):
        assert len([link for link in ours if link.startswith(kind)]) == 1
    before = app.subscribers.get([reader.id]), reader.consents
    seen: set[str] = set()
    # What the pages lead to is looked at, too, as a scanner would.
    while more := ours - seen:
        for link in more:
            answer = browser.get(link)
            assert answer.status == 200, link
            assert browser("HEAD", link).status == answer.status
            if "text/html" in answer["content-type"]:
                found = {urljoin(link, href) for href in answer.links("//a[@href]")}
                found = {href.removeprefix(app.settings.web.url) for href in found}
                ours |= {href for href in found if href.startswith(("/u/", "/preferences/"))}
        seen |= more
    assert len(seen) > 4
    assert (app.subscribers.get([reader.id]), reader.consents) == before
    assert not app.letters.is_due(app.clock())

    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = mail["List-Unsubscribe"].strip("<>").removeprefix(app.settings.web.url)
    assert browser.post(link, mail["List-Unsubscribe-Post"].encode()).status == 200

    write_post("two", "tech")
    app.sync()
    edition = app.desk.cut("daily", "tech")
    assert edition
    mailing = app.desk.order(edition.id)
    for chunk in app.plan(mailing):
        app.deliver(mailing, chunk)
    assert [mail["To"] for mail in mails(sink)].count("reader@mail.example") == 1
    assert [mail["To"] for mail in mails(sink)].count("other@mail.example") == 2


# A mail of all in one


@pytest.fixture
def combined(app: App, clock: Clock, write_post: Callable[..., Path]) -> Reader:
    """A reader of two daily categories and a weekly one, with the daily mail of all in one."""
    app.sync()
    app.desk.tick()
    write_post("one", "tech")
    write_post("two", "money")
    app.sync()
    number = app.subscribers.add("reader@mail.example", app.clock())
    digests = [TECH, Digest("daily", "money"), Digest("weekly", "tech")]
    app.subscribers.change(number, digests, Status.ACTIVE, app.clock(), {})
    app.subscribers.choose_together(number, "daily", (), app.clock(), {})
    clock.advance(hours=23)
    (mailing,) = [m for m in app.desk.tick() if app.ledger.get(m).together]
    return Reader(app, number, f"/u/{sign(app.key, Claim(Purpose.UNSUBSCRIBE, number, mailing))}")


def test_one_click_in_a_mail_of_all_in_one_leaves_all_of_its_cadence(
    combined: Reader, browser: Browser
) -> None:
    page = browser.get(combined.link)
    assert {strong.text for strong in page.find("//main//strong")} == {"tech", "money"}
    assert "these digests" in page.body.decode()
    for _ in range(2):
        answer = browser.post(combined.link, ONE_CLICK)
        assert answer.status == 200
        require_private(answer)
    found = combined.app.subscribers.get([combined.id])[0]
    assert found.active("daily") == ()
    assert found.active("weekly") == (Digest("weekly", "tech"),)
