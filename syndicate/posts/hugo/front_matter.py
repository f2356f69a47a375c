"""Front matter as Hugo has it: YAML between ---, TOML between +++, or JSON in braces."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from syndicate.errors import PostError
from syndicate.posts.matter import front_matter
from syndicate.posts.matter.front_matter import FrontMatter
from syndicate.posts.matter.yaml_text import Entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syndicate.posts.faults import Faults

#: Characters, as for YAML.
_LONGEST = 200_000
_YAML = re.compile(r"---[ \t]*$", re.MULTILINE)
_TOML = re.compile(r"\+\+\+[ \t]*\n")
_TOML_END = re.compile(r"^\+\+\+[ \t]*$\n?", re.MULTILINE)
_AT_LINE = re.compile(r"\(at line (\d+)")
#: A key at the beginning of a line: `title =`, `"title":` or `[params]`.
_KEY = re.compile(r"^[ \t]*(?:\[{1,2})?[\"']?([\w-]+)[\"']?[ \t]*[=:.\]]", re.MULTILINE)


def split(text: str, faults: Faults) -> FrontMatter:
    """The front matter and the body of a page's text; a page may do without the first.

    Keys are in small letters, for Hugo knows no others, and what stands below `params` is there as
    if it stood at the top.

    Raises:
        PostError: it doesn't end, or can't be read.
    """
    if _YAML.match(text):
        matter = front_matter.split(text, faults)
    elif begin := _TOML.match(text):
        matter = _toml(text, begin.end())
    elif text.startswith("{"):
        matter = _json(text)
    else:
        matter = FrontMatter({}, text, 1)
    return replace(matter, entries=_entries(matter.entries))


def _entries(written: Mapping[str, Entry]) -> dict[str, Entry]:
    found = {key.lower(): entry for key, entry in written.items()}
    params = found["params"].value if "params" in found else None
    if isinstance(params, dict):
        line = found["params"].line
        below = {str(key).lower(): _entry(value, line) for key, value in params.items()}
        found = {**below, **found}
    return found


def _toml(text: str, begin: int) -> FrontMatter:
    end = _TOML_END.search(text, begin)
    if not end:
        raise PostError("the front matter doesn't end; close it with a line of +++", 1)
    matter = text[begin : end.start()]
    _refuse_length(matter)
    try:
        values = tomllib.loads(matter, parse_float=str)
    except (ValueError, RecursionError) as error:
        at = _AT_LINE.search(str(error))
        line = int(at[1]) + 1 if at else 1
        raise PostError(f"the front matter is no TOML: {error}", line) from error
    return _matter(values, text, end.start(), end.end())


def _json(text: str) -> FrontMatter:
    try:
        values, end = json.JSONDecoder(parse_float=str).raw_decode(text[:_LONGEST])
    except json.JSONDecodeError as error:
        reason = f"the front matter is no JSON: {error.msg}"
        raise PostError(reason, error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise PostError("the front matter is no JSON that can be read", 1) from error
    rest = text[end:]
    return _matter(values, text, end, end + len(rest) - len(rest.lstrip()))


def _matter(values: Mapping[str, Any], text: str, end: int, body: int) -> FrontMatter:
    """`end` is where the front matter ends in the text, and `body` where the body begins."""
    lines = _lines(text[:end])
    # `FrontMatter.line` counts from the line below the first.
    entries = {key: _entry(value, lines.get(key, 1) - 1) for key, value in values.items()}
    return FrontMatter(entries, text[body:], text.count("\n", 0, body) + 1)


def _lines(text: str) -> dict[str, int]:
    """Where each key stands first."""
    found: dict[str, int] = {}
    line, at = 1, 0
    for match in _KEY.finditer(text):
        line += text.count("\n", at, match.start(1))
        at = match.start(1)
        found.setdefault(match[1], line)
    return found


def _entry(value: object, line: int) -> Entry:
    """A value, and a scalar's text as it is written, or nearly."""
    if isinstance(value, bool):
        text = str(value).lower()
    else:
        text = "" if value is None or isinstance(value, (list, dict)) else str(value)
    return Entry(value, text, line)


def _refuse_length(matter: str) -> None:
    if len(matter) > _LONGEST:
        raise PostError(f"the front matter has {len(matter)} characters; keep it below {_LONGEST}")
