"""What a Hugo site's configuration says, from whichever of its files."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from syndicate.settings.merge import merged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: The folder of configurations: `_default` for all, then what holds for a site that is published.
FOLDER = "config"
_ENVIRONMENTS = (f"{FOLDER}/_default", f"{FOLDER}/production")
#: Bytes. The largest ones in use are a tenth of it.
_MAX_BYTES = 1_000_000
_ROOTS = ("hugo", "config")
_SUFFIXES = (".toml", ".yaml", ".yml", ".json")
#: Where a file of the site's folder may say it all; Hugo takes the first.
FILE_NAMES = tuple(root + suffix for root in _ROOTS for suffix in _SUFFIXES)
#: Settings that have their file by language as well: `params.en.toml`.
_BY_LANGUAGE = ("params", "menus")
_AT_LINE = re.compile(r"\(at line (\d+)")


@dataclass(frozen=True, slots=True)
class Fault:
    """A file that can't be read, and why."""

    file: str
    reason: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class HugoFiles:
    """All files of a configuration as one; every key is in small letters, as Hugo knows none."""

    values: dict[str, Any] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


def is_hugo(folder: Path) -> bool:
    """Whether a site is Hugo's, by its files. `config.toml` may be another program's."""
    if any((folder / name).is_file() for name in FILE_NAMES if name.startswith("hugo.")):
        return True
    return "baseurl" in read(folder).values and not (folder / "_config.yml").exists()


def shapes(path: str) -> bool:
    """Whether a path below the site's folder is one of these files."""
    return path in FILE_NAMES or path.startswith(f"{FOLDER}/")


def read(folder: Path) -> HugoFiles:
    """The site's configuration; what can't be read is told and left out."""
    values: dict[str, Any] = {}
    faults = []
    for path, keys in _files(folder):
        try:
            found = _lower(_load(path))
        except ValueError as error:
            reason, *line = error.args
            faults.append(Fault(path.relative_to(folder).as_posix(), reason, *line))
            continue
        for key in reversed(keys):
            found = {key: found}
        values = merged(values, found)
    return HugoFiles(values, tuple(faults))


def said(folder: Path) -> Iterator[tuple[str, object]]:
    """What it says that is a setting of ours under [site] too, the likelier first."""
    values = read(folder).values
    language = str(values.get("defaultcontentlanguage") or "en").lower()
    own = _mapping(_mapping(values.get("languages")).get(language))
    for about in (own, values):
        yield "title", about.get("title")
        yield "url", about.get("baseurl")
        yield "timezone", about.get("timezone")
        yield "description", _mapping(about.get("params")).get("description")
        yield "language", about.get("languagecode")
        yield "language", about.get("locale")
    yield "language", language


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _files(folder: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Each file, with the keys that its values stand below; what comes later wins."""
    found = (folder / name for name in FILE_NAMES)
    main = next((path for path in found if path.is_file()), None)
    if main:
        yield main, ()
    for environment in _ENVIRONMENTS:
        for path in sorted((folder / environment).glob("*")):
            if path.suffix in _SUFFIXES and path.is_file():
                yield path, _keys(path.stem.lower())


def _keys(stem: str) -> tuple[str, ...]:
    name, _, language = stem.partition(".")
    if name in _ROOTS:
        return ()
    return ("languages", language, name) if language and name in _BY_LANGUAGE else (name,)


def _load(path: Path) -> dict[str, Any]:
    """The file's mapping; ValueError(reason) or ValueError(reason, line) if it has none."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ValueError(f"larger than {_MAX_BYTES} bytes; it was not read")
        value = _PARSERS[path.suffix](path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ValueError(f"can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError("not UTF-8; convert it") from error
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    except tomllib.TOMLDecodeError as error:
        at = _AT_LINE.search(str(error))
        raise ValueError(f"no TOML: {error}", int(at[1]) if at else None) from error
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error.msg}", error.lineno) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "it can't be read"
        raise ValueError(f"no YAML: {reason}", mark.line + 1 if mark else None) from error
    if value is not None and not isinstance(value, dict):
        raise ValueError("expected names with values, found something else")
    return value or {}


def _lower(value: Any) -> Any:  # noqa: ANN401 -- a configuration holds anything
    if isinstance(value, dict):
        return {str(key).lower(): _lower(inner) for key, inner in value.items()}
    return [_lower(inner) for inner in value] if isinstance(value, list) else value


_PARSERS: dict[str, Callable[[str], Any]] = {
    ".toml": tomllib.loads,
    ".json": json.loads,
    ".yaml": yaml.safe_load,
    ".yml": yaml.safe_load,
}
