"""Jekyll's Liquid filters over lists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from liquid import RenderContext, Undefined
from liquid.exceptions import FilterArgumentError
from liquid.stringify import to_liquid_string

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_INTEGER = re.compile(r"\s*-?\d{1,18}\s*")
_DECIMAL = re.compile(r"\s*-?(?:\d{1,18}\.?\d{0,18}|\.\d{1,18})\s*")
_NAME = re.compile(r"[A-Za-z_][\w-]*")


def _where(value: object, name: object, wanted: object = None) -> object:
    if not _is_many(value) or isinstance(wanted, (list, dict)):
        return value
    return [item for item in _items(value) if _is(_property(item, name), wanted)]


def _find(value: object, name: object, wanted: object = None) -> object:
    found = _where(value, name, wanted)
    return next(iter(found), None) if isinstance(found, list) else found


def _where_exp(value: object, name: object, condition: object, *, context: RenderContext) -> object:
    if not _is_many(value):
        return value
    template = f"{{% if {_text(condition)} %}}1{{% endif %}}"
    shown = _each(value, name, template, context)
    return [item for item, text in shown if text]


def _find_exp(value: object, name: object, condition: object, *, context: RenderContext) -> object:
    found = _where_exp(value, name, condition, context=context)
    return next(iter(found), None) if isinstance(found, list) else found


def _group_by(value: object, name: object) -> object:
    if not _is_many(value):
        return value
    return _grouped([(item, _text(_property(item, name))) for item in _items(value)])


def _group_by_exp(
    value: object, name: object, expression: object, *, context: RenderContext
) -> object:
    if not _is_many(value):
        return value
    return _grouped(_each(value, name, f"{{{{ {_text(expression)} }}}}", context))


def _sort(value: object, name: object = None, nils: object = "first") -> object:
    if not _is_many(value):
        return value
    if name is None or isinstance(name, Undefined):
        return sorted(_items(value), key=_order)
    last = _text(nils) == "last"

    def place(item: object) -> tuple[bool, tuple[int, float, str]]:
        found = _property(item, name)
        return (found is None) == last, _order(found)

    return sorted(_items(value), key=place)


def _pop(value: object, count: object = 1) -> object:
    return value[: max(len(value) - _count(count), 0)] if isinstance(value, list) else value


def _shift(value: object, count: object = 1) -> object:
    return value[_count(count) :] if isinstance(value, list) else value


def _push(value: object, item: object) -> object:
    return [*value, item] if isinstance(value, list) else value


def _unshift(value: object, item: object) -> object:
    return [item, *value] if isinstance(value, list) else value


def _sample(value: object, count: object = 1) -> object:
    """The first ones: the same file gives the same bytes, whenever it is read."""
    if not isinstance(value, list):
        return value
    return next(iter(value), None) if _count(count) == 1 else value[: _count(count)]


def _sentence(value: object, connector: object = "and") -> str:
    items = [_text(item) for item in _items(value)] if _is_many(value) else [_text(value)]
    if len(items) > 1:
        comma = "," if len(items) > 2 else ""  # noqa: PLR2004 -- the comma before `and`
        return f"{', '.join(items[:-1])}{comma} {_text(connector)} {items[-1]}"
    return "".join(items)


_where_exp.with_context = True  # type: ignore[attr-defined]
_find_exp.with_context = True  # type: ignore[attr-defined]
_group_by_exp.with_context = True  # type: ignore[attr-defined]

FILTERS: Mapping[str, Callable[..., Any]] = {
    "array_to_sentence_string": _sentence,
    "find": _find,
    "find_exp": _find_exp,
    "group_by": _group_by,
    "group_by_exp": _group_by_exp,
    "pop": _pop,
    "push": _push,
    "sample": _sample,
    "shift": _shift,
    "sort": _sort,
    "unshift": _unshift,
    "where": _where,
    "where_exp": _where_exp,
}


def _text(value: object) -> str:
    return to_liquid_string(value, autoescape=False)


def _count(value: object) -> int:
    return max(int(_text(value)), 0) if _INTEGER.fullmatch(_text(value)) else 1


def _is_many(value: object) -> bool:
    return isinstance(value, (list, tuple, dict))


def _items(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, (list, tuple)) else []


def _property(item: object, name: object) -> object:
    """What stands under `a.b` in the item; numbers that are written as text are numbers."""
    for key in _text(name).split("."):
        item = item.get(key) if isinstance(item, dict) else None
    if isinstance(item, str) and _DECIMAL.fullmatch(item):
        return int(item) if _INTEGER.fullmatch(item) else float(item)
    return item


def _is(found: object, wanted: object) -> bool:
    """Compared as text; one of several is enough."""
    if wanted is None or isinstance(wanted, Undefined):
        return found is None
    several = found if isinstance(found, (list, tuple)) else [found]
    return any(_text(one) == _text(wanted) for one in several if one is not None)


def _order(value: object) -> tuple[int, float, str]:
    """Numbers before text: lists that hold both have an order as well."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return 0, float(value), ""
    return 1, 0.0, _text(value)


def _each(
    value: object, name: object, template: str, context: RenderContext
) -> list[tuple[Any, str]]:
    """The template's text for each item, which it knows under that name."""
    variable = _text(name)
    if not _NAME.fullmatch(variable):
        raise FilterArgumentError(f"{variable!r} is no name of a variable", token=None)
    items = _items(value)
    context.raise_for_loop_limit(len(items))
    parsed = context.env.from_string(template)
    known = {**context.globals, **context.locals}
    return [(item, parsed.render({**known, variable: item})) for item in items]


def _grouped(pairs: list[tuple[Any, str]]) -> list[dict[str, Any]]:
    groups: dict[str, list[Any]] = {}
    for item, name in pairs:
        groups.setdefault(name, []).append(item)
    return [{"name": name, "items": it, "size": len(it)} for name, it in groups.items()]
