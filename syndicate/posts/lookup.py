"""Finding one post by whatever name a person has for it, with all that the store knows of it."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote

from syndicate.posts.model import Post
from syndicate.posts.pending import Reason
from syndicate.store.keys import WHOLE_SITE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from syndicate.store.client import Store

#: Sources that one step of a search looks at.
_STEP = 1000
#: What a glob-style pattern of Redis gives a meaning to.
_GLOB = re.compile(r"[*?\[\]\\^-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A post as the store remembers it, whether or not a feed holds it."""

    #: Its number, in the order of ingest.
    number: int
    post: Post
    #: The hash of its content when its file was last read.
    hash: str
    #: False: withdrawn.
    live: bool
    #: Its file was gone at the last sync, and it stayed.
    vanished: bool
    #: CADENCE:CATEGORY → when it came, or a `Mark`, for each digest it ever came to (see `keys`).
    marks: Mapping[str, str]
    #: CADENCE:CATEGORY → who took it out of what waits there, and why.
    reasons: Mapping[str, Reason]


class Lookup:
    """The posts of one site, by number, source, permalink or `tag:` URI."""

    def __init__(self, store: Store) -> None:
        self._text = store.text
        self._keys = store.keys

    def record(self, number: int) -> Record | None:
        """All that is known of the post of that number; None if there never was one."""
        pipe = self._text.pipeline()
        pipe.hgetall(self._keys.post(number))
        pipe.zscore(self._keys.log(WHOLE_SITE), str(number))
        pipe.sismember(self._keys.vanished, str(number))
        fields, place, vanished = pipe.execute()
        if not fields:
            return None
        return Record(
            number=number,
            post=Post.loads(fields["post"]),
            hash=fields["hash"],
            live=place is not None,
            vanished=bool(vanished),
            marks={k.removeprefix("in:"): v for k, v in fields.items() if k.startswith("in:")},
            reasons={
                k.removeprefix("why:"): Reason.from_json(v)
                for k, v in fields.items()
                if k.startswith("why:")
            },
        )

    def find(self, name: str) -> Record | None:
        """The post that somebody calls so; a source that it has left leads to it as well."""
        if name.startswith("tag:"):
            return self._of_tag(name)
        if name.isascii() and name.isdigit():
            return self.record(int(name))
        number = self._text.hget(self._keys.sources, name)
        number = number or self._text.hget(self._keys.by_url, name)
        return self.record(int(number)) if number else None

    def near(self, name: str) -> str | None:
        """The source of the post whose file's name is closest to that; None if none is close.

        Takes time in proportion to the number of posts.
        """
        wanted = _last(name)
        sources = cast("list[str]", self._text.hkeys(self._keys.sources))
        known = {_last(source): source for source in sorted(sources)}
        held = (source for last, source in known.items() if wanted and wanted in last)
        close = (known[last] for last in difflib.get_close_matches(wanted, known, n=1))
        return next(held, None) or next(close, None)

    def _of_tag(self, tag: str) -> Record | None:
        """A post's id is made of the path of its first file, which `sources` never forgets."""
        pattern = "*" + _GLOB.sub(r"\\\g<0>", unquote(tag).rpartition("/")[2])
        found = self._text.hscan_iter(self._keys.sources, match=pattern, count=_STEP)
        numbers = (int(number) for _, number in cast("Iterable[tuple[str, str]]", found))
        records = (self.record(number) for number in numbers)
        return next((record for record in records if record and record.post.id == tag), None)


def _last(name: str) -> str:
    """The last part of a path or URL, without what stands around it and without case."""
    return name.rstrip("/").rpartition("/")[2].casefold()
