"""Makes what a post refers to absolute: a feed or a mail has no address of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

if TYPE_CHECKING:
    from lxml import etree

#: Characters. Browsers and mail programs give up at about this.
_LONGEST = 8_000
#: All ASCII that isn't a space or a control character: what is encoded stays so.
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
#: What stays as it is in a URI (RFC 3986 §2), beside letters and digits; `%` is encoded already.
_URI = ";/?:@&=+$-_.!~*'()%,#[]"
#: Most links are such, and need nothing done.
_PLAIN = re.compile(r"https?://[A-Za-z0-9][!-~]*")
_ABSOLUTE = re.compile(r"https?://[^/?#\\]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
#: Browsers take them out of a URL wherever they are: `java\nscript:` is a script.
_INVISIBLE = re.compile("[\x00-\x1f\x7f]")
#: As the HTML standard has it: a candidate is a URL and perhaps a descriptor, then a comma.
_CANDIDATE = re.compile(r"([^\s,]\S*)(?:\s+([0-9.]+[wx]))?\s*(?:,|$)")
#: Elements with URLs that readers may get; the sanitiser knows no others.
_LINKING = ("a", "img", "source", "video", "audio", "iframe", "embed", "object")
#: `data` is the `src` of an `object`.
_WITH_URLS = ("href", "src", "poster", "data")


def absolute(url: str, base: str) -> str:
    """The http(s), mailto or tel URL that `url` means on the page `base`; empty if none."""
    if _PLAIN.fullmatch(url) and len(url) <= _LONGEST:
        return url
    url = _INVISIBLE.sub("", url).strip()
    if not url or len(url) > _LONGEST:
        return ""
    scheme = _SCHEME.match(url)
    if scheme and scheme[1].lower() in ("mailto", "tel"):
        return quote(url, _ASCII)
    try:
        joined = urljoin(base, url.replace("\\", "/"))
        if not _ABSOLUTE.match(joined):
            return ""
        return joined if joined.isascii() and " " not in joined else _encoded(joined)
    except ValueError:
        # Brackets that are no IPv6 address.
        return ""


def uri(url: str) -> str:
    """An absolute URL as RSS takes it: in ASCII, what no URI may hold percent-encoded."""
    return quote(url, _URI)


def absolutise(body: etree._Element, base: str) -> None:
    """Make every URL in the tree absolute; what can't be one goes."""
    for element in body.iter(*_LINKING):
        if element.tag == "img" and element.get("data-src"):
            # The picture of a page that loads it late; its `src` is a placeholder.
            element.set("src", element.get("data-src", ""))
        for name in _WITH_URLS:
            url = element.get(name)
            if url is not None:
                _set(element, name, absolute(url, base))
        candidates = element.get("srcset")
        if candidates is not None:
            _set(element, "srcset", _srcset(candidates, base))


def _set(element: etree._Element, name: str, value: str) -> None:
    if value:
        element.set(name, value)
    else:
        del element.attrib[name]


def _srcset(text: str, base: str) -> str:
    candidates = []
    for match in _CANDIDATE.finditer(text[:_LONGEST]):
        url = absolute(match[1].rstrip(","), base)
        if url:
            candidates.append(f"{url} {match[2]}" if match[2] else url)
    return ", ".join(candidates)


def _encoded(url: str) -> str:
    """The host stays as it is written: it is for IDNA, not for percent signs."""
    parts = urlsplit(url)
    return parts._replace(
        path=quote(parts.path, _ASCII),
        query=quote(parts.query, _ASCII),
        fragment=quote(parts.fragment, _ASCII),
    ).geturl()
