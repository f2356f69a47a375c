"""Timetables in a file, for people who keep them in git: TOML or JSON. Pure."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

from syndicate.errors import SettingsError, SyndicateError
from syndicate.schedules.scope import Scope
from syndicate.schedules.timetable import FIELDS, Timetable

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping

_LIST = "timetables"
_NAMES = ("cadence", "category", *FIELDS)
_NEEDED = ("cadence", *FIELDS)


def to_json(tables: Mapping[Scope, Timetable]) -> str:
    """What `read` reads as JSON."""
    return json.dumps({_LIST: list(_rows(tables))}, ensure_ascii=False, indent=1)


def to_toml(tables: Mapping[Scope, Timetable]) -> str:
    """What `read` reads as TOML."""
    blocks = []
    for row in _rows(tables):
        # A JSON string is a basic string of TOML, DEL apart, which it wants escaped.
        lines = (f"{name} = {_literal(value)}" for name, value in row.items())
        blocks.append("\n".join((f"[[{_LIST}]]", *lines)))
    return "\n\n".join(blocks)


def read(name: str, content: bytes) -> dict[Scope, Timetable]:
    """The timetables of a file of that name.

    Raises:
        SettingsError: a line for each fault, with its place.
    """
    try:
        text = content.decode()
        data = json.loads(text) if name.endswith(".json") else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{name}: {error}") from error
    rows = data.get(_LIST, []) if isinstance(data, dict) else None
    if not isinstance(rows, list) or set(data) - {_LIST}:
        raise SettingsError(f"{name}: must hold a list of [[{_LIST}]], and nothing else")
    found: dict[Scope, Timetable] = {}
    faults: list[str] = []
    for number, row in enumerate(rows, 1):
        place = f"{name}: [[{_LIST}]] no. {number}"
        try:
            scope, table = _parsed(row, found)
            found[scope] = table
        except SettingsError as error:
            faults += [f"{place} {line}" for line in str(error).splitlines()]
    if faults:
        raise SettingsError("\n".join(faults))
    return found


def unknown(name: str, tables: Iterable[Scope], require: Callable[[Scope], None]) -> Iterator[str]:
    """A line for each of a file that `require` raises an error for."""
    for number, scope in enumerate(tables, 1):
        try:
            require(scope)
        except SyndicateError as error:
            yield f"{name}: [[{_LIST}]] no. {number} {error}"


def _parsed(row: object, before: Container[Scope]) -> tuple[Scope, Timetable]:
    if not isinstance(row, dict):
        raise SettingsError("must have fields: " + ", ".join(_NEEDED))
    faults = [
        f"{name}: no such field; there are: {', '.join(_NAMES)}"
        for name in row
        if name not in _NAMES
    ]
    faults += [f"{name}: is missing" for name in _NEEDED if name not in row]
    faults += [
        f"{name}: must be a text"
        for name in ("cadence", "category")
        if not isinstance(row.get(name, ""), str)
    ]
    if faults:
        raise SettingsError("\n".join(faults))
    table = Timetable.checked({name: row[name] for name in FIELDS})
    scope = Scope(row["cadence"], row.get("category", ""))
    if scope in before:
        raise SettingsError(f"{scope.named} is there twice")
    return scope, table


def _rows(tables: Mapping[Scope, Timetable]) -> Iterator[dict[str, str | float]]:
    for scope, table in sorted(tables.items()):
        row: dict[str, str | float] = {"cadence": scope.cadence}
        if scope.category:
            row["category"] = scope.category
        yield row | {"cron": table.cron, "zone": table.zone, "grace": table.grace}


def _literal(value: str | float) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
