"""A post and a feed to begin with; a test names what it is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from syndicate.feeds.model import Feed
from syndicate.posts.model import Post

if TYPE_CHECKING:
    from collections.abc import Callable

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def make_post() -> Callable[..., Post]:
    def make(number: int = 1, **changes: Any) -> Post:  # noqa: ANN401 - any field of Post
        values: dict[str, Any] = {
            "source": f"_posts/2026-03-02-{number}.md",
            "id": f"tag:example.com,2026:post-{number}",
            "url": f"https://example.com/{number}/",
            "title": f"Harbour news {number}",
            "published": NOON - timedelta(hours=number),
            "updated": NOON - timedelta(hours=number),
            "html": "<p>The ferry is late.</p>",
            "summary": "The ferry is late.",
        }
        return Post(**{**values, **changes})

    return make


@pytest.fixture(scope="session")
def make_feed() -> Callable[..., Feed]:
    def make(*posts: Post, **changes: Any) -> Feed:  # noqa: ANN401 - any field of Feed
        values: dict[str, Any] = {
            "id": "tag:example.com,2026:harbour",
            "title": "Harbour",
            "description": "Ships and tides",
            "language": "en",
            "page": "https://example.com/harbour/",
            "base": "https://feeds.example.com/categories/harbour/",
            "scheme": "https://feeds.example.com/categories/",
            "since": NOON,
        }
        return Feed(**{**values, **changes, "posts": posts})

    return make
