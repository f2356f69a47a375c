from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from syndicate.posts.jekyll.config import read_config
from syndicate.posts.jekyll.read import Reader
from syndicate.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.posts.model import Reading

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
CONFIG = """\
url: https://news.example
title: Harbour News
timezone: Asia/Shanghai
lang: zh-CN
"""


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Reading]:
    """Write a file into a site, and read it as the post that it is."""

    def write_and_read(
        content: str | bytes,
        source: str = "_posts/2026-01-02-boats.md",
        config: str = CONFIG,
        now: datetime = NOW,
    ) -> Reading:
        (tmp_path / "_config.yml").write_text(config, encoding="utf-8")
        path = tmp_path / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        reader = Reader(load(tmp_path), read_config(tmp_path)[0])
        return reader.read(source, now=now)

    return write_and_read
