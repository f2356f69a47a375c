"""What CSS makes of an element: its inline style and, in the dark, the rules for that.

Knows what mails of ours use: pixels and the relative units, and dark rules in ascending
specificity, all `!important`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from lxml.cssselect import CSSSelector, SelectorError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml.etree import _Element

#: Pixels of text whose size nothing says.
_USUAL = 16.0
#: Line-height where nothing says one, in font sizes.
_NORMAL = 1.2
_DARK = "(prefers-color-scheme: dark)"
#: What leaves a property to what is around the element, or lets that show through.
_SEEN_THROUGH = ("", "inherit", "transparent", "none")
_NUMBER = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)\s*(px|pt|em|rem|%)?")
_PIXELS = {"px": 1.0, "pt": 4 / 3, "rem": _USUAL}


class Styles:
    """The styles of one document."""

    def __init__(self, tree: _Element | None) -> None:
        self._own: dict[_Element, Mapping[str, str]] = {}
        self._dark: dict[_Element, dict[str, str]] = {}
        #: Selectors for the dark that can't be read: what they change isn't known.
        self.unread: list[str] = []
        if tree is None:
            return
        for selectors, declared in _dark_rules(tree):
            try:
                found = cast("list[_Element]", CSSSelector(selectors)(tree))
            except SelectorError:
                self.unread.append(selectors)
                continue
            for element in found:
                self._dark.setdefault(element, {}).update(declared)

    def own(self, element: _Element, name: str, *, dark: bool = False) -> str:
        """What is said of the element itself; empty if nothing is."""
        if dark and name in (rules := self._dark.get(element, {})):
            return rules[name]
        if element not in self._own:
            self._own[element] = declarations(element.get("style", ""))
        return self._own[element].get(name, "")

    def seen(self, element: _Element, name: str, *, dark: bool = False) -> str:
        """A colour as it is seen there: inherited, or showing through from behind."""
        for one in (element, *element.iterancestors()):
            value = self.own(one, name, dark=dark)
            if value not in _SEEN_THROUGH:
                return value
        return ""

    def size(self, element: _Element) -> float:
        """Pixels of the element's font."""
        parent = element.getparent()
        around = _USUAL if parent is None else self.size(parent)
        return _length(self.own(element, "font-size"), around, around)

    def line(self, element: _Element) -> float:
        """Pixels of a line of its text."""
        for one in (element, *element.iterancestors()):
            value = self.own(one, "line-height")
            if value not in _SEEN_THROUGH:
                if value.replace(".", "", 1).isdecimal():
                    return float(value) * self.size(element)
                return _length(value, self.size(one), _NORMAL * self.size(element))
        return _NORMAL * self.size(element)

    def padding(self, element: _Element) -> float:
        """Pixels above and below its content, together."""
        edges = [
            _length(edge, self.size(element), 0.0) for edge in self.own(element, "padding").split()
        ]
        # CSS: one value for all, two for vertical and horizontal, then top, right, bottom.
        top = edges[0] if edges else 0.0
        bottom = edges[2] if len(edges) > 2 else top  # noqa: PLR2004 - see above
        top = _length(self.own(element, "padding-top"), self.size(element), top)
        return top + _length(self.own(element, "padding-bottom"), self.size(element), bottom)

    def is_hidden(self, element: _Element) -> bool:
        """Whether it, or what it stands in, is never shown."""
        return any(
            self.own(one, "display") == "none" or self.own(one, "visibility") == "hidden"
            for one in (element, *element.iterancestors())
        )


def declarations(style: str) -> dict[str, str]:
    """Names and values of a `style` attribute, or within a rule's braces."""
    pairs = (each.partition(":") for each in style.split(";"))
    return {
        name.strip().lower(): value.replace("!important", "").strip().lower()
        for name, _, value in pairs
        if value
    }


def _dark_rules(tree: _Element) -> Iterator[tuple[str, dict[str, str]]]:
    """Selectors and declarations of every block for the dark, in their order."""
    css = "".join(str(style.text or "") for style in tree.iter("style"))
    for block in css.split(_DARK)[1:]:
        for rule in block.partition("{")[2].split("}"):
            selectors, brace, declared = rule.partition("{")
            if not brace:
                break  # the block's own end
            yield selectors.strip(), declarations(declared)


def _length(text: str, around: float, otherwise: float) -> float:
    """Pixels; `around` is what an em and 100 % are."""
    found = _NUMBER.fullmatch(text)
    if not found:
        return otherwise
    number, unit = float(found[1]), found[2] or "px"
    if unit in _PIXELS:
        return number * _PIXELS[unit]
    return number * around / (100 if unit == "%" else 1)
