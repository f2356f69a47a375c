from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from syndicate.digests.message import Headers
from syndicate.digests.model import Masthead
from syndicate.digests.template import Personal
from syndicate.posts.model import Post

if TYPE_CHECKING:
    from collections.abc import Callable

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.fixture(scope="session")
def make_post() -> Callable[..., Post]:
    def make(number: int = 1, **changes: Any) -> Post:  # noqa: ANN401 - any field of Post
        values: dict[str, Any] = {
            "source": f"_posts/2026-11-22-{number}.md",
            "id": f"tag:finance.example,2026:{number}",
            "url": f"https://finance.example/news/{number}.html",
            "title": f"第{number}条新闻",
            "published": NOON,
            "updated": NOON,
            "authors": ("林晚",),
            "language": "zh-CN",
            "html": "<p>正文。</p>",
            "summary": "摘要。",
        }
        return Post(**{**values, **changes})

    return make


@pytest.fixture(scope="session")
def masthead() -> Masthead:
    return Masthead(
        site_title="澜江财经",
        site_url="https://finance.example",
        category_title="经济网新闻",
        description="每个交易日的早晨",
        number=3,
        # 23 November in Shanghai.
        date=datetime(2026, 11, 22, 22, tzinfo=UTC),
        zone=ZoneInfo("Asia/Shanghai"),
        language="zh-CN",
        web_url="https://finance.example/editions/3",
        postal_address="澜江市临水路 18 号",
        cadence="daily",
    )


@pytest.fixture(scope="session")
def envelope() -> Headers:
    return Headers(
        sender='"澜江财经" <news@finance.example>',
        reply_to="editors@finance.example",
        date=NOON,
        list_id="jingjiwang-0a1b2c3d.finance.example",
        list_name="经济网新闻",
        help_url="https://n.finance.example/help",
        archive_url="https://finance.example/editions",
        feedback_id="3:jingjiwang:digest:syndicate",
        seed="mailing:42",
    )


@pytest.fixture(scope="session")
def reader() -> Personal:
    return Personal(
        "reader@mailbox.example",
        "<0123456789abcdef@finance.example>",
        "https://n.finance.example/u/TOKEN?l=1&k=2",
        "https://n.finance.example/preferences/OTHER?l=1&k=2",
    )
