"""The captured mailbox as pages."""

from __future__ import annotations

import mailbox
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from syndicate.delivery import outbox

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.app import App
    from tests.web.conftest import Browser

HTML = "<!doctype html><title>T</title><p>Grüße <script>alert(1)</script></p>"


def keep(app: App, subject: str, html: str = HTML) -> None:
    message = EmailMessage()
    message["To"], message["Subject"] = "reader@mail.example", subject
    message["From"], message["Date"] = "news@blog.example", "Mon, 23 Nov 2026 08:00:00 +0000"
    message.set_content("Grüße aus 澜江")
    message.add_alternative(html, subtype="html")
    folder: Path = app.settings.state_folder / outbox.FOLDER
    folder.parent.mkdir(exist_ok=True)
    mailbox.Maildir(folder, create=True).add(message)


def test_an_empty_mailbox_says_so(browser: Browser) -> None:
    answer = browser.get("/outbox")
    assert answer.status == 200
    assert "No mail yet." in answer.text


def test_messages_are_listed_the_newest_first(app: App, browser: Browser) -> None:
    for subject in ("第1期", "第2期", "第3期"):
        keep(app, subject)
    answer = browser.get("/outbox")
    shown = [link.text for link in answer.find("//li//a[contains(@href, '/html')]")]
    assert shown == ["第3期", "第2期", "第1期"]
    assert "reader@mail.example" in answer.text
    for link in answer.links("//li//a"):
        assert browser.get(link).status == 200


def test_a_message_keeps_its_address_while_others_arrive(app: App, browser: Browser) -> None:
    keep(app, "one", "<p>one</p>")
    before = browser.get("/outbox/1/html").text
    keep(app, "two", "<p>two</p>")
    assert browser.get("/outbox/1/html").text == before


def test_of_very_many_the_newest_are_listed(
    app: App, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syndicate.web.outbox._SHOWN", 2)
    for number in range(3):
        keep(app, f"No. {number}")
    answer = browser.get("/outbox")
    assert "2 of 3 messages" in answer.text
    assert len(answer.find("//li//a[contains(@href, '/html')]")) == 2


def test_a_message_is_shown_as_html_as_text_and_as_it_is(app: App, browser: Browser) -> None:
    keep(app, "第1期")
    html, text = browser.get("/outbox/1/html"), browser.get("/outbox/1/text")
    source = browser.get("/outbox/1/source")
    assert html.text.strip() == HTML
    assert text.text.strip() == "Grüße aus 澜江"
    assert [data.strip() for data in outbox.messages(app.settings.state_folder)] == [
        source.body.strip()
    ]
    assert html["content-type"].startswith("text/html")
    assert text["content-type"] == source["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("view", ["html", "text", "source"])
def test_a_message_runs_nothing_and_is_nobody_elses(app: App, browser: Browser, view: str) -> None:
    keep(app, "one")
    answer = browser.get(f"/outbox/1/{view}")
    assert "default-src 'none'" in answer["content-security-policy"]
    assert answer["x-content-type-options"] == "nosniff"
    assert answer["cache-control"] == "no-store"
    assert answer["referrer-policy"] == "no-referrer"
    assert answer["x-robots-tag"] == "noindex"


@pytest.mark.parametrize("path", ["0/html", "2/html", "99999999999999999999/text", "1/raw", "1/"])
def test_a_message_or_view_that_is_not_there_is_not_found(
    app: App, browser: Browser, path: str
) -> None:
    keep(app, "one")
    assert browser.get(f"/outbox/{path}").status == 404


def test_what_a_message_says_of_itself_is_shown_and_never_run(app: App, browser: Browser) -> None:
    keep(app, "<script>alert(1)</script>")
    answer = browser.get("/outbox")
    assert not answer.find("//script")
    assert "&lt;script&gt;" in answer.text


def test_a_message_without_html_is_an_empty_page(app: App, browser: Browser) -> None:
    message = EmailMessage()
    message["Subject"] = "bare"
    message.set_content("text")
    keep(app, "one")
    mailbox.Maildir(app.settings.state_folder / outbox.FOLDER).add(message)
    assert browser.get("/outbox/2/html").status == 200
    assert browser.get("/outbox/2/text").text == "text\n"
