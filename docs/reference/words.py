# ruff: noqa: INP001 - beside the documents, no package
"""What a setting's type, bounds and default are called where people read of them."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic.fields import FieldInfo

_T = TypeVar("_T")

#: One of them, and several.
_WORDS: Mapping[object, tuple[str, str]] = {
    bool: ("true or false", "true or false"),
    int: ("whole number", "whole numbers"),
    float: ("number", "numbers"),
    str: ("text", "texts"),
    Path: ("path", "paths"),
    SecretStr: ("secret text", "secret texts"),
}
#: Bounds as pydantic calls them.
_BOUNDS: Mapping[str, str] = {
    "ge": "{:g} or more",
    "gt": "more than {:g}",
    "le": "at most {:g}",
    "lt": "less than {:g}",
}


def parts(annotation: object, kind: type[_T]) -> Iterator[type[_T]]:
    """The classes of a kind that an annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, kind):
        yield annotation
    for part in get_args(annotation):
        yield from parts(part, kind)


def kind_of(annotation: object, *, many: bool = False) -> str:  # noqa: PLR0911 - a line a kind
    """A type in words."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if annotation in _WORDS:
        return _WORDS[annotation][many]
    if origin is Annotated:
        return kind_of(inner[0], many=many)
    if origin is Literal:
        return " or ".join(f"`{toml(value)}`" for value in inner)
    if origin in (Union, UnionType):
        return ", or ".join(kind_of(part, many=many) for part in inner if part is not NoneType)
    if origin is tuple:
        return f"list of {kind_of(inner[0], many=True)}"
    if origin is dict:
        return f"{kind_of(inner[1], many=True)} by name"
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return " or ".join(f"`{toml(value)}`" for value in annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "sections" if many else "section"
    raise TypeError(f"no words for {annotation!r}")


def bounds_of(field: FieldInfo) -> str:
    """What else a value has to be; empty: nothing."""
    said = (
        words.format(getattr(rule, name))
        for rule in field.metadata
        for name, words in _BOUNDS.items()
        if getattr(rule, name, None) is not None
    )
    return ", ".join(said)


def default_of(field: FieldInfo) -> str:
    """What holds if nothing is said, as the file would have it."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    return "–" if value is None else f"`{toml(value)}`"


def toml(value: Any) -> str:  # noqa: ANN401, PLR0911 - a default may be anything, a line each
    """A value as the file has it; of a secret nothing."""
    if isinstance(value, SecretStr):
        return '""'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"{value:.10g}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, BaseModel):
        return toml({name: getattr(value, name) for name in sorted(value.model_fields_set)})
    if isinstance(value, dict):
        inner = ", ".join(f"{name} = {toml(part)}" for name, part in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return json.dumps(str(value), ensure_ascii=False)
