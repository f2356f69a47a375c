"""CSS into `style` attributes: the one place that knows premailer.

It is slow (milliseconds a call), so nothing is inlined twice: a template once per language, before
Jinja compiles it, and a post's body once per content (`blocks`). It keeps module-wide caches
without order in threads: call it from one thread at a time, as a delivery process does.

Only CSS text of ours is given to it. It would fetch an `@import`, even with `allow_network=False`;
a post can't bring one, for sanitising leaves no `<style>`, and ours are read by a test.
"""

from __future__ import annotations

import logging
import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from lxml import etree

from syndicate.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from premailer import Premailer

#: An expression, a statement or a comment of Jinja.
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
#: What stands for one while premailer works: plain in text, in attributes and in comments.
_STAND_IN = re.compile(r"<!--jinja(\d+)x-->|jinja(\d+)x")
#: A statement within a tag: what stands for it would become an attribute.
_WITHIN_TAG = re.compile(r"<\w[^<>]*<!--jinja(\d+)x-->")
#: What lxml puts around a fragment.
_AROUND = re.compile(r"^\s*<html>\s*<body>|</body>\s*</html>\s*$")


def inline_template(source: str, css: str, place: str = "template") -> str:
    """A Jinja template of HTML, whole document or fragment, with `css` inlined.

    Its expressions stay as they are. Statements may stand wherever HTML allows a comment, so not
    within a tag. `place` is the file's name for errors.

    Raises:
        TemplateError: a statement stands within a tag, or in a place where HTML drops it; or a
            `<style>` would be inlined too.
    """
    found: list[re.Match[str]] = []

    def stand_in(match: re.Match[str]) -> str:
        found.append(match)
        name = f"jinja{len(found) - 1}x"
        return name if match[0].startswith("{{") else f"<!--{name}-->"

    def fault(number: int, reason: str) -> TemplateError:
        return TemplateError(
            f"{place}:{_line(source, found[number].start())}: {found[number][0]} {reason}"
        )

    plain = _JINJA.sub(stand_in, source)
    if not _STAND_IN.sub("", plain).strip():
        # No HTML of its own.
        return source
    misplaced = _WITHIN_TAG.search(plain)
    if misplaced:
        raise fault(int(misplaced[1]), "can't stand within a tag; put it outside")
    _require_no_style(plain, place)
    is_fragment = "<html" not in source
    if is_fragment:
        # Without them, a comment before the first element would be lost.
        plain = f"<html><body>{plain}</body></html>"
    inlined = _premailer(plain, css, is_fragment=is_fragment).transform(pretty_print=False)
    if is_fragment:
        inlined = _AROUND.sub("", inlined)
    seen = sorted(int(one or other) for one, other in _STAND_IN.findall(inlined))
    if seen != list(range(len(found))):
        lost = next(n for n in range(len(found)) if seen.count(n) != 1)
        raise fault(lost, "can't stand where it does; HTML drops it there")
    return _STAND_IN.sub(lambda match: found[int(match[1] or match[2])][0], inlined)


def line_before(source: str, inlined: str, line: int) -> int:
    """The line of a template's source that a line of it after inlining came from.

    It is that of the last expression or statement that begins there or above.
    """
    above = [match for match in _JINJA.finditer(inlined) if _line(inlined, match.start()) <= line]
    if not above:
        return line
    # What is written twice keeps its order, but for attributes of one tag.
    times = sum(match[0] == above[-1][0] for match in above)
    same = [match for match in _JINJA.finditer(source) if match[0] == above[-1][0]]
    return _line(source, same[times - 1].start())


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _require_no_style(html: str, place: str) -> None:
    """See that premailer finds no CSS but ours: it would fetch what an `@import` names."""
    # Parsed as premailer does.
    for style in etree.fromstring(html, etree.HTMLParser()).iter("style"):
        if style.get("data-premailer") != "ignore":
            raise TemplateError(
                f'{place}:{style.sourceline}: a <style> must say data-premailer="ignore"; what is '
                "to be inlined stands in style.css"
            )


def inline_element(element: etree._Element, css: str) -> str:
    """An element as HTML, `css` inlined into it and its descendants; the element is changed.

    Where a sheet tells elements by nothing but their tag or class, and the class of this element
    around them, each kind is inlined once, and all others of its kind are given the same: that
    takes a tenth of the time.
    """
    around = str(element.tag), element.get("class", "")
    if _is_flat(css, around[1]):
        element.attrib.update(_inlined(css, around, None))
        for each in element.iterdescendants(etree.Element):
            kind = str(each.tag), each.get("class", ""), each.get("style", "")
            each.attrib.update(_inlined(css, around, kind))
    else:
        _premailer(_document(element), css, is_fragment=True).transform()
    return etree.tostring(element, method="html", encoding="unicode", with_tail=False)


@lru_cache(maxsize=64)
def _is_flat(css: str, name: str) -> bool:
    """Whether each selector is a tag or a class, alone or within an element of that class."""
    flat = re.compile(rf"(?:\.{re.escape(name)} )?\.?[a-z][a-z0-9-]*")
    # Nothing but premailer tells what it makes of a sheet.
    rules, _ = _premailer("<p>", css, is_fragment=True)._parse_style_rules(css, 0)  # noqa: SLF001
    return all(flat.fullmatch(selector) for _, selector, _ in rules)


@lru_cache(maxsize=4096)
def _inlined(
    css: str, around: tuple[str, str], kind: tuple[str, str, str] | None
) -> Mapping[str | bytes, str | bytes]:
    """The attributes of an element of that tag, class and style within another, or of the other."""
    outer = etree.Element(around[0], {"class": around[1]})
    inner = outer
    if kind:
        inner = etree.SubElement(outer, kind[0], {"class": kind[1], "style": kind[2]})
    _premailer(_document(outer), css, is_fragment=True).transform()
    return {name: value for name, value in inner.attrib.items() if value}


def _document(element: etree._Element) -> etree._Element:
    html = etree.Element("html")
    etree.SubElement(html, "body").append(element)
    return html


def _premailer(html: str | etree._Element, css: str, *, is_fragment: bool) -> Premailer:
    # Read when premailer is imported. Its default of 128 parsed rules thrashes: 86 ms become 20 ms.
    os.environ.setdefault("PREMAILER_CACHE_MAXSIZE", "4096")
    # It brings an HTTP client and a parser of CSS, which a sync doesn't need.
    from premailer import Premailer  # noqa: PLC0415 - see above

    return Premailer(
        html,
        css_text=css,
        allow_network=False,
        strip_important=False,
        # Also parses far faster. Ours is known to be right; `mso-hide` isn't in its book.
        disable_validation=True,
        # Rules that can't be inlined would go into a <head>, which a fragment hasn't.
        disable_leftover_css=is_fragment,
        # An image's own width and height say more than the style sheet's 100 %.
        disable_basic_attributes=["width", "height"],
        align_floating_images=False,
        cssutils_logging_level=logging.CRITICAL,
    )
