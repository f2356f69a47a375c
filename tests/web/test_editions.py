"""Web editions: what they say of what has changed since they were mailed."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

import pytest

from syndicate.delivery import outbox
from syndicate.reports import preview
from syndicate.subscribers.model import Digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App
    from syndicate.digests.model import Edition
    from tests.conftest import Clock
    from tests.web.conftest import Browser

pytestmark = pytest.mark.usefixtures("sink")


@pytest.fixture
def edition(app: App, write_post: Callable[..., Path]) -> Edition:
    """An edition of three posts, not mailed yet."""
    for slug in ("one", "two", "three"):
        write_post(slug, "tech", body=f"Body of {slug}.")
    app.sync(announce=True)
    found = app.desk.cut("daily", "tech")
    assert found
    return found


def mail(app: App, edition: Edition) -> None:
    mailing = app.desk.order(edition.id)
    for chunk in app.plan(mailing):
        app.deliver(mailing, chunk)


def correct(app: App, clock: Clock, write_post: Callable[..., Path]) -> None:
    clock.advance(hours=3)
    write_post("one", "tech", body="Better.", extra='correction: "It is <better> now."\n')
    app.sync()


def test_a_post_that_was_corrected_after_the_mail_is_named_at_the_top(
    app: App, edition: Edition, browser: Browser, clock: Clock, write_post: Callable[..., Path]
) -> None:
    mail(app, edition)
    before = browser.get(f"/editions/{edition.id}")
    assert not before.find("//aside")
    correct(app, clock, write_post)
    after = browser.get(f"/editions/{edition.id}")
    (note,) = after.find("//body/*[not(self::style)][1]")
    said = " ".join(" ".join(map(str, note.itertext())).split())
    assert said == "Corrected on November 23, 2026, 5:00 PM One It is <better> now."
    assert after.links("//aside//a") == ["https://blog.example/tech/2026/11/20/one.html"]
    assert "Better." in after.text


def test_what_was_corrected_before_the_mail_is_no_news(
    app: App, edition: Edition, browser: Browser, clock: Clock, write_post: Callable[..., Path]
) -> None:
    correct(app, clock, write_post)
    clock.advance(minutes=1)
    mail(app, edition)
    assert not browser.get(f"/editions/{edition.id}").find("//aside")


def test_nobody_reads_it_before_its_mail_is_on_the_way(
    app: App, edition: Edition, browser: Browser
) -> None:
    assert browser.get(f"/editions/{edition.id}").status == 404
    mailing = app.desk.order(edition.id)
    assert browser.get(f"/editions/{edition.id}").status == 404
    list(app.plan(mailing))
    assert browser.get(f"/editions/{edition.id}").status == 200


def test_what_was_cancelled_before_it_went_out_is_never_shown(
    app: App, edition: Edition, browser: Browser
) -> None:
    app.desk.cancel(edition.id, "ops", "a mistake")
    assert browser.get(f"/editions/{edition.id}").status == 404


def test_it_says_how_many_posts_were_withdrawn(
    app: App, edition: Edition, browser: Browser, write_post: Callable[..., Path]
) -> None:
    mail(app, edition)
    write_post("two", "tech", extra="published: false\n")
    app.sync()
    page = browser.get(f"/editions/{edition.id}")
    assert "1 post was withdrawn after this edition was sent." in page.text
    assert "Body of two" not in page.text


def test_it_may_be_kept_for_a_while_and_is_asked_for_anew_by_its_tag(
    app: App, edition: Edition, browser: Browser, clock: Clock, write_post: Callable[..., Path]
) -> None:
    mail(app, edition)
    path = f"/editions/{edition.id}"
    first = browser.get(path)
    assert first["cache-control"] == "public, max-age=300"
    assert browser.get(path)["etag"] == first["etag"]
    for asked in (first["etag"], f'"x", W/{first["etag"]}', "*"):
        same = browser.get(path, if_none_match=asked)
        assert (same.status, same.body) == (304, b"")
        assert (same["etag"], same["cache-control"]) == (first["etag"], first["cache-control"])
    correct(app, clock, write_post)
    assert browser.get(path, if_none_match=first["etag"]).status == 200


def test_it_names_the_one_address_it_has(app: App, edition: Edition, browser: Browser) -> None:
    mail(app, edition)
    page = browser.get(f"/editions/{edition.id}", host="evil.example")
    assert page.links("//head/link[@rel='canonical']") == [
        f"http://127.0.0.1:8000/editions/{edition.id}"
    ]


def test_a_broken_template_is_not_shown_to_readers(
    app: App, site: Path, edition: Edition, browser: Browser
) -> None:
    mail(app, edition)
    folder = site / "templates" / "email" / "digest"
    folder.mkdir(parents=True)
    (folder / "post.html").write_text("{{ nope }}")
    page = browser.get(f"/editions/{edition.id}")
    assert page.status == 503
    assert "nope" not in page.text
    (folder / "post.html").write_text("<p>{{ post.title }} mended</p>")
    assert "One mended" in browser.get(f"/editions/{edition.id}").text


def test_the_web_link_of_a_test_message_says_that_it_was_one(
    app: App, edition: Edition, browser: Browser, sink: Path
) -> None:
    digest = Digest(edition.cadence, edition.category)
    assert list(preview.send(app, digest, ["me@y.example"]))
    (raw,) = outbox.messages(sink)
    text = message_from_bytes(raw, policy=default).get_body(("plain",))
    assert text
    (link,) = {line for line in text.get_content().split() if "/editions/" in line}
    page = browser.get(link.removeprefix(app.settings.web.url))
    assert page.status == 200
    assert "It came in a test message." in page.text
    assert page["cache-control"] == "no-store"
