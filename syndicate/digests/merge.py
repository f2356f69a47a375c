"""What merge fields say to one reader: his own words made harmless, or the default."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from syndicate.digests.lines import cut
from syndicate.settings.words import Field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syndicate.settings.words import Words

#: Columns of one field: a name as people have them, and no letter in its place.
COLUMNS = 32
#: Characters of one field. Columns bound no accents.
_LONGEST = 64
#: Bytes that one field can add to HTML: four each in UTF-8, or one that is escaped as six.
GROWTH = 6 * _LONGEST
#: What ends a line or a field somewhere, turns the direction of what follows, or is no character.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def say(words: Words, known: Mapping[str, str]) -> str:
    """The words as a reader of whom that much is known reads them: one line."""
    return "".join([word if isinstance(word, str) else _own(word, known) for word in words])


def is_personal(words: Words) -> bool:
    """Whether they differ from reader to reader."""
    return any(isinstance(word, Field) for word in words)


def names(*each: Words) -> tuple[str, ...]:
    """Of all fields in them, in the order of the alphabet."""
    return tuple(sorted({w.name for words in each for w in words if isinstance(w, Field)}))


def growth(words: Words) -> int:
    """Bytes of HTML by which what somebody reads can be longer than the defaults."""
    return sum(GROWTH for word in words if isinstance(word, Field))


def _own(field: Field, known: Mapping[str, str]) -> str:
    value = known.get(field.name, "")
    # Most names are that short and harmless, and said as they are.
    if len(value) > COLUMNS // 2 or not value.isprintable():
        value = cut(_UNSAFE.sub(" ", value)[:_LONGEST], COLUMNS)
    return " ".join(value.split()) or field.default
