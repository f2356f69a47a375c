"""The page of a preview: every view shows what it says, and none can do anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syndicate.reports.forecast import forecast
from syndicate.subscribers.model import Digest
from syndicate.web.preview import as_seen, make_preview
from tests.web.conftest import Browser

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App

TABS = ["desktop", "phone", "dark", "phone-dark", "no-images", "text", "source", "lint"]
FRAMED = TABS[:5]
HERE = "127.0.0.1:4321"


@pytest.fixture
def preview(app: App, write_post: Callable[..., Path]) -> Browser:
    body = "Words.\n\n![A map](https://blog.example/map.png)\n\n[Bank](https://blog.example/x)"
    write_post("one", "tech", body=body, title="One & two")
    app.sync(announce=True)
    return Browser(make_preview(app.settings, forecast(app, Digest("daily", "tech"))))


def test_every_tab_is_a_page_and_links_to_all(preview: Browser) -> None:
    for path in ("", *TABS):
        answer = preview.get(f"/{path}", host=HERE)
        assert answer.status == 200
        assert answer.links("//nav//a") == [f"/{tab}" for tab in TABS]
        (current,) = answer.find("//nav//a[@aria-current]")
        assert current.get("href") == f"/{path or 'desktop'}"


def test_the_page_says_what_an_inbox_would(preview: Browser) -> None:
    answer = preview.get("/", host=HERE)
    assert "tech" in str(answer.find("//h1")[0].text_content())  # type: ignore[attr-defined]
    assert "1 post" in answer.text
    assert "0 readers" in answer.text


@pytest.mark.parametrize("tab", FRAMED)
def test_a_view_of_the_mail_stands_in_a_frame_that_runs_nothing(preview: Browser, tab: str) -> None:
    answer = preview.get(f"/{tab}", host=HERE)
    (frame,) = answer.find("//iframe")
    assert frame.get("src") == f"/mail/{tab}"
    assert "allow-scripts" not in str(frame.get("sandbox"))
    assert "frame-src 'self'" in answer["content-security-policy"]
    mail = preview.get(f"/mail/{tab}", host=HERE)
    assert mail.status == 200
    assert "Words." in mail.text
    # Its links open beside the frame.
    assert mail.text.count('<base target="_blank">') == 1


def test_the_dark_views_are_dark_and_the_others_light_wherever_one_is(preview: Browser) -> None:
    for tab in FRAMED:
        html = preview.get(f"/mail/{tab}", host=HERE).text
        assert "prefers-color-scheme" not in html
        assert ("@media all {" in html) == tab.endswith("dark")
        assert ("@media not all {" in html) != tab.endswith("dark")


def test_without_images_the_browser_is_told_to_load_none(preview: Browser) -> None:
    def policies(tab: str) -> str:
        headers = preview.get(f"/mail/{tab}", host=HERE).headers
        return "\n".join(value for name, value in headers if name == "content-security-policy")

    assert "img-src 'none'" in policies("no-images")
    assert "img-src 'none'" not in policies("desktop")


def test_text_and_source_are_shown_as_they_are(preview: Browser) -> None:
    (text,) = preview.get("/text", host=HERE).find("//pre")
    assert "One & two" in str(text.text)
    source = preview.get("/source", host=HERE)
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in source.text
    file = preview.get(source.links("//main//p/a")[0], host=HERE)
    assert file["content-type"] == "message/rfc822"
    assert file.body.startswith(b"Date: ")


def test_what_lint_finds_is_listed_with_the_posts(preview: Browser) -> None:
    answer = preview.get("/lint", host=HERE)
    found = [str(name.text) for name in answer.find("//span[@class='name']")]
    assert "warning · image-size" in found
    assert answer.links("//table//a") == ["https://blog.example/tech/2026/11/20/one.html"]


def test_a_page_elsewhere_that_borrows_our_address_gets_nothing(preview: Browser) -> None:
    for host in ("evil.example", "evil.example:4321", ""):
        assert preview.get("/", host=host).status == 400
    assert preview.get("/", host="localhost:4321").status == 200


def test_it_is_nobody_elses_and_changes_nothing(preview: Browser) -> None:
    for path in ("/", "/mail/desktop", "/digest.eml"):
        answer = preview.get(path, host=HERE)
        assert answer["cache-control"] == "no-store"
        assert answer["x-robots-tag"] == "noindex"
        assert preview("POST", path, host=HERE).status == 405
    for path in ("/other", "/mail/text", "/mail/", "/../x"):
        assert preview.get(path, host=HERE).status == 404


def test_a_document_without_a_head_or_dark_rules_stays_as_it_is() -> None:
    assert as_seen("<p>x</p>", dark=True) == "<p>x</p>"
