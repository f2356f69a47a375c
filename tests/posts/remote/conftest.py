from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers import Page, Server, running

if TYPE_CHECKING:
    from collections.abc import Iterator

FEEDS = Path(__file__).parent / "feeds"
KINDS = {
    "harbour.rss.xml": "application/rss+xml",
    "harbour.atom.xml": "application/atom+xml",
    "harbour.json": "application/feed+json",
}


@pytest.fixture
def server() -> Iterator[Server]:
    """A real HTTP server with a feed of every kind."""
    with running() as found:
        for name, kind in KINDS.items():
            page = Page((FEEDS / name).read_bytes(), headers={"Content-Type": kind})
            found.pages[f"/{name}"] = page
        yield found


@pytest.fixture
def remote(site: Path, server: Server) -> Path:
    """A site whose settings name the RSS feed as `harbour`; gives the settings' file."""
    settings = site / "syndicate.toml"
    settings.write_text(
        f"{settings.read_text()}\n[[remotes]]\n"
        f'name = "harbour"\nurl = "{server.url}/harbour.rss.xml"\nallow_private = true\n'
    )
    return settings
