"""Takes out of a post what no reader should get, and turns players into links."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lxml import etree

from syndicate.posts.html import tree

if TYPE_CHECKING:
    from collections.abc import Iterator

#: They are no text, whatever is in them.
_UNREAD = ("script", "style", "template", "noscript", "title", "meta", "link", "base", "svg")
_PLAYERS = ("iframe", "video", "audio", "embed", "object")
#: What a player says in its place stands in the flow of the text only here.
_FLOW = ("body", "div", "section", "article", "figure", "blockquote", "center", "main")
_HIDDEN = re.compile(r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_PIXEL = re.compile(r"\s*0*[01](?:px)?\s*$", re.IGNORECASE)
_PIXEL_STYLE = re.compile(r"(?:^|[;\s])(width|height)\s*:\s*[01](?:px)?\s*(?=;|$)", re.IGNORECASE)
_ALIGNED = ("td", "th", "p", "div", "h1", "h2", "h3", "h4", "h5", "h6")
_SIDES = ("left", "center", "right")
#: A paragraph with one of these isn't empty.
_THINGS = ("img", "hr", "table", "input", "iframe", "video", "audio")


def tidy(body: etree._Element) -> None:
    """Mend the tree. Its URLs are absolute already."""
    for element in list(body.iter()):
        if element.tag in _UNREAD or _is_hidden(element):
            tree.drop(element)
        elif element.tag in _PLAYERS:
            _replace_player(element)
        elif element.tag == "img":
            _mend_image(element)
        elif element.tag in _ALIGNED:
            _keep_alignment(element)
    for element in reversed(list(body.iter("p", "a"))):
        if not _shows_something(element):
            tree.drop(element)


def _is_hidden(element: etree._Element) -> bool:
    return "hidden" in element.attrib or bool(_HIDDEN.search(element.get("style", "")))


def _keep_alignment(element: etree._Element) -> None:
    """Of all that a style says, mail programs and feed readers can be trusted with this."""
    side = element.get("align", "").lower()
    if side in _SIDES:
        element.set("style", f"text-align:{side}")
    elif "text-align" not in element.get("style", "text-align"):
        del element.attrib["style"]


def _mend_image(image: etree._Element) -> None:
    """A picture that can't be shown is its description; one that only counts readers is nothing."""
    if not image.get("src"):
        tree.replace(image, image.get("alt", ""))
    elif _is_pixel(image):
        tree.drop(image)


def _is_pixel(image: etree._Element) -> bool:
    if all(_PIXEL.match(image.get(side, "")) for side in ("width", "height")):
        return True
    sides = {match[1].lower() for match in _PIXEL_STYLE.finditer(image.get("style", ""))}
    return len(sides) == len(("width", "height"))


def _replace_player(player: etree._Element) -> None:
    """A link to what it plays: feeds and mails can't play it."""
    url = next((url for url in _sources(player) if url), "")
    if not url:
        tree.drop(player)
        return
    link = etree.Element("a", href=url)
    link.text = player.get("title") or player.get("aria-label") or urlsplit(url).netloc
    if player.get("poster"):
        image = etree.SubElement(link, "img", src=player.get("poster", ""), alt=link.text)
        link.text, image.tail = None, None
    parent = player.getparent()
    if parent is not None and parent.tag in _FLOW:
        paragraph = etree.Element("p")
        paragraph.append(link)
        tree.replace(player, paragraph)
    else:
        tree.replace(player, link)


def _sources(player: etree._Element) -> Iterator[str]:
    yield player.get("src", "") or player.get("data", "")
    for source in player.iter("source", "embed", "iframe"):
        yield source.get("src", "")


def _shows_something(element: etree._Element) -> bool:
    if (element.text or "").strip():
        return True
    if any(text.strip() for text in element.itertext()):
        return True
    return any(True for _ in element.iter(*_THINGS))
