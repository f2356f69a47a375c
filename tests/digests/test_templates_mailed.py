"""A broken template of a site's own, from the tick to the mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syndicate.delivery.model import MailingState
from syndicate.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App


@pytest.fixture
def mailing(app: App, write_post: Callable[..., Path]) -> int:
    write_post("one", "tech")
    app.sync(announce=True)
    edition = app.desk.cut("daily", "tech")
    assert edition
    return app.desk.order(edition.id)


@pytest.mark.parametrize(
    ("name", "text", "trouble"),
    [
        ("post.html", "<p>{{ nope }}</p>", "post.html:1: 'nope' is undefined"),
        ("body.txt", "{{ blocks }}", "body.txt: has no line https://unsubscribe.invalid/"),
    ],
)
def test_an_edition_that_cannot_be_composed_waits_until_its_template_is_mended(
    app: App, site: Path, mailing: int, name: str, text: str, trouble: str
) -> None:
    folder = site / "templates" / "email" / "digest"
    folder.mkdir(parents=True)
    (folder / name).write_text(text)
    for _ in range(2):
        with pytest.raises(TemplateError):
            list(app.plan(mailing))
        waiting = app.ledger.get(mailing)
        assert waiting.state is MailingState.ORDERED
        assert f"templates/email/digest/{trouble}" in waiting.trouble
        assert app.sweep().plan == [mailing]
    (folder / name).unlink()
    list(app.plan(mailing))
    mended = app.ledger.get(mailing)
    assert mended.state is MailingState.SENT
    assert mended.trouble == ""


def test_a_category_is_known_by_its_slug(app: App, site: Path, mailing: int) -> None:
    folder = site / "templates" / "email" / "digest"
    for slug, text in (("tech", "for tech\n{{ blocks }}"), ("other", "{{ nope }}")):
        (folder / slug).mkdir(parents=True)
        (folder / slug / "subject.txt").write_text(text.partition("\n")[0])
    edition = app.editions.get(app.ledger.get(mailing).editions[0])
    assert app.desk.compose(edition).subject == "for tech"
