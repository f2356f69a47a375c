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

from lxml import etree

from syndicate.errors import TemplateError

# Read when premailer is imported. Its default of 128 parsed rules thrashes: 86 ms become 20 ms.
os.environ.setdefault("PREMAILER_CACHE_MAXSIZE", "4096")

from premailer import Premailer

#: An expression, a statement or a comment of Jinja.
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
#: What stands for one while premailer works: plain in text, in attributes and in comments.
_STAND_IN = re.compile(r"<!--jinja(\d+)x-->|jinja(\d+)x")
#: A statement within a tag: what stands for it would become an attribute.
_WITHIN_TAG = re.compile(r"<\w[^<>]*<!--jinja(\d+)x-->")
#: What lxml puts around a fragment.
_AROUND = re.compile(r"^\s*<html>\s*<body>|</body>\s*</html>\s*$")


def inline_template(source: str, css: str) -> str:
    """A Jinja template of HTML, whole document or fragment, with `css` inlined.

    Its expressions stay as they are. Statements may stand wherever HTML allows a comment, so not
    within a tag.

    Raises:
        TemplateError: a statement stands within a tag, or in a place where HTML drops it.
    """
    found: list[str] = []

    def stand_in(match: re.Match[str]) -> str:
        found.append(match[0])
        name = f"jinja{len(found) - 1}x"
        return name if match[0].startswith("{{") else f"<!--{name}-->"

    plain = _JINJA.sub(stand_in, source)
    misplaced = _WITHIN_TAG.search(plain)
    if misplaced:
        raise TemplateError(f"{found[int(misplaced[1])]} can't stand within a tag; put it outside")
    is_fragment = "<html" not in source
    inlined = _premailer(plain, css, is_fragment=is_fragment).transform(pretty_print=False)
    if is_fragment:
        inlined = _AROUND.sub("", inlined)
    seen = sorted(int(one or other) for one, other in _STAND_IN.findall(inlined))
    if seen != list(range(len(found))):
        lost = next(n for n in range(len(found)) if seen.count(n) != 1)
        raise TemplateError(f"{found[lost]} can't stand where it does; HTML drops it there")
    return _STAND_IN.sub(lambda match: found[int(match[1] or match[2])], inlined)


def inline_element(element: etree._Element, css: str) -> str:
    """An element as HTML, `css` inlined into it and its descendants; the element is changed."""
    html = etree.Element("html")
    body = etree.SubElement(html, "body")
    body.append(element)
    _premailer(html, css, is_fragment=True).transform()
    return etree.tostring(element, method="html", encoding="unicode", with_tail=False)


def _premailer(html: str | etree._Element, css: str, *, is_fragment: bool) -> Premailer:
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
