"""A site that is synced and served by the commands that people run, for clients over HTTP."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from benchmarks.servers import free_port, web_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: Long past: the commands read the real clock, which no post may be ahead of.
DAY = "2024-05-17"
#: Of a live document; so small that seven posts have an archive.
SIZE = 6


@dataclass(frozen=True)
class Service:
    """A site under `syndicate web`."""

    folder: Path
    url: str
    write: Callable[..., Path]

    def sync(self) -> None:
        subprocess.run(
            [sys.executable, "-m", "syndicate", "sync", "--site", str(self.folder)],
            check=True,
            capture_output=True,
        )

    def add(self, *slugs: str, **rest: str) -> None:
        """Write posts, and publish them."""
        for slug in slugs:
            self.write(slug, "央行", day=DAY, **rest)
        self.sync()

    def set(self, settings: str) -> None:
        """Add to the settings; `web` need not know, for it serves what is on disk."""
        path = self.folder / "syndicate.toml"
        path.write_text(path.read_text() + settings)


@pytest.fixture
def service(site: Path, write_post: Callable[..., Path]) -> Iterator[Service]:
    port = free_port()
    found = Service(site, f"http://127.0.0.1:{port}/", write_post)
    found.set(f"\n[web]\nport = {port}\n[feeds]\nsize = {SIZE}\n")
    with web_app(site, port):
        yield found
