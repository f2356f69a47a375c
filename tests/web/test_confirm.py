"""The link of a confirmation: only a person's button confirms, and only what the letter named."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pytest

from syndicate.delivery import outbox
from syndicate.subscribers.model import Digest, Status
from syndicate.subscribers.signups import SignUp
from syndicate.subscribers.tokens import Claim, Purpose, sign
from tests.web.conftest import FORM, Answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App
    from tests.conftest import Clock
    from tests.web.conftest import Browser

TECH, MONEY = Digest("daily", "tech"), Digest("weekly", "money")
WANDA = "wanda@mail.example"
BUTTON = b"confirm=yes"
AGAIN = b"confirm=again"


def ask(app: App, *digests: Digest, address: str = WANDA, name: str = "") -> str:
    """Signs somebody up; the path of a link of now."""
    app.signup.ask(SignUp(address=address, digests=digests or (TECH,), at=app.clock(), name=name))
    app.signup.admit()
    claim = Claim.at(Purpose.CONFIRM, app.subscribers.find(address).id, app.clock())
    return f"/confirm/{sign(app.key, claim)}"


def states(app: App) -> dict[Digest, Status]:
    return app.subscribers.find(WANDA).states


def require_private(answer: Answer) -> None:
    assert answer["cache-control"] == "no-store"
    assert answer["referrer-policy"] == "no-referrer"
    assert answer["x-robots-tag"] == "noindex"
    assert not answer["set-cookie"]


def test_from_the_form_to_the_subscription_by_a_mail(
    app: App, browser: Browser, sink: Path, write_post: Callable[..., Path]
) -> None:
    write_post("one", "tech")
    app.sync()
    form = urlencode({"category": "tech", "address": WANDA, "name": "Wanda"}).encode()
    assert browser.post("/subscribe?lang=de", form).status == 303
    assert app.signup.admit() == 1
    assert app.send_letters() == 1
    mail = outbox.messages(sink)[0].decode().replace("=\r\n", "")
    link = re.search(r"https?://\S+/confirm/[\w-]+", mail)
    assert link
    path = urlsplit(link[0]).path
    page = browser.get(path)
    (root,) = page.find("/html")
    assert root.get("lang") == "de"
    assert [strong.text for strong in page.find("//main//strong")] == ["tech"]
    done = browser.post(path, BUTTON)
    assert done.status == 200
    require_private(done)
    assert states(app) == {TECH: Status.ACTIVE}
    (preferences,) = done.links("//main//a")
    assert urlsplit(preferences).path.startswith("/preferences/")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_the_link_changes_nothing(app: App, browser: Browser, method: str) -> None:
    path = ask(app)
    for _ in range(3):
        answer = browser(method, path)
        assert answer.status == 200
        require_private(answer)
    assert states(app) == {TECH: Status.PENDING}
    assert len(app.subscribers.consents(1)) == 1


@pytest.mark.parametrize("body", [b"", b"confirm=", b"List-Unsubscribe=One-Click", b"x" * 200_000])
def test_a_post_without_the_button_changes_nothing(app: App, browser: Browser, body: bytes) -> None:
    assert browser.post(ask(app), body).status == 200
    assert states(app) == {TECH: Status.PENDING}


def test_no_script_runs_on_the_page(app: App, browser: Browser) -> None:
    answer = browser.get(ask(app))
    assert "script-src" not in answer["content-security-policy"]
    assert not answer.find("//script")


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"origin": "https://evil.example"},
    ],
)
def test_another_sites_page_confirms_nothing(
    app: App, browser: Browser, headers: dict[str, str]
) -> None:
    answer = browser("POST", ask(app), [BUTTON], content_type=FORM, **headers)
    assert answer.status == 403
    require_private(answer)
    assert states(app) == {TECH: Status.PENDING}


def test_what_was_asked_for_since_is_offered_unticked_and_taken_only_if_ticked(
    app: App, browser: Browser, clock: Clock
) -> None:
    path = ask(app, TECH)
    clock.advance(hours=1)
    weekly = Digest("weekly", "tech")
    ask(app, MONEY, weekly)
    boxes = browser.get(path).find("//input[@type='checkbox']")
    assert {box.get("value") for box in boxes} == {"weekly:money", "weekly:tech"}
    assert not [box for box in boxes if box.get("checked") is not None]
    browser.post(path, BUTTON + b"&digest=weekly%3Amoney&digest=daily%3Anever")
    assert states(app) == {TECH: Status.ACTIVE, MONEY: Status.ACTIVE, weekly: Status.PENDING}


def test_the_name_that_somebody_typed_can_be_put_right(app: App, browser: Browser) -> None:
    path = ask(app, name="Nonsense")
    (field,) = browser.get(path).find("//input[@name='name']")
    assert field.get("value") == "Nonsense"
    browser.post(path, BUTTON + b"&name=Wanda")
    assert app.subscribers.find(WANDA).name == "Wanda"


@pytest.mark.parametrize("name", ["", "&name=a%0D%0Ab", "&name=" + "a" * 61])
def test_what_is_no_name_leaves_his_as_it_is(app: App, browser: Browser, name: str) -> None:
    browser.post(ask(app, name="Wanda"), BUTTON + name.encode())
    assert app.subscribers.find(WANDA).name == "Wanda"
    assert states(app) == {TECH: Status.ACTIVE}


def test_the_record_says_by_what_act_it_was_confirmed(app: App, browser: Browser) -> None:
    browser("POST", ask(app), [BUTTON], content_type=FORM, user_agent="Mozilla " * 100)
    how = app.subscribers.consents(1)[-1]["how"]
    assert how["method"] == "confirmation"
    assert len(how["agent"]) == 200


# Links that are over


def test_a_used_link_says_so_and_offers_a_new_one(app: App, browser: Browser) -> None:
    path = ask(app)
    browser.post(path, BUTTON)
    for answer in (browser.post(path, BUTTON), browser.get(path)):
        assert answer.status == 200
        require_private(answer)
        assert "You have confirmed already" in answer.text
        assert [button.get("value") for button in answer.find("//button")] == ["again"]
    assert len(app.subscribers.consents(1)) == 2


def test_an_expired_link_says_so_and_offers_a_new_one(
    app: App, browser: Browser, clock: Clock
) -> None:
    path = ask(app)
    clock.advance(hours=48)
    for answer in (browser.get(path), browser.post(path, BUTTON)):
        assert answer.status == 410
        require_private(answer)
        assert "This link is too old" in answer.text
    assert states(app) == {TECH: Status.PENDING}
    answer = browser.post(path, AGAIN)
    assert (answer.status, urlsplit(answer["location"]).path) == (303, "/subscribe/sent")
    assert app.signup.admit() == 1


def test_a_new_link_is_had_within_the_limits_of_a_sign_up(app: App, browser: Browser) -> None:
    path = ask(app)
    share = app.settings.signup.per_network
    answers = [browser.post(path, AGAIN).status for _ in range(share)]
    assert answers == [303] * (share - 1) + [503]
    assert app.signup.admit() == 0


def test_who_left_is_shown_the_way_to_subscribe(app: App, browser: Browser) -> None:
    path = ask(app)
    app.subscribers.change(1, [TECH], Status.LEFT, app.clock(), {})
    answer = browser.get(path)
    assert "This link was used already" in answer.text
    assert not answer.find("//button")
    assert [urlsplit(url).path for url in answer.links("//main//a")] == ["/subscribe"]


@pytest.mark.parametrize("body", [b"", BUTTON, AGAIN])
def test_who_is_forgotten_is_told_so(app: App, browser: Browser, body: bytes) -> None:
    path = f"/confirm/{sign(app.key, Claim.at(Purpose.CONFIRM, 77, app.clock()))}"
    answer = browser.post(path, body) if body else browser.get(path)
    assert answer.status == 404
    require_private(answer)
    assert not app.signup.waits()


@pytest.mark.parametrize("body", [b"", BUTTON, AGAIN])
def test_a_forged_link_does_nothing(app: App, browser: Browser, body: bytes) -> None:
    path = ask(app)
    for forged in (path[:-1] + ("A" if path[-1] != "A" else "B"), "/confirm/x", f"{path}x"):
        answer = browser.post(forged, body) if body else browser.get(forged)
        assert answer.status == 404
        require_private(answer)
    assert states(app) == {TECH: Status.PENDING}


def test_the_link_of_a_digest_confirms_nothing(app: App, browser: Browser) -> None:
    ask(app)
    for purpose in (Purpose.UNSUBSCRIBE, Purpose.PREFERENCES, Purpose.MOVE):
        token = sign(app.key, Claim.at(purpose, 1, app.clock()))
        assert browser.post(f"/confirm/{token}", BUTTON).status == 404
    assert states(app) == {TECH: Status.PENDING}
