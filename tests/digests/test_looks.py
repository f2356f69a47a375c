"""What a reader's eyes and thumbs need (STANDARDS 107-110), computed from the composed HTML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

import lxml.html
import pytest
from lxml.cssselect import CSSSelector

from syndicate.digests.compose import compose
from syndicate.digests.lint.colours import Colour
from syndicate.digests.lint.reading import visible
from syndicate.digests.lint.styles import Styles, declarations
from syndicate.posts.model import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lxml import etree

    from syndicate.digests.model import Masthead
    from syndicate.posts.model import Post

BODY = """<h2>要点</h2><p>正文<a href="https://finance.example/a">链接</a><code>码</code></p>
<blockquote><p>引文</p></blockquote><pre>代码</pre><figure><img src="https://finance.example/x.png">
<figcaption>图注</figcaption></figure><table><thead><tr><th>城市</th></tr></thead><tbody>
<tr><td>澜江</td></tr></tbody></table><ul><li>甲</li></ul>"""


@pytest.fixture(scope="module", params=[1, 5, 900])
def document(
    request: pytest.FixtureRequest, masthead: Masthead, make_post: Callable[..., Post]
) -> etree._Element:
    image = Image("https://finance.example/lead.png")
    posts = [make_post(n, html=f"<p>{n}</p>{BODY}", image=image) for n in range(request.param)]
    corrected = [make_post(number=9000, correction="应为 40 辆。")]
    return lxml.html.document_fromstring(compose(masthead, posts, corrected).html)


def _matching(document: etree._Element, selectors: str) -> list[etree._Element]:
    return cast("list[etree._Element]", CSSSelector(selectors)(document))


def _style(element: etree._Element) -> Mapping[str, str]:
    return declarations(element.get("style", ""))


def _seen(styles: Styles, element: etree._Element, name: str, *, dark: bool) -> Colour:
    found = Colour.parse(styles.seen(element, name, dark=dark))
    assert found, f"{name} of <{element.tag}> comes from nowhere"
    return found


@pytest.mark.parametrize("dark", [False, True])
def test_every_word_stands_out_from_its_background(document: etree._Element, dark: bool) -> None:
    styles, seen = Styles(document), set()
    for element, text in visible(document, styles):
        ink = _seen(styles, element, "color", dark=dark)
        paper = _seen(styles, element, "background-color", dark=dark)
        seen.add((ink, paper))
        assert ink.contrast(paper) >= 4.5, (text, ink, paper)
    assert len(seen) >= 3


def test_the_dark_is_dark(document: etree._Element) -> None:
    styles = Styles(document)
    for element, _ in visible(document, styles):
        assert _seen(styles, element, "background-color", dark=True).luminance < 0.02


def test_body_text_has_at_least_16_pixels_and_air(document: etree._Element) -> None:
    for body in _matching(document, ".body"):
        assert float(_style(body)["font-size"].removesuffix("px")) >= 16
        assert float(_style(body)["line-height"]) >= 1.6
        for inner in body.iter():
            size = _style(inner).get("font-size", "16px").removesuffix("px")
            assert float(size) >= (14 if inner.tag == "figcaption" else 16)


def test_links_around_the_posts_are_44_pixels_high(document: etree._Element) -> None:
    chrome = [a for a in document.iter("a") if a.get("class")]
    assert chrome
    for link in chrome:
        style = _style(link)
        if style["display"] == "inline-block":
            assert style["line-height"] == "44px"
            continue
        assert style["display"] == "block"
        edges = [float(edge.removesuffix("px")) for edge in style["padding"].split()]
        padding = edges[0] + (edges[2] if len(edges) > 2 else edges[0])
        text = link if "font-size" in style else link.getparent()
        assert text is not None
        size = float(_style(text)["font-size"].removesuffix("px"))
        assert size * float(_style(text)["line-height"]) + padding >= 44


def test_it_is_one_fluid_column_of_at_most_600_pixels(document: etree._Element) -> None:
    sheet = _matching(document, ".sheet")[0]
    assert _style(sheet)["max-width"] == "600px"
    assert _style(sheet)["width"] == "100%"
    markup = lxml.html.tostring(document, encoding="unicode")
    assert not re.search(r"display:\s*(?:flex|grid)|float:", markup)


def test_layout_tables_say_that_they_are_no_tables(document: etree._Element) -> None:
    for table in document.iter("table"):
        of_the_author = any(e.get("class") == "body" for e in table.iterancestors())
        assert (table.get("role") == "presentation") != of_the_author


def test_images_have_an_alt_and_never_leave_the_sheet(document: etree._Element) -> None:
    for image in document.iter("img"):
        assert image.get("alt") is not None
        assert _style(image)["max-width"] == "100%"
        assert int(image.get("width", "0")) <= 504


def test_the_head_tells_phones_and_dark_mode(document: etree._Element) -> None:
    names = {meta.get("name"): meta.get("content") for meta in document.iter("meta")}
    assert names["viewport"] == "width=device-width, initial-scale=1"
    assert names["color-scheme"] == "light dark"


def test_the_preheader_is_short_and_real(document: etree._Element) -> None:
    (preheader,) = _matching(document, ".preheader")
    text = preheader.text or ""
    assert 0 < len(text) <= 100
    assert not re.search(r"[\u00ad\u034f\u200b-\u200f\u2007\u2060\ufeff]", text)


def test_nothing_but_images_and_links_reaches_out(document: etree._Element) -> None:
    markup = lxml.html.tostring(document, encoding="unicode")
    assert not re.search(r"url\(|@import|<link|<script|<form|<iframe", markup)
