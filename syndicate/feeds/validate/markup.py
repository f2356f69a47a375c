"""HTML within feeds: what readers will refuse, strip or show wrong. Linear in its length."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from syndicate.feeds.validate.model import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Elements that run, fetch or restyle: readers drop them, some with all that follows.
_RISKY = frozenset(
    (
        *("applet", "base", "embed", "frame", "frameset", "iframe", "link", "meta", "noembed"),
        *("object", "param", "plaintext", "script", "style", "xmp"),
    )
)
_URLS = ("href", "src", "poster", "background", "cite", "longdesc", "data")
_SCHEME = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.\-]*:")
#: What a URL may not do in a reader. Spaces and controls within are what attackers put there.
_RUNS = re.compile(r"[\x00-\x20]*(?:javascript|vbscript|data:text)", re.IGNORECASE)
_STYLE = re.compile(
    r"expression\s?\(|url\s?\(|javascript:|behaviou?r\s?:|-moz-binding|@import|position\s?:|[\\]",
    re.IGNORECASE,
)
_ESCAPED_END = re.compile(r"&lt;/[A-Za-z][A-Za-z0-9]*&gt;")
#: C1 controls and what stands for lost characters: text was read in a wrong encoding.
_BAD = re.compile(r"[\x80-\x9f\ufffd]")


def faults(html: str) -> Iterator[Fault]:
    """What is wrong with a post's HTML; each kind of fault once for each value."""
    yield from bad_characters(html)
    if "<" not in html:
        if found := _ESCAPED_END.search(html):
            yield Fault("EscapedTwice", f"{found[0]} shows as text; escape the HTML once")
        return
    # Of any text it makes a tree, as readers do, and fetches nothing.
    parser = etree.HTMLParser(huge_tree=False)
    root = etree.fromstring(f"<div>{html}</div>", parser)
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        yield Fault("NotHtml", "elements within elements, so many that readers give up")
    yield from dict.fromkeys(_element_faults(root))


def bad_characters(text: str) -> Iterator[Fault]:
    """Characters that no author typed."""
    if found := None if text.isascii() else _BAD.search(text):
        yield Fault(
            "BadCharacters", f"U+{ord(found[0]):04X} is no text; was another encoding read?"
        )


def tree_faults(root: etree._Element) -> Iterator[Fault]:
    """The same for XHTML, which is parsed already."""
    yield from bad_characters("".join(map(str, root.itertext())))
    yield from dict.fromkeys(_element_faults(root))


def _element_faults(root: etree._Element) -> Iterator[Fault]:
    for element in root.iter(etree.Element):
        tag = str(element.tag).rpartition("}")[2].lower()
        if tag in _RISKY:
            yield Fault("SecurityRisk", f"readers drop <{tag}>; leave it out")
        for key, value in element.items():
            yield from _attribute_faults(str(key).lower(), str(value))


def _attribute_faults(name: str, value: str) -> Iterator[Fault]:
    if name.startswith("on"):
        yield Fault("SecurityRiskAttr", f"readers drop {name}=; leave it out")
    elif name == "style":
        if found := _STYLE.search(value):
            yield Fault("DangerousStyleAttr", f"readers drop {found[0]!r} in a style")
    elif name in _URLS:
        yield from _url_faults(name, value)
    elif name == "srcset":
        for candidate in _candidates(value):
            yield from _url_faults(name, candidate)


def _url_faults(name: str, url: str) -> Iterator[Fault]:
    if _RUNS.match(url):
        yield Fault("SecurityRiskAttr", f"{url[:40]!r} runs; leave it out")
    elif not _SCHEME.match(url) and not url.lstrip().startswith("#"):
        yield Fault("ContainsRelRef", f"{name} {url[:80]!r} must be absolute, as in https://…")


def _candidates(srcset: str) -> Iterable[str]:
    """The URLs of a srcset: each ends at a space, or at the comma of the next."""
    return (words[0] for part in srcset.split(", ") if (words := part.split()))
