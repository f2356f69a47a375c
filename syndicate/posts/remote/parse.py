"""From the bytes that came to the feed that they are, whatever their server called them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syndicate.errors import FetchError
from syndicate.posts.remote import json_feed, page, xml_feed
from syndicate.posts.remote.charset import decoded
from syndicate.posts.remote.xml_guard import guarded

if TYPE_CHECKING:
    from syndicate.posts.remote.model import Document


def parse(data: bytes, content_type: str, url: str) -> Document:
    """The feed that was fetched from `url`. Wrong media types and broken feeds are read, too.

    Raises:
        FetchError: it is no feed, or one that nobody may be asked to read; never anything else,
            whatever the bytes are.
    """
    text = decoded(data, content_type)
    if page.is_page(text):
        raise FetchError(page.described(text, url))
    begun = text[:1000].lstrip("\ufeff \t\r\n")
    if begun.startswith(("{", "[")):
        return json_feed.parse(text.lstrip("\ufeff"), url)
    if not begun.startswith("<"):
        kind = content_type.partition(";")[0].strip()[:80] or "of no type"
        raise FetchError(f"neither XML nor JSON came, but {len(data)} bytes ({kind})")
    safe, fault = guarded(text)
    document = xml_feed.parse(safe, url)
    return replace(document, mended=(fault, *document.mended)) if fault else document
