"""A post as mails show it, made once per content and kept: what an edition is put together from."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from syndicate.chrome import chrome
from syndicate.digests import slots
from syndicate.digests.body import begins_with_image, is_empty, mail_body
from syndicate.digests.inline import inline_element
from syndicate.digests.model import Step
from syndicate.digests.templates import (
    DIGEST,
    html_environment,
    render,
    style_sheet,
    text_environment,
)
from syndicate.digests.text import prose

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from syndicate.posts.model import Post

#: Blocks kept in the process: a day of a large site, at about 30 KB each.
KEPT = 1024


@dataclass(frozen=True, slots=True)
class Block:
    """One post in every step that it can be shown in; nothing in it is personal."""

    html: Mapping[Step, str]
    text: Mapping[Step, str]


@dataclass(frozen=True, slots=True)
class _Key:
    """The same key, the same block. The post is along for the ride."""

    content_hash: str
    language: str
    zone: ZoneInfo
    post: Post = field(compare=False)


def block(post: Post, language: str, zone: ZoneInfo) -> Block:
    """The post's block for editions in that language and zone."""
    return _block(_Key(post.content_hash, language, zone, post))


@lru_cache(maxsize=KEPT)
def _block(key: _Key) -> Block:
    body = mail_body(key.post.html)
    lead = key.post.image if not begins_with_image(body) else None
    # Text first: inlining changes the tree.
    text = prose(body)
    css = style_sheet(key.language, "prose.css")
    html = "" if is_empty(body) else inline_element(body, css)
    markup = Markup(html)  # noqa: S704 - `mail_body` sanitised it
    return Block(
        {step: _html(key, step, body=markup, lead=lead) for step in Step},
        {step: _text(key, step, body=text) for step in Step},
    )


def _html(key: _Key, step: Step, **values: object) -> str:
    environment = html_environment(key.language)
    html = render(environment, f"{DIGEST}/post.html", _values(key, step) | values)
    # An author's link to the marker's host mustn't become a reader's way out.
    return html.replace(slots.UNSUBSCRIBE_HREF, "")


def _text(key: _Key, step: Step, **values: object) -> str:
    environment = text_environment(key.language)
    text = render(environment, f"{DIGEST}/post.txt", _values(key, step) | values)
    return text.replace(slots.UNSUBSCRIBE_URL, "")


def _values(key: _Key, step: Step) -> dict[str, Any]:
    words = chrome(key.language)
    moment = words.moment(key.post.published, key.zone)
    return {
        "post": key.post,
        "step": step.value,
        "direction": chrome(key.post.language).direction,
        "byline": " · ".join(filter(None, (words.names(key.post.authors), moment))),
        "read_on": words.gettext("View the original" if step is Step.FULL else "Read on"),
    }
