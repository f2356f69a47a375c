"""JSON Feed 1.1 (STANDARDS 39-40)."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from syndicate.feeds.validate import markup, values
from syndicate.feeds.validate.model import Fault, Finding
from syndicate.feeds.validate.parse import DOCUMENT, read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from syndicate.feeds.validate.values import Rule

_VERSIONS = ("https://jsonfeed.org/version/1.1",)
#: What a place is for a fault of the whole.
_ROOT = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What one value may be."""

    #: `str`, `bool`, `dict`, `list` or `float`, which takes whole numbers too.
    type: type
    #: Of a string.
    rule: Rule = values.anything
    #: Of an object, by name.
    fields: Mapping[str, Shape] = field(default_factory=dict)
    #: Of an object: names that must be there, with the message if one isn't.
    needs: Mapping[str, str] = field(default_factory=dict)
    #: Of an object: what the rules of single values can't see.
    also: Callable[[dict[str, Any]], Iterator[Fault]] | None = None
    #: Of an object or a string: what to look for in the HTML that it holds.
    html: bool = False
    #: Of an array.
    each: Shape | None = None


_WORDS = {str: "a string", bool: "true or false", dict: "an object", list: "an array"}

_TEXT = Shape(type=str)
_PLAIN = Shape(type=str, rule=values.nonblank)
_URL = Shape(type=str, rule=values.iri)
_DATE = Shape(type=str, rule=values.rfc3339)
_LANGUAGE = Shape(type=str, rule=values.language)


def _somebody(author: dict[str, Any]) -> Iterator[Fault]:
    if not author.keys() & {"name", "url", "avatar"}:
        yield Fault("MissingElement", "an author has a name, a url or an avatar")


_AUTHOR = Shape(
    type=dict,
    fields={"name": Shape(type=str, rule=values.name), "url": _URL, "avatar": _URL},
    also=_somebody,
)
_HUB = Shape(
    type=dict,
    fields={"type": _PLAIN, "url": _URL},
    needs=dict.fromkeys(("type", "url"), "MissingElement"),
)
_ATTACHMENT = Shape(
    type=dict,
    fields={
        "url": _URL,
        "mime_type": Shape(type=str, rule=values.media_type("InvalidMIMEType")),
        "title": _TEXT,
        "size_in_bytes": Shape(type=float),
        "duration_in_seconds": Shape(type=float),
    },
    needs=dict.fromkeys(("url", "mime_type"), "MissingElement"),
)


def _old_author(owner: dict[str, Any]) -> Iterator[Fault]:
    if "author" in owner:
        yield Fault("Deprecated", "`authors`, an array, has taken the place of `author`")


def _item(item: dict[str, Any]) -> Iterator[Fault]:
    yield from _old_author(item)
    if not item.keys() & {"content_html", "content_text"}:
        yield Fault("MissingContent", "an item has content_html or content_text, or both")


_ITEM = Shape(
    type=dict,
    fields={
        "id": _PLAIN,
        "url": _URL,
        "external_url": _URL,
        "title": _TEXT,
        "content_html": Shape(type=str, html=True),
        "content_text": _TEXT,
        "summary": _TEXT,
        "image": _URL,
        "banner_image": _URL,
        "date_published": _DATE,
        "date_modified": _DATE,
        "author": _AUTHOR,
        "authors": Shape(type=list, each=_AUTHOR),
        "tags": Shape(type=list, each=_PLAIN),
        "language": _LANGUAGE,
        "attachments": Shape(type=list, each=_ATTACHMENT),
    },
    needs={"id": "MissingElement"},
    also=_item,
)


def _version(text: str) -> Fault | None:
    if text in _VERSIONS:
        return None
    return Fault("InvalidJSONFeedVersion", f"the version is {_VERSIONS[0]}")


def _feed(feed: dict[str, Any]) -> Iterator[Fault]:
    yield from _old_author(feed)
    if "feed_url" not in feed:
        yield Fault("MissingSelf", "say where the document is, as feed_url")
    if "language" not in feed:
        yield Fault("MissingDCLanguage", 'say the language, as in "en"')
    if "next_url" in feed and feed["next_url"] == feed.get("feed_url"):
        yield Fault("HistoryLoop", "next_url leads here again; name the document of older items")


_FEED = Shape(
    type=dict,
    fields={
        "version": Shape(type=str, rule=_version),
        "title": _PLAIN,
        "home_page_url": _URL,
        "feed_url": _URL,
        "description": _TEXT,
        "user_comment": _TEXT,
        "next_url": _URL,
        "icon": _URL,
        "favicon": _URL,
        "author": _AUTHOR,
        "authors": Shape(type=list, each=_AUTHOR),
        "language": _LANGUAGE,
        "expired": Shape(type=bool),
        "hubs": Shape(type=list, each=_HUB),
        "items": Shape(type=list, each=_ITEM),
    },
    needs={"version": "MissingElement", "title": "MissingTitle", "items": "MissingElement"},
    also=_feed,
)

#: A place within the document, and what is wrong there.
_Found = tuple[str, Fault]


def read(data: bytes) -> tuple[dict[str, Any] | None, list[Finding]]:
    """The document, and what is wrong with it as JSON; None: it is no JSON object."""
    text, findings = read_text(data)
    if text is None:
        return None, findings
    doubles: list[str] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(found)
        if len(made) < len(found):
            count = Counter(name for name, _ in found)
            doubles.extend(name for name in made if count[name] > 1)
        return made

    try:
        document = json.loads(text, object_pairs_hook=pairs, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        fault = Fault("InvalidJSON", f"{error.msg}; mend it: no reader reads on")
        return None, [*findings, Finding.of(fault, DOCUMENT, error.lineno)]
    except (ValueError, RecursionError) as error:
        fault = Fault("InvalidJSON", f"{str(error)[:80]}; mend it: no reader reads on")
        return None, [*findings, Finding.of(fault, DOCUMENT, None)]
    for name in doubles:
        fault = Fault("DuplicateElement", f"{name!r} is there twice in one object; keep one")
        findings.append(Finding.of(fault, DOCUMENT, None))
    if not isinstance(document, dict):
        fault = Fault("InvalidValue", "a feed is an object: { … }")
        return None, [*findings, Finding.of(fault, DOCUMENT, 1)]
    return document, findings


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def faults(document: dict[str, Any], *, bodies: bool, url: str | None) -> Iterator[_Found]:
    """What is wrong with it as JSON Feed, and where.

    `url` is where the document is, if that is known.
    """
    yield from _faults(document, _FEED, _ROOT, bodies=bodies)
    said = document.get("feed_url")
    if url and isinstance(said, str) and said != url:
        yield "feed_url", Fault("SelfDoesntMatchLocation", f"the document is at {url}")
    seen = set()
    for place, item in items(document):
        if isinstance(same := item.get("id"), str) and same:
            if same in seen:
                sentence = f"{same[:80]!r} was there before; each needs its own"
                yield f"{place}/id", Fault("DuplicateIds", sentence)
            seen.add(same)


def item_faults(document: dict[str, Any]) -> Iterator[_Found]:
    """What is wrong with the items alone, their HTML aside."""
    yield from _faults(document.get("items"), _FEED.fields["items"], "items", bodies=False)


def items(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The items that are objects, each with its place."""
    found = document.get("items")
    for number, item in enumerate(found if isinstance(found, list) else (), 1):
        if isinstance(item, dict):
            yield f"items[{number}]", item


def _faults(value: object, shape: Shape, place: str, *, bodies: bool) -> Iterator[_Found]:
    if not _fits(value, shape.type):
        wanted = _WORDS.get(shape.type, "a number")
        yield place, Fault("InvalidValue", f"{json.dumps(value)[:40]} must be {wanted}")
    elif isinstance(value, str):
        yield from ((place, fault) for fault in _string_faults(value, shape, bodies=bodies))
    elif isinstance(value, list) and shape.each:
        for number, item in enumerate(value, 1):
            yield from _faults(item, shape.each, f"{place}[{number}]", bodies=bodies)
    elif isinstance(value, dict):
        yield from _object_faults(value, shape, place, bodies=bodies)


def _fits(value: object, wanted: type) -> bool:
    if wanted is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, wanted)


def _string_faults(text: str, shape: Shape, *, bodies: bool) -> Iterator[Fault]:
    if not _is_whole(text):
        yield Fault("BadCharacters", "half a surrogate pair is no text; leave it out")
    elif fault := shape.rule(text):
        yield fault
    elif bodies and shape.html:
        yield from markup.faults(text)


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _object_faults(
    owner: dict[str, Any], shape: Shape, place: str, *, bodies: bool
) -> Iterator[_Found]:
    within = f"{place}/" if place else ""
    for name, value in owner.items():
        if name in shape.fields:
            yield from _faults(value, shape.fields[name], within + name, bodies=bodies)
        elif not name.startswith("_"):
            sentence = "JSON Feed has no such name; one of ours begins with _"
            yield within + name, Fault("UndefinedElement", sentence)
    for name, message in shape.needs.items():
        if name not in owner:
            yield place or DOCUMENT, Fault(message, f"{name!r} is missing")
    for fault in shape.also(owner) if shape.also else ():
        yield place or DOCUMENT, fault
