"""What an HTML document says, as its readers see it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from syndicate.digests.lines import cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.digests.lint.styles import Styles

#: Columns of a text that stands for a place.
_SHOWN = 40
_WHITE = re.compile(r"\s+")
#: What stands in a line; everything else begins one of its own.
_INLINE = frozenset(
    (
        *(
            "a",
            "abbr",
            "b",
            "cite",
            "code",
            "del",
            "em",
            "i",
            "img",
            "ins",
            "kbd",
            "mark",
            "q",
            "s",
        ),
        *("small", "span", "strong", "sub", "sup", "u", "br", "time", "var", "bdi", "bdo"),
    )
)


def shown(text: str) -> str:
    """The text in quotes, short enough to stand in a finding."""
    return f"“{cut(_WHITE.sub(' ', text).strip(), _SHOWN)}”"


def words_of(element: etree._Element) -> str:
    """What an element says, its pictures by their alt."""
    said = "".join(_pieces(element))
    return _WHITE.sub(" ", said).strip()


def _pieces(element: etree._Element) -> Iterator[str]:
    for one in element.iter():
        if isinstance(one.tag, str):
            yield one.get("alt", "") if one.tag == "img" else (one.text or "")
        if one is not element:
            yield one.tail or ""


def texts(tree: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Each stretch of text within the body that isn't blank, with the element it is in."""
    body = tree.find("body")
    for one in body.iter() if body is not None else ():
        if isinstance(one.tag, str) and one.tag not in ("style", "script") and _says(one.text):
            yield one, str(one.text)
        parent = one.getparent()
        if one is not body and parent is not None and _says(one.tail):
            yield parent, str(one.tail)


def visible(tree: etree._Element, styles: Styles) -> Iterator[tuple[etree._Element, str]]:
    """The same, but for what is hidden."""
    return ((element, text) for element, text in texts(tree) if not styles.is_hidden(element))


def rendered(tree: etree._Element) -> str:
    """All that the body says, hidden or not, with a line's end where blocks begin and end."""
    body, said = tree.find("body"), list[str]()
    for event, one in (
        etree.iterwalk(body, events=("start", "end", "comment")) if body is not None else ()
    ):
        if one.tag not in _INLINE or one.tag == "br":
            said.append("\n")
        text = one.text if event == "start" else one.tail
        said.append(text or "")
    return "".join(said)


def block_of(element: etree._Element) -> etree._Element:
    """The block in whose lines an element, or the text of a block, stands."""
    for one in (element, *element.iterancestors()):
        if one.tag not in _INLINE:
            return one
    return element


def _says(text: str | None) -> bool:
    return bool(text and text.strip())
