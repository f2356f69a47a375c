"""What every format can show of a feed: made once, so that no two formats can disagree."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from syndicate.posts.model import Image
from syndicate.posts.text import clean

if TYPE_CHECKING:
    from syndicate.feeds.model import Feed
    from syndicate.posts.model import Post

#: What stays as it is in a URI (RFC 3986 §2), beside letters and digits; `%` is encoded already.
_URI = ";/?:@&=+$-_.!~*'()%,#[]"


def presentable(feed: Feed) -> Feed:
    """The feed, its posts left as they are, with what `presentable_post` says of texts and times.

    Its title isn't empty.
    """
    bare: Feed = _cleaned(replace(feed, posts=()))
    shown = replace(bare, posts=feed.posts)
    return shown if shown.title else replace(shown, title=shown.page)


def presentable_post(post: Post) -> Post:
    """The post with every text free of characters that XML 1.0 refuses, and its title not empty.

    Ingest has done so already; but one character that slipped through would cost the whole feed,
    for lxml refuses the document.

    Times are cut to whole seconds: RSS can't say more, and the formats must agree.
    """
    shown: Post = _cleaned(post)
    return shown if shown.title else replace(shown, title=shown.url)


def _cleaned(model: Any) -> Any:  # noqa: ANN401 - any of the models, those to come too
    """The model, itself if there is nothing to mend; else made anew of what is mended."""
    mended = {}
    for field in fields(model):
        old = getattr(model, field.name)
        if (new := _mended(old)) != old:
            mended[field.name] = new
    return replace(model, **mended) if mended else model


def _mended(value: Any) -> Any:  # noqa: ANN401 - any of their fields
    match value:
        case str():
            return clean(value)
        case datetime():
            return value.replace(microsecond=0) if value.microsecond else value
        case tuple():
            # An empty name names nothing.
            return tuple(item for item in map(_mended, value) if item != "") if value else value
        case Image():
            # RSS and Media RSS take URIs alone, in ASCII.
            return replace(value, url=quote(clean(value.url), _URI), alt=clean(value.alt))
        case _:
            return _cleaned(value) if is_dataclass(value) else value
