"""The example site, through the real reader: what `make demo` mails is fit to be mailed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from syndicate.digests.compose import compose
from syndicate.digests.message import Headers, build
from syndicate.posts.model import Reading, Severity
from syndicate.posts.sources import Sources
from syndicate.settings import Settings, load

if TYPE_CHECKING:
    from syndicate.digests.model import Masthead
    from syndicate.digests.template import Personal

SITE = Path(__file__).resolve().parents[2] / "examples" / "site"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
CATEGORIES = {"hongguan", "TechWeb", "Techweb", "touzi(gangmei)", "Career In Tech"}


@pytest.fixture(scope="module")
def site() -> Settings:
    return load(SITE)


@pytest.fixture(scope="module")
def readings(site: Settings) -> list[Reading]:
    sources = Sources(site)
    assert sources.problems == ()
    return [sources.read(found.source, now=NOW) for found in sources.scan()]


def test_every_file_is_a_post_of_a_category_with_a_title(
    site: Settings, readings: list[Reading]
) -> None:
    posts = [reading.post for reading in readings]
    assert len(posts) == 12
    assert {name for post in posts if post for name in post.categories} == CATEGORIES
    assert {text.name for text in site.categories} == CATEGORIES


def test_its_one_fault_is_the_unescaped_quote(readings: list[Reading]) -> None:
    (problem,) = [problem for reading in readings for problem in reading.problems]
    assert problem.severity is Severity.WARNING
    assert [r.post.title for r in readings if r.problems and r.post] == [
        '青屿半导体称"先进封装"产线提前投产，首批客户已下单'
    ]


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_each_category_makes_a_whole_message(
    masthead: Masthead, envelope: Headers, reader: Personal, readings: list[Reading], category: str
) -> None:
    posts = [r.post for r in readings if r.post and category in r.post.categories]
    composed = compose(masthead, posts)
    assert composed.stepped_down == ()
    assert "{{" not in composed.html
    assert "**" not in composed.text
    assert 'src="//' not in composed.html
    assert build(composed, envelope).fill(reader)
