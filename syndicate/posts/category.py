"""Categories: which a post is in, what they are called, and where their feeds stand."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING

from syndicate.posts.text import clean, is_alphanumeric

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from syndicate.posts.model import Post

#: Characters of a category's name. A longer one is a sentence that slipped in.
NAME_LENGTH = 200
#: Characters of a slug.
SLUG_LENGTH = 80
#: A disk allows a name 255 bytes; some scripts take 4 a character, and a suffix may follow.
_SLUG_BYTES = 240
#: Hex digits that tell apart names whose slugs are alike.
_HASH_LENGTH = 6

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
#: Names that Windows keeps for devices.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)")
_CJK_LANGUAGES = ("zh", "ja", "ko")


def names(value: object, *, split: bool) -> Iterator[str]:
    """The names in a front-matter value: one, or a list of them.

    `split` is Jekyll's rule for a string under `categories` or `tags`: names stand between spaces.
    Commas part them as well, for people write `news, sports`; none has ever meant `news,`.
    """
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from names(item, split=False)
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
        text = unicodedata.normalize("NFC", str(value))
        yield from text.replace(",", " ").split() if split else [text.strip()]


def distinct(found: Iterable[str]) -> tuple[str, ...]:
    """Without empty ones and repetitions, in the order of first sight."""
    return tuple(dict.fromkeys(name for name in found if name))


def fault(name: str) -> str:
    """Why it is no category's name; empty if it is one."""
    if _CONTROL.search(name) or clean(name) != name:
        return "holds a control character"
    if name in (".", "..") or "/" in name or "\\" in name:
        return "looks like a path"
    if len(name) > NAME_LENGTH:
        return f"has {len(name)} characters, more than {NAME_LENGTH}"
    return ""


def slug(name: str) -> str:
    """The name as a part of URLs and file names; two names may share one.

    Lower-case letters and digits of any script, `-` and `_`; never empty, never a name that
    Windows reserves, at most `SLUG_LENGTH` characters.
    """
    lower = clean(clean(name).lower())
    kept = (char if char in "-_" or is_alphanumeric(char) else "-" for char in lower)
    text = re.sub("-{2,}", "-", "".join(kept)).strip("-")
    if len(text) > SLUG_LENGTH or len(text.encode()) > _SLUG_BYTES:
        return _with_hash(text, name)
    if not text or _RESERVED.match(text):
        return f"{text or 'category'}-{_hash(name)}"
    return text


def distinct_slug(name: str, taken: Collection[str]) -> str:
    """The name's slug, or one with a hash of the name where another has it already.

    Slugs that differ only in case are the same: some disks see no difference.
    """
    folded = {other.casefold() for other in taken}
    plain = slug(name)
    if plain.casefold() not in folded:
        return plain
    return _with_hash(plain, name)


def category_title_hint(post: Post, site_language: str) -> str | None:
    """What a reader of a Chinese, Japanese or Korean site would call the post's category.

    Sites whose categories are in Latin letters, for the sake of URLs, say the real name as a tag:
    `jingjiwang` is 经济网新闻. None unless there is exactly one of each.
    """
    if site_language.partition("-")[0] not in _CJK_LANGUAGES:
        return None
    local = [tag for tag in post.tags if not tag.isascii()]
    if len(post.categories) != 1 or len(local) != 1 or not post.categories[0].isascii():
        return None
    return local[0]


def _with_hash(text: str, name: str) -> str:
    room = _SLUG_BYTES - _HASH_LENGTH - 1
    short = text[: SLUG_LENGTH - _HASH_LENGTH - 1].encode()[:room].decode(errors="ignore")
    return f"{short.rstrip('-')}-{_hash(name)}"


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_LENGTH]
