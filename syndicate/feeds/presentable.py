"""What every format can show of a feed: made once, so that no two formats can disagree."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from syndicate.feeds.model import Feed
from syndicate.posts.model import Image, Post
from syndicate.posts.text import clean

#: What stays as it is in a URI (RFC 3986 §2), beside letters and digits; `%` is encoded already.
_URI = ";/?:@&=+$-_.!~*'()%,#[]"


def presentable(feed: Feed) -> Feed:
    """The feed with every text free of characters that XML 1.0 refuses, and no title empty.

    Ingest has done so already; but one character that slipped through would cost the whole feed,
    for lxml refuses the document.

    Times are cut to whole seconds: RSS can't say more, and the formats must agree.
    """
    cleaned: Feed = _cleaned(feed)
    posts = tuple(replace(post, title=post.title or post.url) for post in cleaned.posts)
    return replace(cleaned, title=cleaned.title or cleaned.page, posts=posts)


def _cleaned(value: Any) -> Any:  # noqa: ANN401 - any field of the models, those to come too
    match value:
        case str():
            return clean(value)
        case datetime():
            return value.replace(microsecond=0)
        case tuple():
            # An empty name names nothing.
            return tuple(item for item in map(_cleaned, value) if item != "")
        case Image():
            # RSS and Media RSS take URIs alone, in ASCII.
            return Image(quote(clean(value.url), _URI), clean(value.alt))
        case Feed() | Post():
            parts = {field.name: _cleaned(getattr(value, field.name)) for field in fields(value)}
            return replace(value, **parts)
        case _:
            return value
