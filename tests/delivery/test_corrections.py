"""A correction reaches every reader, in a mail of one digest and in one of all in one."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, cast

import lxml.html
import pytest

from syndicate.errors import TemplateError
from syndicate.subscribers.model import Digest, Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lxml.html import HtmlElement

    from syndicate.app import App
    from tests.conftest import Clock
    from tests.delivery.conftest import FaultyRelay

SAID = "It was forty, not four hundred."


def work(app: App) -> None:
    """What workers do until nothing is due."""
    while (found := app.sweep()).plan or found.deliver:
        for mailing in found.plan:
            list(app.plan(mailing))
        for mailing, chunk in found.deliver:
            app.deliver(mailing, chunk)


@pytest.fixture
def corrected(app: App, write_post: Callable[..., Path], clock: Clock, relay: FaultyRelay) -> App:
    """Ann gets all in one, Bob each by itself; a post that they had was put right since."""
    for name in ("ann", "bob"):
        reader = app.subscribers.add(f"{name}@y.example", app.clock())
        digests = [Digest("daily", category) for category in ("tech", "money")]
        app.subscribers.change(reader, digests, Status.ACTIVE, app.clock(), {"method": "test"})
        if name == "ann":
            app.subscribers.choose_together(reader, "daily", (), app.clock(), {})
    app.sync()
    app.desk.tick()
    write_post("wrong", "tech", "money")
    app.sync()
    clock.advance(hours=23)
    app.desk.tick()
    work(app)
    relay.taken.clear()
    write_post("wrong", "tech", "money", body="Better.", extra=f'correction: "{SAID}"\n')
    write_post("news", "tech", "money", day="2026-11-21")
    clock.advance(hours=1)
    app.sync()
    clock.advance(hours=23)
    app.desk.tick()
    return app


def test_it_stands_in_text_and_html_once_in_a_mail(corrected: App, relay: FaultyRelay) -> None:
    work(corrected)
    assert sorted(relay.recipients()) == ["ann@y.example", "bob@y.example", "bob@y.example"]
    for _, raw in relay.taken:
        message = message_from_bytes(raw, policy=default)
        text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
        assert text
        assert html
        assert text.get_content().count(SAID) == 1
        assert "Corrections" in text.get_content()
        page = lxml.html.document_fromstring(html.get_content())
        (note,) = cast("list[HtmlElement]", page.xpath("//td[contains(@class, 'corrections')]"))
        assert SAID in str(note.text_content())
        assert "Wrong" in str(note.text_content())


def test_a_template_of_all_in_one_without_a_way_out_is_refused_before_anybody_gets_it(
    corrected: App, relay: FaultyRelay, site: Path
) -> None:
    folder = site / "templates" / "email" / "together"
    folder.mkdir(parents=True)
    (folder / "body.html").write_text("<html><body>{{ blocks }}</body></html>")
    (mailing,) = (m for m in corrected.ledger.active() if corrected.ledger.get(m).together)
    with pytest.raises(TemplateError, match=r"together/body\.html: has no way out"):
        list(corrected.plan(mailing))
    assert relay.taken == []


def test_it_follows_its_category_to_a_new_name(
    corrected: App,
    open_app: Callable[[], App],
    site: Path,
    write_post: Callable[..., Path],
    clock: Clock,
) -> None:
    write_post("news", "tech", "money", day="2026-11-21", extra=f'correction: "{SAID}"\n')
    corrected.sync()
    with (site / "syndicate.toml").open("a") as file:
        file.write("\n[[categories]]\nname = 'technology'\nformerly = ['tech']\n")
    app = open_app()
    app.sync()
    write_post("more", "technology", day="2026-11-21")
    clock.advance(minutes=1)
    app.sync()
    edition = app.desk.cut("daily", "technology")
    assert edition
    assert SAID in app.desk.compose(edition).text
    assert not app.store.text.exists(app.store.keys.corrections("daily", "tech"))
