"""What a template may spend while it runs: each step and each character, paid before it is made."""

from __future__ import annotations

import re
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2.exceptions import SecurityError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: What a template may spend beyond twice what it is given: a character costs 1, and ours take a
#: tenth for the longest edition that fits.
ALLOWANCE = 2_000_000
#: What a turn of a loop, a call or an include costs by itself.
STEP = 100
#: What is no text counts as so much of it.
_SCALAR = 32
#: Bits of a number. Products of numbers grow as fast as those of letters.
_BITS = 256

#: A placeholder that is wider than any line, or as wide as it is told.
_WIDE = re.compile(r"%(?:\([^)%]*\))?[^a-zA-Z%]*(?:\d{4}|\*)")

#: What the template that is being rendered has left.
_left: ContextVar[int] = ContextVar("_left")


@contextmanager
def allowed(values: Mapping[str, object]) -> Iterator[None]:
    """What is rendered within the block may spend that much."""
    given = sum(len(value) for value in values.values() if isinstance(value, str))
    token = _left.set(ALLOWANCE + 2 * given)
    try:
        yield
    finally:
        _left.reset(token)


def pay(price: int) -> None:
    """Take that much off what is left.

    Raises:
        SecurityError: it isn't there.
    """
    left = _left.get() - price
    if left < 0:
        raise SecurityError(
            f"it makes too much: more than {ALLOWANCE:,} characters, or loops that don't end"
        )
    _left.set(left)


def size(value: object) -> int:
    """Of what an expression gave. Lists hold no lists that hold them again."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, (list, tuple)):
        return _SCALAR + sum(map(size, value))
    return _SCALAR


def said(value: object) -> int:
    """The size of a value as text; what has fields, or is a list, says nothing by itself."""
    if isinstance(value, str):
        return len(value)
    if value is None or isinstance(value, (int, float, date, jinja2.Undefined)):
        return _SCALAR
    raise SecurityError(f"a {type(value).__name__} can't be shown; show what is in it")


def paid(value: Any) -> Any:  # noqa: ANN401 - whatever an expression gave
    """The value of an expression, paid for."""
    pay(size(value))
    return value


def shown(value: Any) -> Any:  # noqa: ANN401 - whatever is in `{{ }}`
    """What is said of a value, paid for."""
    pay(said(value))
    return value


def pay_for_message(text: str, *values: object) -> None:
    """What stands for a `%` may stand for each."""
    if _WIDE.search(text):
        raise SecurityError("a placeholder is wider than any line")
    pay((1 + text.count("%")) * sum(map(said, values)))


def pay_for_product(left: object, right: object) -> None:
    """Pay for `*`."""
    if isinstance(left, int) and isinstance(right, int):
        if left.bit_length() + right.bit_length() > _BITS:
            raise SecurityError("a number is too large")
    elif isinstance(right, int):
        pay(size(left) * max(right, 0))
    elif isinstance(left, int):
        pay(size(right) * max(left, 0))


def pay_for_power(left: object, right: object) -> None:
    """Pay for `**`."""
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() * right > _BITS:
        raise SecurityError("a number is too large")
