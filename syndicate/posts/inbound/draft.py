"""What may be handed in as a post, and the file that it becomes."""

from __future__ import annotations

import difflib
import hashlib
import html
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from syndicate.errors import DraftError
from syndicate.posts import category
from syndicate.posts.jekyll.permalink import slugify
from syndicate.posts.matter.dates import YEARS
from syndicate.posts.matter.fields import language_tag
from syndicate.posts.text import title_text
from syndicate.settings.checks import one_line, web_url

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo


#: The front matter's entry that says which key a post was handed in under.
HANDED_IN = "handed_in"
#: What a key may be: it stands in URLs as it is.
KEY = re.compile(r"[A-Za-z0-9._~:@=+-]{1,200}")

#: Characters of a title; a longer one is a body in the wrong place.
_LONGEST_TITLE = 500
#: Characters of a summary: as many as are shown.
_LONGEST_SUMMARY = 1_000
#: Characters of a URL that every browser and reader takes.
_LONGEST_URL = 2_000
#: Categories, tags or authors of one post.
_MOST_NAMES = 50
#: A name on disk has 255 bytes; the date, a suffix and the extension take some.
_SLUG_BYTES = 200
#: Characters of a slug.
_SLUG_LENGTH = 80
#: Faults that are told of one draft.
_MOST_FAULTS = 20
#: Hex digits of what tells one draft from another: 128 bits.
_DIGEST_LENGTH = 32
#: All but the characters that a text may hold: what XML refuses, and controls.
_REFUSED = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _text(value: str) -> str:
    """Text in NFC, its lines ended by LF."""
    bad = _REFUSED.search(value)
    if bad:
        raise ValueError(
            f"holds the control character U+{ord(bad[0]):04X} at character {bad.start() + 1}; "
            "take it out"
        )
    value = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    if not value.strip():
        raise ValueError("must not be empty; write something, or leave it out")
    return value


def _line(value: str) -> str:
    return " ".join(one_line(_text(value)).split())


def _name(value: str) -> str:
    name = _line(value)
    if len(name) > category.NAME_LENGTH:
        raise ValueError(f"has {len(name)} characters, more than {category.NAME_LENGTH}")
    return name


def _person(value: str) -> str:
    if "@" in value.strip().lstrip("@"):
        raise ValueError("must be a name without a mail address, for it is published")
    return _name(value)


def _category(value: str) -> str:
    name = _name(value)
    fault = category.fault(name)
    if fault:
        raise ValueError(f"{name!r} {fault}; name it otherwise")
    return name


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment and moment.tzinfo and moment.astimezone(UTC).year in YEARS:
            return moment.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        moment = None
    raise ValueError("must be ISO 8601 with a zone, such as '2026-11-23T08:00:00+08:00'")


def _slug(value: str) -> str:
    right = slugify(_line(value))
    if value != right:
        raise ValueError(f"must be lower-case letters, digits and hyphens, such as {right!r}")
    return value


def _language(value: str) -> str:
    tag = language_tag(value)
    if not tag:
        raise ValueError("must be a BCP 47 language tag, such as 'zh-CN'")
    return tag


def _key(value: str) -> str:
    if not KEY.fullmatch(value):
        raise ValueError("must be 1 to 200 letters, digits and ._~:@=+-")
    return value


_Body = Annotated[str, AfterValidator(_text)]
_Tags = Annotated[tuple[Annotated[str, AfterValidator(_name)], ...], Field(max_length=_MOST_NAMES)]
_Categories = Annotated[
    tuple[Annotated[str, AfterValidator(_category)], ...], Field(max_length=_MOST_NAMES)
]
_Authors = Annotated[
    tuple[Annotated[str, AfterValidator(_person)], ...], Field(max_length=_MOST_NAMES)
]


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a kind of site calls things in front matter, and what it would run in a body."""

    summary: str
    #: Front matter that keeps the site from running what a body holds.
    literal: Mapping[str, bool]
    #: What can't be kept from being run, and is refused.
    active: tuple[str, ...] = ()


JEKYLL = Dialect("excerpt", {"render_with_liquid": False})
HUGO = Dialect("summary", {}, ("{{<", "{{%"))


class Draft(BaseModel):
    """A post as it is handed in. Build it with `parse`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_default=True)

    #: Plain text.
    title: Annotated[str, Field(max_length=_LONGEST_TITLE), AfterValidator(_line)]
    markdown: _Body | None = None
    html: _Body | None = None
    #: UTC, whole seconds. None: when it is handed in.
    date: Annotated[datetime | None, BeforeValidator(_moment)] = None
    categories: _Categories = ()
    tags: _Tags = ()
    #: Names, or the short names of `_data/authors.yml`.
    authors: _Authors = ()
    #: BCP 47. None: the site's, or the category's.
    language: Annotated[str, AfterValidator(_language)] | None = None
    #: URL of a picture that stands for the post.
    image: Annotated[str, Field(max_length=_LONGEST_URL), AfterValidator(web_url)] | None = None
    #: What its file is called, without the date. None: made from the title.
    slug: Annotated[str, Field(max_length=_SLUG_LENGTH), AfterValidator(_slug)] | None = None
    #: A paragraph of Markdown. None: the beginning of the body.
    summary: Annotated[str, Field(max_length=_LONGEST_SUMMARY), AfterValidator(_text)] | None = None
    #: What it is called by whoever hands it in.
    key: Annotated[str, AfterValidator(_key)] | None = None

    @field_validator("html")
    @classmethod
    def _check_body(cls, value: str | None, info: ValidationInfo) -> str | None:
        # What is missing here was wrong, and is told of by itself.
        if "markdown" in info.data and (info.data["markdown"] is None) == (value is None):
            raise ValueError("a post has one body: either `markdown` or `html`")
        return value

    @property
    def extension(self) -> str:
        """Of its file, with the dot."""
        return ".md" if self.html is None else ".html"

    @property
    def file_slug(self) -> str:
        """What the name of its file is made of: letters and digits of any script, and hyphens."""
        slug = self.slug or slugify(self.title)
        short = slug[:_SLUG_LENGTH].encode()[:_SLUG_BYTES].decode(errors="ignore")
        return short.strip("-") or "post"

    @property
    def digest(self) -> str:
        """A name for all that it says, but for its key."""
        said = self.model_dump_json(exclude={"key"})
        return hashlib.sha256(said.encode()).hexdigest()[:_DIGEST_LENGTH]

    def file(
        self, key: str, date: datetime, zone: tzinfo, site: Dialect = JEKYLL, *, layout: str = ""
    ) -> bytes:
        """The post's file. What is handed in stays what it is: no template of it is run.

        Raises:
            DraftError: the body holds what such a site would run.
        """
        body = self.markdown or self.html or ""
        for mark in site.active:
            if mark in body:
                field = "markdown" if self.markdown else "html"
                reason = (
                    f"{field!r}: holds {mark}, which the site would run; write &#123;{mark[1:]}"
                )
                raise DraftError([(field, reason)])
        said: dict[str, Any] = {
            "layout": layout,
            "title": _unread(self.title),
            "date": _written(date, zone),
            "categories": list(self.categories),
            "tags": list(self.tags),
            "authors": [_unread(name) for name in self.authors],
            "lang": self.language,
            "image": self.image,
            site.summary: self.summary,
        }
        matter = {name: value for name, value in said.items() if value}
        return _file({**matter, **site.literal}, key, self.digest, body)


def parse(body: bytes) -> Draft:
    """The draft that a JSON object says.

    Raises:
        DraftError: it says none; every fault is told.
    """
    try:
        return Draft.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[:_MOST_FAULTS]
        raise DraftError([_fault(each) for each in found]) from error


def withdrawn(key: str, digest: str, date: datetime, zone: tzinfo) -> bytes:
    """The file of a post that was taken back: unpublished, and empty but for whose it was."""
    matter = {"title": "Withdrawn", "date": _written(date, zone), "published": False, "draft": True}
    return _file(matter, key, digest, "")


def _file(matter: dict[str, Any], key: str, digest: str, body: str) -> bytes:
    matter = {**matter, HANDED_IN: {"key": key, "digest": digest}}
    # Nothing of a value can begin a line: YAML indents what it folds.
    text = yaml.safe_dump(matter, allow_unicode=True, sort_keys=False, width=float("inf"))
    return f"---\n{text}---\n{body.rstrip()}\n".encode()


def _written(date: datetime, zone: tzinfo) -> str:
    """The time in the site's zone; in UTC where the offset of the day had seconds."""
    moment = date.astimezone(zone)
    offset = moment.utcoffset()
    if offset is None or offset.total_seconds() % 60:
        moment = date.astimezone(UTC)
    return moment.isoformat(timespec="seconds")


def _unread(text: str) -> str:
    """What is read as that text: what looks like a tag or an entity in it is neither."""
    return text if title_text(text) == text else html.escape(text, quote=False)


def _fault(error: Mapping[str, Any]) -> tuple[str, str]:
    """The field that is to blame, if one is, and a line that says what would be right."""
    field, *rest = [str(part)[:_SLUG_LENGTH] for part in error["loc"]] or [""]
    reason = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(field, Draft.model_fields, n=1)
        reason = "no such field" + (f"; did you mean {near[0]!r}?" if near else "")
    place = f" no. {int(rest[0]) + 1}" if rest and rest[0].isdigit() else ""
    return field, f"{field!r}{place}: {reason}" if field else reason
