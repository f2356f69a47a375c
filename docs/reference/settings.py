# ruff: noqa: INP001 - beside the documents, no package
"""The page of settings: each section, setting, type and default, read from the models themselves.

What a setting means stands above it in the source, in a comment that begins with `#:`. What a
section is for is the first paragraph of its class.
"""

from __future__ import annotations

import inspect
import re
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, get_origin

from pydantic import BaseModel

from docs.reference.words import bounds_of, default_of, kind_of, parts, toml
from syndicate.settings import Rules, Settings
from syndicate.settings.digest import USUAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic.fields import FieldInfo

#: `--site` names it, never the file.
_NO_SETTING = "folder"
#: A name that is given something in the body of a class.
_NAME = re.compile(r"    (\w+)\s*[:=]")
_HEAD = """\
# Settings

Settings stand in `syndicate.toml`, in the site's folder; `syndicate init` writes one that has the
usual ones. Each can come from the environment too, which wins: `[mail] relay` is
`SYNDICATE_MAIL__RELAY`. A list, or a section in two brackets, is one variable in JSON. An unknown
name is an error.

What the file doesn't say of `[site]` comes from the site's own configuration (`_config.yml`,
`hugo.toml`), and all else from the defaults below. A path counts from the site's folder.
"""


class UndocumentedError(LookupError):
    """A setting whose meaning isn't written above it, or a section without a text."""


class Section(NamedTuple):
    """A part of the file, such as `[mail]` or `[[relays.domains]]`."""

    #: Empty: what stands at the top of the file.
    path: str
    model: type[BaseModel]
    is_list: bool
    text: str

    @property
    def heading(self) -> str:
        """As the file has it."""
        if not self.path:
            return "At the top of the file"
        return f"`[[{self.path}]]`" if self.is_list else f"`[{self.path}]`"


def page() -> str:
    """The whole page, in Markdown.

    Raises:
        UndocumentedError: something has no text.
    """
    return "\n".join([_HEAD, *map(shown, sections())])


def sections() -> Iterator[Section]:
    """Every section of the file, each followed by those below it; a model comes once."""
    top = Section("", Settings, is_list=False, text="")
    yield top
    yield from _below(top, set())


def entries(section: Section) -> Iterator[tuple[str, FieldInfo]]:
    """The settings of a section, by the names that the file has them under."""
    for name, field in section.model.model_fields.items():
        is_section = not section.path and any(parts(field.annotation, BaseModel))
        if name != _NO_SETTING and not is_section:
            yield field.alias or name, field


def _below(section: Section, seen: set[type[BaseModel]]) -> Iterator[Section]:
    for name, field in section.model.model_fields.items():
        for model in parts(field.annotation, BaseModel):
            if model in seen:
                continue
            seen.add(model)
            is_list = get_origin(field.annotation) is tuple
            path = f"{section.path}.{name}".removeprefix(".")
            text = comments(section.model).get(name) or purpose(model)
            found = Section(path, model, is_list, text)
            yield found
            yield from _below(found, seen)


def shown(section: Section) -> str:
    """A section: heading, text, and a row for each setting.

    Raises:
        UndocumentedError: something has no text.
    """
    level = "##" + "#" * section.path.count(".")
    lines = [
        *(f"{level} {section.heading} {{ #{section.path or 'top'} }}", "", section.text, ""),
        *("| setting | type | default | meaning |", "|---|---|---|---|"),
        *(_row(section, name, field) for name, field in entries(section)),
    ]
    return "\n".join([*lines, ""])


def _row(section: Section, name: str, field: FieldInfo) -> str:
    anchor = f"{section.path}.{name}".removeprefix(".")
    kind = ", ".join(filter(None, (kind_of(field.annotation), bounds_of(field))))
    cells = (
        *(f'<a id="{anchor}"></a>`{name}`', kind),
        *(_default(section, field, name), _meaning(section, field, name)),
    )
    return f"| {' | '.join(text.replace('|', chr(92) + '|') for text in cells)} |"


def _default(section: Section, field: FieldInfo, name: str) -> str:
    """What holds if nothing is said; of a digest's rules, if no broader section says it either."""
    if issubclass(section.model, Rules) and getattr(USUAL, name, None) is not None:
        return f"`{toml(getattr(USUAL, name))}`"
    return default_of(field)


def _meaning(section: Section, field: FieldInfo, name: str) -> str:
    own = {field.alias: own for own, field in section.model.model_fields.items()}.get(name, name)
    said = comments(section.model).get(own)
    text = said or " ".join(map(purpose, parts(field.annotation, BaseModel)))
    if not text:
        raise UndocumentedError(f"{section.model.__name__}.{own} has no #: comment above it")
    for enum in parts(field.annotation, StrEnum):
        about = comments(enum)
        text += "".join(f" `{one.value}`: {about[one.name]}" for one in enum if one.name in about)
    return text


@cache
def comments(kind: type) -> Mapping[str, str]:
    """What stands above each name in a class and in those that it is made of, by the name."""
    found: dict[str, str] = {}
    for base in kind.__mro__:
        if base.__module__.startswith("syndicate."):
            found = dict(_commented(inspect.getsource(base).splitlines())) | found
    return found


def _commented(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    said: list[str] = []
    for line in lines:
        if line.lstrip().startswith("#:"):
            said.append(line.strip().removeprefix("#:").strip())
            continue
        if said and (name := _NAME.match(line)):
            yield name[1], " ".join(said)
        said = []


def purpose(model: type[BaseModel]) -> str:
    """The first paragraph of what is said of a section's class.

    Raises:
        UndocumentedError: nothing is.
    """
    said = inspect.cleandoc(vars(model).get("__doc__") or "")
    if not said:
        raise UndocumentedError(f"{model.__name__} has no docstring")
    return " ".join(said.split("\n\n")[0].split())
