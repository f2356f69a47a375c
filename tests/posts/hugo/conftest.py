from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from syndicate.posts.hugo.site import HugoSite
from syndicate.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.posts.model import Reading

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
CONFIG = """\
baseURL = "https://news.example/"
title = "Harbour News"
"""


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    """Write a file into the site: `put("content/posts/a.md", "text")`."""

    def write(source: str, content: str | bytes = "") -> Path:
        path = tmp_path / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def hugo(tmp_path: Path, put: Callable[..., Path]) -> Callable[..., HugoSite]:
    """The site as it is now, with what `hugo.toml` says beside its title and URL."""

    def open_site(config: str = "", **posts: object) -> HugoSite:
        put("hugo.toml", CONFIG + config)
        return HugoSite(load(tmp_path, {"posts": posts}))

    return open_site


@pytest.fixture
def read(put: Callable[..., Path], hugo: Callable[..., HugoSite]) -> Callable[..., Reading]:
    """Write a page into the site, and read it as the post that it is."""

    def write_and_read(
        content: str | bytes,
        source: str = "content/posts/boats.md",
        config: str = "",
        now: datetime = NOW,
    ) -> Reading:
        put(source, content)
        return hugo(config).read(source, now=now)

    return write_and_read
