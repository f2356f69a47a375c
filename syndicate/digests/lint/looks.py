"""Looks: what eyes and thumbs need, in the light and in the dark (STANDARDS 109)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from syndicate.digests.lint.colours import Colour
from syndicate.digests.lint.model import Finding, error, warning
from syndicate.digests.lint.reading import block_of, shown, visible, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml import etree

    from syndicate.digests.lint.letter import Letter
    from syndicate.digests.lint.styles import Styles

#: WCAG 2.2, 1.4.3 (AA), for text of any size.
_CONTRAST = 4.5
#: Below this distance SpamAssassin takes text for hidden.
_HIDDEN = 12
#: Pixels of what is read at length, and of all else.
_BODY, _SMALLEST = 16, 14
#: Pixels. What small is taken for hidden.
_INVISIBLE = 1
#: Pixels of what a thumb hits (WCAG 2.2, 2.5.5), and, of links that an author lists, can hit
#: (2.5.8).
_THUMB, _TIP = 44, 24
#: Characters that are hidden. A preheader has a tenth.
_LONG = 1400
_BOXES = ("block", "inline-block")
_WORD = re.compile(r"\w")


def find(letter: Letter) -> Iterator[Finding]:
    """All that is wrong with the looks of the HTML, each kind of fault once."""
    if letter.tree is None:
        return
    seen = list(visible(letter.tree, letter.styles))
    light = _pairs(seen, letter.styles, dark=False)
    dark = _pairs(seen, letter.styles, dark=True)
    yield from _contrast(light, "in the light")
    yield from _contrast({k: v for k, v in dark.items() if k not in light}, "in the dark")
    for selectors in letter.styles.unread:
        what = "a rule for the dark that can't be judged"
        yield warning("dark-rule", what, selectors[:200], "name classes and elements alone")
    yield from _sizes(seen, letter.styles)
    yield from _touch(letter.tree, _sentences(seen), letter.styles)
    yield from _invisible(letter.tree, letter.styles)


def _pairs(
    seen: list[tuple[etree._Element, str]], styles: Styles, *, dark: bool
) -> dict[tuple[str, str], str]:
    """Each ink with its paper, and words that are written so."""
    found: dict[tuple[str, str], str] = {}
    for element, text in seen:
        ink = styles.seen(element, "color", dark=dark) or "#000000"
        paper = styles.seen(element, "background-color", dark=dark) or "#ffffff"
        found.setdefault((ink, paper), text)
    return found


def _contrast(pairs: Mapping[tuple[str, str], str], mode: str) -> Iterator[Finding]:
    for (ink, paper), text in pairs.items():
        front, back = Colour.parse(ink), Colour.parse(paper)
        if front is None or back is None:
            what = f"{paper if front else ink!r} isn't a plain colour"
            yield warning("colour", what, shown(text), "write #rrggbb")
            continue
        ratio = front.contrast(back)
        what = f"{ink} on {paper} has a contrast of {ratio:.1f} {mode}"
        if ratio < _CONTRAST:
            yield error("contrast", what, shown(text), f"at least {_CONTRAST} can be read")
        if front.distance(back) < _HIDDEN:
            yield error("HTML_FONT_LOW_CONTRAST", what, shown(text), "let text be seen")


def _sizes(seen: list[tuple[etree._Element, str]], styles: Styles) -> Iterator[Finding]:
    told = set()
    for element, text in seen:
        size, least = styles.size(element), _least(element)
        if size < least and (size, least) not in told:
            told.add((size, least))
            remedy = f"at least {least} px"
            yield warning("font-size", f"text of {size:g} px", shown(text), remedy)


def _least(element: etree._Element) -> int:
    """Pixels that text there should have: a post's own more than what is around it."""
    is_note = any(one.tag == "figcaption" for one in (element, *element.iterancestors()))
    return _BODY if _is_read(element) and not is_note else _SMALLEST


def _is_read(element: etree._Element) -> bool:
    """Whether it is a part of a post, and not of what is around the posts."""
    around = (element, *element.iterancestors())
    return any("body" in one.get("class", "").split() for one in around)


def _touch(
    tree: etree._Element, sentences: set[etree._Element], styles: Styles
) -> Iterator[Finding]:
    for link in tree.iter("a"):
        words = words_of(link)
        # WCAG lets links within a sentence be as high as its lines; a picture has its own height.
        if styles.is_hidden(link) or next(link.iter("img"), None) is not None or not words:
            continue
        is_box = styles.own(link, "display") in _BOXES
        if not is_box and block_of(link) in sentences:
            continue
        line = max(styles.line(one) for one in link.iter() if isinstance(one.tag, str))
        height = line + (styles.padding(link) if is_box else 0)
        # Sizes are fractions: 44 comes out as 43.99….
        least = _TIP if _is_read(link) else _THUMB
        if round(height, 1) < least:
            what = f"a link {height:.0f} px high"
            yield warning("touch", what, shown(words), f"a thumb wants {least} px")


def _sentences(seen: list[tuple[etree._Element, str]]) -> set[etree._Element]:
    """The blocks that say something besides their links."""
    return {
        block_of(element)
        for element, text in seen
        if _WORD.search(text)
        and element.tag != "a"
        and next(element.iterancestors("a"), None) is None
    }


def _invisible(tree: etree._Element, styles: Styles) -> Iterator[Finding]:
    for element in tree.iter("div", "span", "p", "td", "font"):
        words = words_of(element)
        if words and styles.own(element, "font-size") and styles.size(element) <= _INVISIBLE:
            what = f"text of {styles.size(element):g} px"
            remedy = "hide a preheader with display:none alone; show all else"
            yield error("HTML_TEXT_INVISIBLE_FONT", what, shown(words), remedy)
        if len(words) >= _LONG and styles.own(element, "display") == "none":
            what = f"{len(words)} hidden characters"
            yield error("LONG_INVISIBLE_TEXT", what, shown(words), "show what you say")
