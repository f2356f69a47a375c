"""From the file and the environment to Settings, and from faults to lines that help."""

from __future__ import annotations

import difflib
import os
import tomllib
from itertools import takewhile
from typing import TYPE_CHECKING, Any, get_args, get_origin

import yaml
from pydantic import (
    BaseModel,
    ValidationError,
)
from pydantic_settings import (
    EnvSettingsSource,
)
from pydantic_settings import SettingsError as UnreadableVariable

from syndicate.errors import SettingsError
from syndicate.settings import hugo
from syndicate.settings.checks import absolute_url, language_tag, one_line, zone_name
from syndicate.settings.merge import merged
from syndicate.settings.model import ENV_PREFIX, SITE_VARIABLE, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from pydantic.fields import FieldInfo

#: The file's name in the site's folder.
FILE_NAME = "syndicate.toml"


def load(folder: Path, overrides: dict[str, Any] | None = None) -> Settings:
    """The settings of the site in `folder`.

    `overrides` are what a command's options say, section by section; they win over the file but
    not over the environment.

    Raises:
        SettingsError: one line a fault, each with its place and what would be right.
    """
    folder = folder.resolve()
    if not folder.is_dir():
        raise SettingsError(f"{folder} is no folder; name your site's with --site DIR")
    written = _from_file(folder / FILE_NAME)
    values = merged(_from_site(folder, written.get("posts")), written)
    if "folder" in values:
        raise SettingsError(f"{FILE_NAME}: folder: no such setting; name it with --site DIR")
    values = merged(values, overrides or {})
    _refuse_unknown_variables()
    try:
        return Settings(**{**values, "folder": folder})
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(error))) from error
    except UnreadableVariable as error:
        raise SettingsError(f"environment: {error}; write it as JSON") from error


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path.name}: {error}") from error
    except OSError as error:
        raise SettingsError(f"can't read {path}: {error.strerror}") from error


def _from_site(folder: Path, posts: object) -> dict[str, Any]:
    """What the site's own configuration says that is a setting of ours too; `posts`: see [posts].

    A value that would not do (a URL without a scheme, a zone nobody knows) is left out here:
    `syndicate posts check` reports on the site's configuration.
    """
    source = posts.get("source") if isinstance(posts, dict) else None
    if source == "hugo" or (source is None and hugo.is_hugo(folder)):
        return {"site": _that_do(hugo.said(folder)), "posts": {"source": "hugo"}}
    return {"site": _that_do(_said_by_jekyll(folder))}


def _said_by_jekyll(folder: Path) -> Iterator[tuple[str, object]]:
    try:
        config = yaml.safe_load((folder / "_config.yml").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        # PyYAML lets a ValueError through for a date such as 2026-13-01.
        return
    if isinstance(config, dict):
        for name in ("title", "description", "url", "timezone"):
            yield name, config.get(name)
        yield "language", config.get("lang")
        yield "language", config.get("locale")


def _that_do(said: Iterable[tuple[str, object]]) -> dict[str, str]:
    """The first good value of each setting under [site]."""
    checks: dict[str, Callable[[str], str]] = {
        "title": one_line,
        "description": str,
        "url": absolute_url,
        "timezone": zone_name,
        "language": lambda value: language_tag(value.replace("_", "-")),
    }
    site: dict[str, str] = {}
    for name, value in said:
        if isinstance(value, str) and value.strip():
            try:
                site.setdefault(name, checks[name](" ".join(value.split())))
            except ValueError:
                continue
    return site


def _refuse_unknown_variables() -> None:
    """A misspelt variable would be ignored in silence otherwise."""
    known = {SITE_VARIABLE, *_variables(Settings, ENV_PREFIX)} - {f"{ENV_PREFIX}FOLDER"}
    for variable in sorted(os.environ):
        if variable.startswith(ENV_PREFIX) and variable not in known:
            near = difflib.get_close_matches(variable, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise SettingsError(f"environment: {variable} is no setting{hint}")


def _variables(kind: Any, prefix: str) -> Iterator[str]:  # noqa: ANN401 - an annotation may be anything
    """What the environment may call the settings in a section, and those in sections below it."""
    for name, about in _fields(kind).items():
        variable = f"{prefix}{name}".upper()
        yield variable
        # A list is one variable, in JSON.
        if get_origin(about.annotation) is not tuple:
            yield from _variables(about.annotation, f"{variable}__")


def _explain(error: ValidationError) -> list[str]:
    """One line a fault: file or variable, section, name, what would be right."""
    env = EnvSettingsSource(
        Settings,
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
    )()
    lines = []
    for fault in error.errors(include_url=False):
        reason = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            reason = "no such setting" + _near(fault["loc"])
        lines.append(_place(fault["loc"], env) + reason)
    return lines


def _place(loc: Sequence[int | str], env: dict[str, Any]) -> str:
    """Where a setting was written: which variable, or which section of the file and name in it."""
    if not loc:
        return f"{FILE_NAME}: "
    names = [str(part) for part in takewhile(lambda part: isinstance(part, str), loc)]
    item = f" no. {int(loc[len(names)]) + 1}" if len(names) < len(loc) else ""
    inner = "".join(map(_step, loc[len(names) + 1 :]))
    said: Any = env
    for name in names:
        said = said.get(name) if isinstance(said, dict) else None
    if said is not None:
        # A fault of a section as a whole: any of its variables may be to blame.
        more = "__…" if isinstance(said, dict) else ""
        return f"{ENV_PREFIX}{'__'.join(names).upper()}{more}{item}: {inner}"
    section, *rest = names
    about = Settings.model_fields.get(section)
    if item and not rest:
        return f"{FILE_NAME}: [[{section}]]{item} {inner}"
    if about is None or _fields(about.annotation):
        section = f"[{section}]"
    else:
        section += ":"
    return f"{FILE_NAME}: {section} " + "".join(map(_step, loc[1:]))


def _step(part: int | str) -> str:
    return f"{part}: " if isinstance(part, str) else f"no. {part + 1}: "


def _near(loc: Sequence[int | str]) -> str:
    """`; did you mean …?` where a known name is close to the misspelt one."""
    names = _fields(Settings)
    for part in loc[:-1]:
        if isinstance(part, str):
            names = _fields(names[part].annotation)
    near = difflib.get_close_matches(str(loc[-1]), names, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _fields(kind: Any) -> dict[str, FieldInfo]:  # noqa: ANN401 - an annotation may be anything
    """The settings in a section, or in each entry of a list of sections, as people name them."""
    section = next(iter(get_args(kind)), kind)
    if not (isinstance(section, type) and issubclass(section, BaseModel)):
        return {}
    return {field.alias or name: field for name, field in section.model_fields.items()}
