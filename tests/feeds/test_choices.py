"""What the settings say of the feeds, and a category of its own feed."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from lxml import etree, html

from syndicate.app import App
from syndicate.feeds.check import check
from syndicate.feeds.model import Format
from syndicate.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.store.client import Store
    from tests.conftest import Clock

    Published = Callable[[str], Callable[[str, str], list[str]]]

WEB = "http://127.0.0.1:8000/"
NAMES = {"c": "http://purl.org/rss/1.0/modules/content/"}
EXCERPT = "content = 'excerpt'\n"
FULL = "content = 'full'\n"


@pytest.fixture
def published(site: Path, store: Store, clock: Clock, write_post: Callable[..., Path]) -> Published:
    """Publishes with those settings added; gives what asks a document by XPath."""
    common = (site / "syndicate.toml").read_text()
    for category in ("tech", "art"):
        write_post(f"about-{category}", category, body="The rest.", extra="excerpt: First words.\n")

    def publish(text: str) -> Callable[[str, str], list[str]]:
        (site / "syndicate.toml").write_text(common + text)
        app = App(load(site), store, clock)
        app.sync()
        app.publish()

        def ask(path: str, question: str) -> list[str]:
            data = (site / "public" / path).read_bytes()
            tree = html.fromstring(data) if path.endswith(".html") else etree.fromstring(data)
            return [
                str(one) for one in cast("list[object]", tree.xpath(question, namespaces=NAMES))
            ]

        return ask

    return publish


@pytest.mark.parametrize(
    ("general", "of_tech", "whole"),
    [
        ("", "", {"rss.xml", "categories/tech/rss.xml", "categories/art/rss.xml"}),
        ("", EXCERPT, {"rss.xml", "categories/art/rss.xml"}),
        (EXCERPT, "", set()),
        (EXCERPT, FULL, {"categories/tech/rss.xml"}),
    ],
)
def test_feeds_hold_the_whole_post_or_its_excerpt_and_a_category_has_the_last_word(
    published: Published, general: str, of_tech: str, whole: set[str]
) -> None:
    ask = published(f"[feeds]\n{general}\n[[categories]]\nname = 'tech'\n{of_tech}")
    feeds = ("rss.xml", "categories/tech/rss.xml", "categories/art/rss.xml")
    assert {
        feed for feed in feeds if "The rest." in "".join(ask(feed, "//c:encoded/text()"))
    } == whole
    for feed in feeds:
        assert all(text == "First words." for text in ask(feed, "//item/description/text()"))


def test_a_categorys_language_is_that_of_its_feed_its_page_and_its_line_in_the_list(
    published: Published,
) -> None:
    ask = published("[[categories]]\nname = 'tech'\nlanguage = 'ar'\n")
    assert ask("categories/tech/rss.xml", "channel/language/text()") == ["ar"]
    assert ask("categories/tech/atom.xml", "/*/@xml:lang") == ["ar"]
    assert ask("categories/tech/index.html", "/html/@lang | /html/@dir") == ["ar", "rtl"]
    own = f"//outline[@htmlUrl='{WEB}categories/tech/']/@language"
    assert ask("feeds.opml", own) == ["ar"]
    for other in ("", "categories/art/"):
        (said,) = ask(f"{other}rss.xml", "channel/language/text()")
        assert said != "ar"
        assert ask(f"{other}index.html", "/html/@lang") == [said]
        assert ask("feeds.opml", f"//outline[@htmlUrl='{WEB}{other}']/@language") == [said]


def test_another_choice_is_published_at_the_next_sync(published: Published) -> None:
    published("")
    ask = published("[feeds]\nimage = 'https://example.com/logo.png'\n")
    for feed in ("rss.xml", "categories/tech/rss.xml"):
        assert ask(feed, "channel/image/url/text()") == ["https://example.com/logo.png"]
        assert ask(feed, "channel/image/title/text()") == ask(feed, "channel/title/text()")
    ask = published(f"[[categories]]\nname = 'tech'\n{EXCERPT}")
    assert ask("rss.xml", "channel/image") == ask("categories/tech/rss.xml", "//c:encoded") == []


def test_every_choice_gives_documents_without_findings(
    published: Published, site: Path, clock: Clock
) -> None:
    published(
        f"[feeds]\nimage = 'https://example.com/央行.png'\n"
        f"[[categories]]\nname = 'tech'\nlanguage = 'zh-TW'\n{EXCERPT}"
    )
    for folder in ("", "categories/tech/"):
        for kind in Format:
            data = (site / "public" / folder / kind.value).read_bytes()
            assert check(data, kind, url=f"{WEB}{folder}{kind.value}", now=clock()) == []
