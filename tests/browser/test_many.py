"""Two thousand categories to choose from: found by a few letters, with scripts and without."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from syndicate.posts.categories import Category
from syndicate.subscribers.model import Digest, Status
from tests.browser.visitor import PHONE, Seat, visiting
from tests.web.readers import path_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from syndicate.app import App
    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.slow

SYLLABLES = re.findall("..", "anbadogaguhejilakemequshtowaxiyizezihafo")
#: What the site's readers look for, among many of the kind.
WANTED = "21shijijingjibaodao"
MANY = [
    *(WANTED, "Career In touxingPEVC", "anxinguojizhengquan(xianggang)", "TechWeb", "Techweb"),
    *("".join(parts) for parts in itertools.islice(itertools.permutations(SYLLABLES, 4), 1995)),
]
#: Bytes of the page (a proxy's gzip makes a fifteenth of them), and seconds until it can be used,
#: which a loaded machine may need.
MOST_BYTES, MOST_SECONDS = 300_000, 5
SEATS = [Seat(PHONE, scripts) for scripts in (True, False)]


@pytest.fixture
def many(app: App, home: str) -> str:
    now = app.clock()
    app.categories.add(
        Category(name=name, slug=f"c{place}", title="", feed_id=f"tag:{place}", since=now)
        for place, name in enumerate(MANY)
    )
    return home


def choices(visitor: Visitor) -> list[str]:
    """The boxes in sight."""
    boxes = visitor.page.locator("main [name=category]:visible")
    return list(boxes.evaluate_all("all => all.map(each => each.value)"))


def test_the_page_is_small_and_there_at_once(many: str, chrome: Browser) -> None:
    with urlopen(f"{many}/subscribe", timeout=30) as answer:  # noqa: S310 - our own server
        assert len(answer.read()) < MOST_BYTES
    with visiting(chrome, many, seat=Seat(PHONE)) as visitor:
        visitor.see("/subscribe")
        timing = "performance.getEntriesByType('navigation')[0].loadEventEnd"
        assert 0 < visitor.page.evaluate(timing) < MOST_SECONDS * 1000


@pytest.mark.parametrize("seat", SEATS, ids=str)
def test_what_is_looked_for_is_found_and_what_is_ticked_is_kept(
    seat: Seat, many: str, app: App, chrome: Browser
) -> None:
    with visiting(chrome, many, seat=seat) as visitor:
        visitor.see("/subscribe?category=c3")
        find(visitor, "SHIJI jing", seat)
        assert choices(visitor) == ["c3", "c0"]
        visitor.field("category", "c0").check()
        find(visitor, "career", seat)
        assert set(choices(visitor)) == {"c3", "c0", "c1"}
        find(visitor, "no such thing", seat)
        assert set(choices(visitor)) == {"c3", "c0"}
        visitor.field("address").fill("wanda@mail.example")
        visitor.press("button=subscribe")
    wanted = {Digest("daily", name) for name in (WANTED, "TechWeb")}
    assert set(app.subscribers.find("wanda@mail.example").having(Status.PENDING)) == wanted


def find(visitor: Visitor, query: str, seat: Seat) -> None:
    visitor.field("q").fill(query)
    if not seat.scripts:
        visitor.press_enter("q")


@pytest.mark.parametrize("seat", SEATS, ids=str)
def test_a_reader_finds_one_more_in_his_preferences(
    seat: Seat, many: str, app: App, chrome: Browser
) -> None:
    number = app.subscribers.add("wanda@mail.example", app.clock())
    mine, more = Digest("daily", "TechWeb"), Digest("daily", WANTED)
    app.subscribers.change(number, [mine], Status.ACTIVE, app.clock(), {})
    with visiting(chrome, many, seat=seat) as visitor:
        visitor.see(path_of(app, number))
        visitor.field("q").fill("21SHIJI")
        visitor.press_enter("q")
        visitor.field("digest", str(more)).check()
        visitor.press("do=digests")
    assert set(app.subscribers.get([number])[0].having(Status.ACTIVE)) == {mine, more}
