"""A hub hears of every change once the new bytes are there, and again if it didn't listen."""

from __future__ import annotations

from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import feedparser
import pytest

from syndicate.errors import HubError
from tests.conftest import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from syndicate.app import App


@dataclass
class Hub:
    """A real HTTP server that notes what it is told."""

    status: int = 202
    told: list[list[tuple[str, str]]] = field(default_factory=list)
    at_call: Callable[[], None] = lambda: None
    url: str = ""


@pytest.fixture
def hub() -> Iterator[Hub]:
    found = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            found.told.append(parse_qsl(self.rfile.read(length).decode()))
            found.at_call()
            self.send_response(found.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """A test is quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_port}/"
        with serving(server):
            yield found


@pytest.fixture
def site(site: Path, hub: Hub) -> Path:
    settings = site / "syndicate.toml"
    settings.write_text(settings.read_text() + f'\n[feeds]\nhub = "{hub.url}"\n')
    return site


def topics(call: list[tuple[str, str]]) -> list[str]:
    assert call[0] == ("hub.mode", "publish")
    return [value for name, value in call[1:] if name == "hub.url"]


def test_the_hub_hears_of_each_changed_document_when_it_can_be_fetched(
    site: Path, app: App, hub: Hub, write_post: Callable[..., Path]
) -> None:
    write_post("one", "tech")
    app.sync()
    there: list[bool] = []
    hub.at_call = lambda: there.append((site / "public" / "rss.xml").exists())
    app.publish()
    assert hub.told == []
    app.tell_hub()
    (call,) = hub.told
    assert len(topics(call)) == 6
    assert "http://127.0.0.1:8000/categories/tech/atom.xml" in topics(call)
    assert there == [True]
    app.tell_hub()
    app.publish()
    app.tell_hub()
    assert len(hub.told) == 1


def test_a_hub_that_refuses_is_told_again(
    app: App, hub: Hub, write_post: Callable[..., Path]
) -> None:
    write_post("one", "tech")
    app.sync()
    app.publish()
    hub.status = 500
    with pytest.raises(HubError, match="500"):
        app.tell_hub()
    assert app.sweep().hub
    hub.status = 204
    app.tell_hub()
    assert sorted(topics(hub.told[0])) == sorted(topics(hub.told[1]))
    assert not app.sweep().hub


def test_a_feed_names_its_hub_in_every_format(
    site: Path, app: App, hub: Hub, write_post: Callable[..., Path]
) -> None:
    write_post("one", "tech")
    app.sync()
    app.publish()
    for name in ("rss.xml", "atom.xml"):
        links = feedparser.parse((site / "public" / name).read_bytes()).feed.links
        assert [link.href for link in links if link.rel == "hub"] == [hub.url]
    assert hub.url in (site / "public" / "feed.json").read_text()
