"""A post's body made fit for a mail: its headings, images and tables."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

import lxml.html

from syndicate.digests.text import said
from syndicate.posts.html.sanitise import Sink, sanitise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

#: Pixels: the sheet of 600 less its widest padding.
WIDTH = 504
#: A mail's `<h1>` is its masthead, its `<h2>` a post's title.
_FIRST_LEVEL = 3
_LAST_LEVEL = 6
_HEADING = re.compile(r"h([1-6])")


def mail_body(html: str, direction: str = "ltr") -> etree._Element:
    """The body as one `<div class="body">`, sanitised for mail, ready to be inlined.

    `direction` is how it is read: `ltr` or `rtl`.
    """
    clean = sanitise(html, Sink.EMAIL)
    root: etree._Element = lxml.html.fragment_fromstring(clean, create_parent="div")
    root.set("class", "body")
    _mend_headings(root)
    for image in list(root.iter("img")):
        _mend_image(image)
    for table in list(root.iter("table")):
        _let_scroll(table)
    for cell in root.iter("th"):
        # Where the author says nothing, browsers centre a heading over a column that isn't.
        if "align" not in cell.attrib and "style" not in cell.attrib:
            cell.set("style", f"text-align:{'right' if direction == 'rtl' else 'left'}")
    return root


def is_empty(body: etree._Element) -> bool:
    """Whether it shows nothing."""
    return next(body.iter("img"), None) is None and not said(body).strip()


def begins_with_image(body: etree._Element) -> bool:
    """Whether an image comes before any word, so that another above it would be one too many."""
    before = takewhile(lambda element: element.tag != "img", body.iter())
    return next(body.iter("img"), None) is not None and not any(map(_says, before))


def _says(element: etree._Element) -> bool:
    return bool((element.text or "").strip())


def _mend_headings(root: etree._Element) -> None:
    """Levels that begin below the post's title and skip none, in the author's order."""
    open_levels: list[int] = []
    for heading in list(_headings(root)):
        level = int(str(heading.tag)[1])
        while open_levels and open_levels[-1] >= level:
            open_levels.pop()
        open_levels.append(level)
        heading.tag = f"h{min(_FIRST_LEVEL + len(open_levels) - 1, _LAST_LEVEL)}"


def _headings(root: etree._Element) -> Iterator[etree._Element]:
    return (e for e in root.iter() if isinstance(e.tag, str) and _HEADING.fullmatch(e.tag))


def _mend_image(image: etree._Element) -> None:
    """An `alt` always; no wider than the sheet, for readers that know no `max-width`."""
    image.set("alt", image.get("alt", ""))
    width, height = image.get("width", ""), image.get("height", "")
    if width.isdecimal() and int(width) > WIDTH:
        image.set("width", str(WIDTH))
        if height.isdecimal():
            image.set("height", str(scaled(int(width), int(height))))


def scaled(width: int, height: int) -> int:
    """The height of a picture that is as wide as the sheet; 0 where its sides aren't known."""
    return height * WIDTH // width if width else 0


def _let_scroll(table: etree._Element) -> None:
    """A table wider than a phone scrolls by itself and leaves the page alone."""
    parent = table.getparent()
    if parent is None or next(table.iterancestors("table"), None) is not None:
        return
    box = lxml.html.Element("div")
    box.set("class", "wide")
    box.tail, table.tail = table.tail, None
    parent.replace(table, box)
    box.append(table)
