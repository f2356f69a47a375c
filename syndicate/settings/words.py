"""Words with merge fields: `{name|reader}` is a reader's name, or "reader" if it isn't known."""

from __future__ import annotations

import re
from typing import NamedTuple

_NAME = r"[a-z][a-z0-9_]{0,31}"
_FIELD = re.compile(rf"\{{({_NAME})(?:\|([^{{}}|]*))?\}}")
_BRACE = re.compile(r"[{}]")


class Field(NamedTuple):
    """What is known of a reader under a name, and what is said where nothing is."""

    name: str
    default: str


#: What is the same for everybody, and the fields between.
Words = tuple[str | Field, ...]


def parse(pattern: str, **known: str) -> Words:
    """The words that a setting says; `{subject}` is what is `known` as such, taken as it is.

    Raises:
        ValueError: a field has no default, or a brace is none of a field's.
    """
    words: list[str | Field] = []
    position = 0
    for match in _FIELD.finditer(pattern):
        words += [_literal(pattern[position : match.start()]), _field(match, known)]
        position = match.end()
    return _joined([*words, _literal(pattern[position:])])


def is_name(text: str) -> bool:
    """Whether a field can be called that."""
    return bool(re.fullmatch(_NAME, text))


def _field(match: re.Match[str], known: dict[str, str]) -> str | Field:
    name, default = match.groups()
    if default is not None:
        return Field(name, default)
    if name not in known:
        raise ValueError(f"{match[0]} must say what stands for it: {{{name}|reader}}")
    return known[name]


def _literal(text: str) -> str:
    if _BRACE.search(text):
        raise ValueError(f"{text!r} has a brace; a merge field is written {{name|reader}}")
    return text


def _joined(words: list[str | Field]) -> Words:
    """Neighbouring texts become one; empty ones vanish."""
    joined: list[str | Field] = []
    for word in words:
        if isinstance(word, str) and joined and isinstance(joined[-1], str):
            joined[-1] += word
        elif word:
            joined.append(word)
    return tuple(joined)
