"""Finds Hugo's shortcodes in a text: `{{< name … >}}`, `{{% name … %}}` and what closes them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BEGIN = re.compile(r"\{\{[<%]")
_ENDS = {"{{<": ">}}", "{{%": "%}}"}
#: Where a tag may end, or where something begins in it.
_MARK = re.compile(r"[\"`]|[>%]\}\}|\{\{[<%]")
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*+"')
_ARGUMENT = re.compile(
    r"""(?:([\w-]{1,100})[ \t\n]*+=[ \t\n]*+)?(?:"((?:[^"\\\n]|\\.)*+)"|`([^`]*+)`|([^\s"`]++))"""
)
_ESCAPE = re.compile(r'\\(["\\])')
_SPACE = re.compile(r"\s*+")


@dataclass(frozen=True, slots=True)
class Tag:
    """One shortcode's mark in a text."""

    name: str
    #: By position, counted from 0, and by name in small letters.
    positional: tuple[str, ...] = ()
    named: dict[str, str] = field(default_factory=dict)
    #: `{{< /name >}}`.
    closes: bool = False
    #: `{{< name />}}`: nothing closes it.
    alone: bool = False
    #: Counted from 1 in the text.
    line: int = 1

    def get(self, name: str, position: int | None = None) -> str:
        """The argument of that name, or at that position; empty if there is none."""
        if position is not None and position < len(self.positional):
            return self.positional[position]
        return self.named.get(name, "")


@dataclass(frozen=True, slots=True)
class Broken:
    """A mark that begins and doesn't end; its line was left out."""

    line: int


def parts(text: str) -> Iterator[str | Tag | Broken]:
    """The text, taken apart. `{{</* name */>}}` is text: it shows how a shortcode is written."""
    at, line, counted = 0, 1, 0
    last_comment = {mark: text.rfind(f"*/{mark}") for mark in _ENDS.values()}
    while begin := _BEGIN.search(text, at):
        start = begin.start()
        yield text[at:start]
        line += text.count("\n", counted, start)
        counted = start
        mark = _ENDS[begin[0]]
        comment = text.startswith("/*", start + 3) and start < last_comment[mark]
        end = text.find(f"*/{mark}", start) if comment else _end(text, start + 3, mark)
        if end == -1:
            yield Broken(line)
            at = _end_of_line(text, start)
        elif comment:
            yield f"{text[start : start + 3]}{text[start + 5 : end]}{mark}"
            at = end + len(mark) + 2
        else:
            yield _tag(text[start + 3 : end], line) or Broken(line)
            at = end + len(mark)
    yield text[at:]


def _end(text: str, at: int, mark: str) -> int:
    """Where the mark stands that ends a tag, outside of all strings; -1 if another begins first."""
    while found := _MARK.search(text, at):
        if found[0] == mark:
            return found.start()
        if found[0] == '"':
            string = _STRING.match(text, found.start())
            if not string:
                return -1
            at = string.end()
        elif found[0] == "`":
            at = text.find("`", found.end()) + 1
            if not at:
                return -1
        elif found[0].startswith("{"):
            return -1
        else:
            at = found.end()
    return -1


def _end_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end == -1 else end


def _tag(inside: str, line: int) -> Tag | None:
    """None if it has no name."""
    inside = inside.strip()
    closes = inside.startswith("/")
    inside = inside[closes:]
    alone = inside.endswith("/") and not closes
    name, *rest = inside.removesuffix("/").split(None, 1) or [""]
    if not name:
        return None
    positional, named = _arguments(rest[0] if rest else "")
    return Tag(name, positional, named, closes, alone, line)


def _arguments(text: str) -> tuple[tuple[str, ...], dict[str, str]]:
    positional, named, at = [], {}, 0
    while found := _ARGUMENT.match(text, _SPACE.match(text, at).end()):  # type: ignore[union-attr]
        name, quoted, raw, bare = found.groups()
        value = _ESCAPE.sub(r"\1", quoted) if quoted is not None else raw or bare or ""
        if name:
            named[name.lower()] = value
        else:
            positional.append(value)
        at = found.end()
    return tuple(positional), named
