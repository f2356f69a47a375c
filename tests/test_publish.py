"""A feed that would break its standards stays as it was, and holds up no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from syndicate.feeds import publish as module
from syndicate.feeds.check import errors
from syndicate.feeds.validate.model import Fault, Finding

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App
    from syndicate.feeds.model import Format

WRONG = Finding.of(Fault("MissingTitle", "a channel has a title"), "rss/channel", 3)


@pytest.fixture
def tech_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(data: bytes, kind: Format, *, url: str) -> list[Finding]:
        return [WRONG] if "/tech/" in url else errors(data, kind, url=url)

    monkeypatch.setattr(module, "errors", found)


@pytest.fixture
def published(app: App, write_post: Callable[..., Path]) -> App:
    """Two categories whose feeds were good once, and a new post in both."""
    write_post("old", "tech", "money")
    app.sync()
    app.publish()
    write_post("new", "tech", "money")
    app.sync()
    return app


def documents(site: Path, category: str) -> dict[str, bytes]:
    folder = site / "public" / "categories" / category
    return {path.name: path.read_bytes() for path in folder.glob("*.xml")}


@pytest.mark.usefixtures("tech_is_broken")
def test_a_broken_feed_keeps_its_documents_and_the_others_are_written(
    published: App, site: Path
) -> None:
    tech, money = documents(site, "tech"), documents(site, "money")
    with capture_logs() as logs:
        written = published.publish()
    assert documents(site, "tech") == tech
    assert documents(site, "money") != money
    assert len(written) == 2
    (told,) = (entry for entry in logs if entry["log_level"] == "error")
    assert told["feed"] == "tech"
    assert "MissingTitle at rss/channel: a channel has a title" in told["reason"]


def test_a_broken_feed_is_written_as_soon_as_it_is_mended(
    published: App, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tech = documents(site, "tech")
    with monkeypatch.context() as broken:
        broken.setattr(module, "errors", lambda *_args, **_rest: [WRONG])
        assert published.publish() == []
        assert "tech" in published.feeds.dirty()
    assert len(published.publish()) == 3
    assert documents(site, "tech") != tech
    assert published.feeds.dirty() == {}
