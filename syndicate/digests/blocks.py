"""A post as mails show it, made once per content and kept: what an edition is put together from."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from markupsafe import Markup

from syndicate.chrome import chrome
from syndicate.digests import slots
from syndicate.digests.body import begins_with_image, is_empty, mail_body, scaled
from syndicate.digests.fit import weight
from syndicate.digests.inline import inline_element
from syndicate.digests.model import Step
from syndicate.digests.overrides import OURS, Templates
from syndicate.digests.templates import (
    DIGEST,
    html_environment,
    render,
    style_sheet,
    text_environment,
)
from syndicate.digests.text import prose, without_gaps
from syndicate.digests.transfer import Piece

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from zoneinfo import ZoneInfo

    from syndicate.posts.model import Post

Shown = TypeVar("Shown", Piece, int)

#: What ends a post's text: two blank lines before the next.
APART = "\n\n"
#: Blocks kept in the process: a day of a large site, at about 30 KB each.
KEPT = 1024


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One post in every step that it can be shown in, in whole lines; nothing in it is personal."""

    html: Mapping[Step, Piece]
    text: Mapping[Step, Piece]
    #: Bytes of the HTML.
    sizes: Mapping[Step, int]


class _Steps(dict[Step, Shown], Generic[Shown]):
    """What is made of a post for each step, when it is first asked for: most are shown whole."""

    def __init__(self, make: Callable[[Step], Shown]) -> None:
        super().__init__()
        self._make: Callable[[Step], Shown] = make

    def __missing__(self, step: Step) -> Shown:
        self[step] = self._make(step)
        return self[step]


@dataclass(frozen=True, slots=True)
class Key:
    """The same key, the same block. The post is along for the ride."""

    content_hash: str
    language: str
    zone: ZoneInfo
    templates: Templates
    post: Post = field(compare=False)
    _hash: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Hash it once: it is asked for with every mail."""
        named = self.content_hash, self.language, self.zone, self.templates
        object.__setattr__(self, "_hash", hash(named))

    def __hash__(self) -> int:
        """That of all that it names."""
        return self._hash


@dataclass(frozen=True, slots=True)
class _Dressed:
    """A post under a style sheet."""

    content_hash: str
    css: str
    post: Post = field(compare=False)


class _Body(NamedTuple):
    html: Markup
    text: str
    begins_with_image: bool


def block(post: Post, language: str, zone: ZoneInfo, templates: Templates = OURS) -> Block:
    """The post's block for editions in that language and zone, made with these templates.

    Raises:
        TemplateError: one of them is wrong.
    """
    return block_of(key(post, language, zone, templates))


def key(post: Post, language: str, zone: ZoneInfo, templates: Templates = OURS) -> Key:
    """What names that block: to be made once by whoever asks often, for it hashes the post."""
    return Key(post.content_hash, language, zone, templates, post)


@lru_cache(maxsize=KEPT)
def block_of(key: Key) -> Block:
    """The block of that name."""
    direction = chrome(key.post.language).direction
    # Its own fonts, whatever is said around it.
    css = style_sheet(key.post.language, direction, f"{DIGEST}/prose.css", key.templates)
    body = _body_of(_Dressed(key.content_hash, css, key.post))
    lead = None if body.begins_with_image else key.post.image
    values = _values(key, direction)
    height = scaled(lead.width, lead.height) if lead else 0
    shown = _Steps(lambda step: _html(key, values, step, body=body.html, lead=lead, height=height))
    return Block(
        shown,
        _Steps(lambda step: _text(key, values, step, body=body.text)),
        _Steps(lambda step: weight(shown[step])),
    )


def forget() -> None:
    """Keep nothing that was made of any post."""
    block_of.cache_clear()
    _body_of.cache_clear()


@lru_cache(maxsize=KEPT)
def _body_of(dressed: _Dressed) -> _Body:
    """A post's own words, made once for the mails of all languages."""
    body = mail_body(dressed.post.html, chrome(dressed.post.language).direction)
    begins = begins_with_image(body)
    # Text first: inlining changes the tree.
    text = prose(body)
    html = "" if is_empty(body) else inline_element(body, dressed.css)
    return _Body(Markup(html), text, begins)  # noqa: S704 - `mail_body` sanitised it


def _html(key: Key, values: dict[str, Any], step: Step, **more: object) -> Piece:
    environment = html_environment(key.language, key.templates)
    html = render(environment, f"{DIGEST}/post.html", values | _at(key, step) | more)
    # An author's link to a marker's host mustn't become a reader's own.
    return Piece(slots.leading_to(html, "") + "\n")


def _text(key: Key, values: dict[str, Any], step: Step, **more: object) -> Piece:
    environment = text_environment(key.language, key.templates)
    text = render(environment, f"{DIGEST}/post.txt", values | _at(key, step) | more)
    return Piece(without_gaps(slots.without_lines(text)) + APART)


def _values(key: Key, direction: str) -> dict[str, Any]:
    words = chrome(key.language)
    moment = words.moment(key.post.published, key.zone)
    byline = " · ".join(filter(None, (words.names(key.post.authors), moment)))
    return {
        "post": key.post,
        "direction": direction,
        "byline": words.within(byline, direction),
    }


def _at(key: Key, step: Step) -> dict[str, str]:
    """What is said otherwise from step to step."""
    words = chrome(key.language)
    return {
        "step": step.value,
        "read_on": (
            words.gettext("View the original") if step is Step.FULL else words.gettext("Read on")
        ),
    }
