"""What a site's `_config.yml` says about its posts."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from syndicate.errors import PostError
from syndicate.posts.faults import Faults
from syndicate.posts.matter.yaml_text import Entry, load_mapping

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from syndicate.posts.model import Problem

#: The file's name in the site's folder.
FILE_NAME = "_config.yml"
#: Bytes. The largest ones in use are a tenth of it.
_MAX_BYTES = 1_000_000

#: Jekyll's names for common permalinks.
_STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
DEFAULT_PERMALINK = _STYLES["date"]


@dataclass(frozen=True, slots=True)
class Default:
    """Front matter for all files in a scope."""

    #: A path below the site's folder, with `*` for anything; empty is everywhere.
    path: str
    #: `posts`, or empty for all kinds of pages.
    type: str
    values: Mapping[str, Any]

    def applies_to(self, source: str) -> bool:
        """Whether the file is in the scope."""
        if self.type not in ("", "posts", "post"):
            return False
        if "*" in self.path:
            return fnmatch.fnmatchcase(source, self.path + "*")
        return not self.path or source == self.path or source.startswith(self.path + "/")


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """The part of `_config.yml` that shapes posts; Jekyll's own defaults where it is silent."""

    title: str = ""
    url: str = ""
    #: Begins with a slash and doesn't end in one, or is empty.
    baseurl: str = ""
    timezone: str = ""
    #: A template such as `/:year/:title/`; names of styles are resolved.
    permalink: str = DEFAULT_PERMALINK
    #: A mark in the body that ends its excerpt; empty: none.
    excerpt_separator: str = ""
    #: Whoever wrote the posts that name nobody: a name, a mapping or a list of them.
    author: object = None
    #: The folder that `_posts` is in, without slashes around; empty is the site's own.
    collections_dir: str = ""
    defaults: tuple[Default, ...] = ()
    #: Patterns of paths that are not part of the site.
    exclude: tuple[str, ...] = ()
    #: Everything, as Liquid's `site.*` shows it.
    raw: Mapping[str, Any] = field(default_factory=dict)

    def defaults_for(self, source: str) -> dict[str, Any]:
        """The front matter that the file has without saying so.

        The longer path wins; at the same length the scope with a type, then the later one.
        """
        fitting = [default for default in self.defaults if default.applies_to(source)]
        merged: dict[str, Any] = {}
        for default in sorted(fitting, key=lambda each: (len(each.path), bool(each.type))):
            merged = _merged(merged, default.values)
        return merged

    def excludes(self, path: str) -> bool:
        """Whether the file or folder at this path is no part of the site."""
        return any(_covers(pattern, path) for pattern in self.exclude)


def read_config(folder: Path) -> tuple[SiteConfig, tuple[Problem, ...]]:
    """The site's configuration, and what is wrong with it. A site may do without."""
    faults = Faults(FILE_NAME)
    entries = _entries(folder / FILE_NAME, faults)
    config = SiteConfig(
        title=_text(entries, "title"),
        url=_text(entries, "url").rstrip("/"),
        baseurl=_base(_text(entries, "baseurl")),
        timezone=_text(entries, "timezone"),
        permalink=_permalink(entries),
        excerpt_separator=_text(entries, "excerpt_separator"),
        author=entries["author"].value if "author" in entries else None,
        collections_dir=_text(entries, "collections_dir").strip("/"),
        defaults=tuple(_defaults(entries, faults)),
        exclude=tuple(_exclude(entries)),
        raw={key: entry.value for key, entry in entries.items()},
    )
    return config, tuple(faults.problems)


def _entries(path: Path, faults: Faults) -> dict[str, Entry]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            faults.error(f"larger than {_MAX_BYTES} bytes; it was not read")
            return {}
        return load_mapping(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        faults.error(f"can't be read: {error.strerror}")
    except UnicodeDecodeError:
        faults.error("not UTF-8; convert it, e.g. with iconv -f GB18030 -t UTF-8")
    except PostError as error:
        faults.error(f"no YAML: {error.reason}; Jekyll's own settings hold until it is", error.line)
    return {}


def _text(entries: Mapping[str, Entry], key: str) -> str:
    return entries[key].text.strip() if key in entries else ""


def _base(path: str) -> str:
    path = path.strip("/")
    return f"/{path}" if path else ""


def _permalink(entries: Mapping[str, Entry]) -> str:
    """`collections.posts.permalink` wins over `permalink`, as in Jekyll."""
    written = _text(entries, "permalink")
    collections = entries["collections"].value if "collections" in entries else None
    posts = collections.get("posts") if isinstance(collections, dict) else None
    if isinstance(posts, dict) and isinstance(posts.get("permalink"), str):
        written = posts["permalink"]
    return _STYLES.get(written, written) or DEFAULT_PERMALINK


def _defaults(entries: Mapping[str, Entry], faults: Faults) -> Iterator[Default]:
    entry = entries.get("defaults")
    for item in entry.value if entry and isinstance(entry.value, list) else ():
        scope = item.get("scope") or {} if isinstance(item, dict) else None
        values = item.get("values") if isinstance(item, dict) else None
        if isinstance(scope, dict) and isinstance(values, dict):
            path = str(scope.get("path") or "").strip("/")
            yield Default(path, str(scope.get("type") or ""), values)
        else:
            line = entry.line if entry else None
            faults.warn("an entry of defaults was left out; it wants `scope:` and `values:`", line)


def _exclude(entries: Mapping[str, Entry]) -> Iterator[str]:
    value = entries["exclude"].value if "exclude" in entries else None
    for pattern in value if isinstance(value, list) else [value]:
        if isinstance(pattern, str) and pattern.strip("/ "):
            yield pattern.strip().lstrip("/")


def _covers(pattern: str, path: str) -> bool:
    """`*` stands for anything, slashes included; a folder covers all that is in it."""
    folder = pattern.rstrip("/")
    if path == folder or path.startswith(folder + "/"):
        return True
    return any(char in pattern for char in "*?[") and fnmatch.fnmatchcase(path, folder)


def _merged(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    """As Jekyll merges: mappings deeply, and an empty value replaces nothing."""
    merged = dict(low)
    for key, value in high.items():
        below = merged.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            merged[key] = _merged(below, value)
        elif value is not None or key not in merged:
            merged[key] = value
    return merged
