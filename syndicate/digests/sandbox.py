"""Where mail templates run: they see what they are given, change nothing, and come to an end.

Jinja's sandbox keeps them from Python's insides. It doesn't keep them from a thousand million turns
of a loop, nor from a string of as many letters. Here whatever takes time or room is paid for out of
an allowance, before it is done: a turn of a loop, a call, an include, and each character that a
filter, an operator or the template itself makes. What can't be foreseen is not to be had.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, cast

import jinja2
from jinja2 import nodes, pass_eval_context
from jinja2.exceptions import SecurityError
from jinja2.filters import do_join
from jinja2.runtime import BlockReference, LoopContext, Macro, markup_join, str_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from syndicate.digests.allowance import (
    STEP,
    paid,
    pay,
    pay_for_message,
    pay_for_power,
    pay_for_product,
    said,
    shown,
    size,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jinja2.runtime import Context

#: Filters whose work is in proportion to what they are given: of texts, and of lists.
_OF_TEXTS = frozenset(
    (
        *("abs", "capitalize", "e", "escape", "float", "int", "lower", "safe", "string"),
        *("striptags", "title", "trim", "truncate", "upper", "urlencode", "wordcount"),
        *("isolated", "direction", "wrap", "underlined"),
    )
)
_OF_LISTS = frozenset(
    (
        *("count", "d", "default", "first", "groupby", "last", "length", "list", "max", "min"),
        *("reject", "rejectattr", "reverse", "select", "selectattr", "sort", "unique"),
    )
)
#: What stands for `~`, and for what a loop goes through: names that no template can write.
_JOINED, _EACH = "joined!", "each!"
_MESSAGES = ("_", "gettext", "ngettext")
_GLOBALS = frozenset((*_MESSAGES, "fonts", "namespace", "playing"))
#: What Jinja hands to calls of its own accord.
_JINJAS = ("_loop_vars", "_block_vars")
#: Methods of strings that make nothing longer.
_METHODS = frozenset(
    (
        *("capitalize", "casefold", "count", "endswith", "find", "isdecimal", "isspace", "lower"),
        *("lstrip", "partition", "removeprefix", "removesuffix", "rfind", "rpartition", "rsplit"),
        *("rstrip", "split", "splitlines", "startswith", "strip", "title", "upper"),
    )
)
#: `{% for n in range(…) %}` goes that far.
_RANGE = 10_000


class Sandbox(ImmutableSandboxedEnvironment):
    """Renders templates that anybody may have written. `render` within `allowed` only."""

    intercepted_binops = frozenset(("+", "*", "**", "%"))

    def __init__(self, loader: jinja2.BaseLoader, *, autoescape: bool) -> None:
        super().__init__(
            loader=loader,
            autoescape=autoescape,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            finalize=shown,
            extensions=["jinja2.ext.i18n"],
        )
        #: Characters of their own that templates have, by name.
        self._own: dict[str, int] = {}

    def seal(self) -> None:
        """Leave the filters and functions that are known to be safe, and have them paid for."""
        self.globals = {name: self.globals[name] for name in _GLOBALS & self.globals.keys()}
        self.globals["range"] = _range
        kept = {name: self.filters[name] for name in (_OF_TEXTS | _OF_LISTS) & self.filters.keys()}
        self.filters = {
            name: _charging(kept[name], of_text=name in _OF_TEXTS) for name in sorted(kept)
        }
        self.filters |= {"join": _join, _JOINED: _joined, _EACH: _each}

    def is_safe_callable(self, obj: object) -> bool:
        """Whether a template may call it: what templates define, and what they are given for it."""
        if isinstance(obj, (Macro, BlockReference)) or self._is_global(obj, _GLOBALS | {"range"}):
            return True
        owner, name = getattr(obj, "__self__", None), getattr(obj, "__name__", "")
        return isinstance(owner, LoopContext) or (isinstance(owner, str) and name in _METHODS)

    def _is_global(self, obj: object, names: Iterable[str]) -> bool:
        return any(obj is self.globals.get(name, self) for name in names)

    def call(
        self,
        context: Context,
        function: Any,  # noqa: ANN401 - whatever is called
        /,
        *args: Any,  # noqa: ANN401 - with whatever
        **named: Any,  # noqa: ANN401 - as above
    ) -> Any:  # noqa: ANN401 - whatever it returns
        """A call, paid for."""
        pay(STEP)
        if self._is_global(function, _MESSAGES):
            values = [value for name, value in named.items() if name not in _JINJAS]
            pay_for_message("".join(map(str, args)), *args, *values)
        return paid(super().call(context, function, *args, **named))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401 - any value has operators
        """An operator, paid for before it is applied."""
        if operator == "+":
            pay(size(left) + size(right))
        elif operator == "*":
            pay_for_product(left, right)
        elif operator == "**":
            pay_for_power(left, right)
        elif isinstance(left, str):
            pay_for_message(left, right)
        return super().call_binop(context, operator, left, right)

    def join_path(self, template: str, parent: str) -> str:
        """An include, paid for by what the other template says by itself."""
        del parent
        pay(STEP + self._own.get(template, 0))
        return template

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """Has loops and `~` paid for."""
        tree = super()._parse(source, name, filename)
        self._own[name or ""] = _letters(tree)
        _Paying(name, filename).visit(tree)
        tree.set_environment(self)
        return tree


class _Paying(NodeTransformer):
    """Puts a filter of ours where Jinja has no hook, and refuses what could grow by itself.

    A list within a list, twice, and that again: forty such lines are a million million.
    """

    def __init__(self, name: str | None, filename: str | None) -> None:
        self._name = name
        self._filename = filename

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 - as Jinja calls its nodes
        if node.recursive:
            raise self._fault(node, "a loop can't be recursive here")
        turn = STEP + sum(map(_letters, node.body))
        self.generic_visit(node)
        node.iter = _filter(node.iter, _EACH, nodes.Const(turn, lineno=node.lineno))
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802 - as above
        self.generic_visit(node)
        return _filter(nodes.List(node.nodes, lineno=node.lineno), _JOINED)

    def visit_List(self, node: nodes.List) -> nodes.List:  # noqa: N802 - as above
        self._require_constants(node, node.items)
        return node

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Tuple:  # noqa: N802 - as above
        # What `{% for a, b in … %}` names is one too.
        if node.ctx == "load":
            self._require_constants(node, node.items)
        return node

    def visit_Dict(self, node: nodes.Dict) -> nodes.Dict:  # noqa: N802 - as above
        self._require_constants(node, [pair.value for pair in node.items])
        return node

    def visit_Name(self, node: nodes.Name) -> nodes.Name:  # noqa: N802 - as above
        if node.name in ("varargs", "kwargs"):
            raise self._fault(node, f"{node.name} isn't to be had here")
        return node

    def _require_constants(self, node: nodes.Node, items: Iterable[nodes.Node]) -> None:
        if not all(isinstance(item, nodes.Const) for item in items):
            raise self._fault(node, "a list can hold only plain texts and numbers here")

    def _fault(self, node: nodes.Node, reason: str) -> jinja2.TemplateSyntaxError:
        return jinja2.TemplateSyntaxError(reason, node.lineno, self._name, self._filename)


def _filter(value: nodes.Node, name: str, *args: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(
        cast("nodes.Expr", value), name, list(args), [], None, None, lineno=value.lineno
    )


def _letters(node: nodes.Node) -> int:
    """Characters of its own that a part of a template says."""
    own = len(node.data) if isinstance(node, nodes.TemplateData) else 0
    return own + sum(len(data.data) for data in node.find_all(nodes.TemplateData))


def _charging(function: Callable[..., Any], *, of_text: bool) -> Callable[..., Any]:
    """The filter, what it makes paid for."""
    # Jinja hands some their environment or context first.
    first = 1 if hasattr(function, "jinja_pass_arg") else 0

    # It also keeps what Jinja has noted on the function.
    @functools.wraps(function)
    def charged(*args: Any, **named: Any) -> Any:  # noqa: ANN401 - as the filter's own
        pay(STEP + (said(args[first]) if of_text else 0))
        return paid(function(*args, **named))

    return charged


def _range(*bounds: int) -> range:
    found = range(*bounds)
    if len(found) > _RANGE:
        raise SecurityError(f"range() has {len(found)} numbers; {_RANGE} are the most")
    return found


def _each(items: Iterable[Any], turn: int) -> list[Any]:
    """What a loop goes through, all its turns paid for."""
    found = list(items)
    pay(turn * len(found))
    return found


@pass_eval_context
def _joined(context: nodes.EvalContext, parts: list[Any]) -> str:
    """`~`."""
    pay(sum(map(said, parts)))
    return markup_join(parts) if context.autoescape else str_join(parts)


@pass_eval_context
def _join(
    context: nodes.EvalContext,
    items: Iterable[Any],
    between: str = "",
) -> str:
    """Jinja's `join`."""
    parts = list(items)
    pay(sum(map(said, parts)) + len(parts) * len(between))
    joined: str = do_join(context, parts, between)
    return joined
