"""Runs the Liquid of a post, within limits; one that can't be run leaves its text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from liquid import Environment, Mode, RenderContext
from liquid.exceptions import LiquidError, LoopIterationLimitError
from liquid.output import LimitedStringIO

from syndicate.errors import PostError
from syndicate.posts.jekyll import liquid_tags
from syndicate.posts.jekyll.liquid_filters import LARGEST, Filters, bounded
from syndicate.posts.jekyll.liquid_tokens import never_closed, readable, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from liquid import Token

    from syndicate.posts.faults import Faults

#: Turns of all loops of a post. A page of a thousand entries has a few thousand.
_TURNS = 100_000
#: What opens a block in Jekyll.
_BLOCKS = frozenset(
    ("capture", "case", "for", "highlight", "if", "ifchanged", "tablerow", "unless")
)
#: python-liquid has them, Jekyll doesn't: to it they are unknown tags.
_NOT_JEKYLL = ("doc", "echo", "liquid", "render", "#")


class _Environment(Environment):
    local_namespace_limit = 2 * LARGEST
    output_stream_limit = LARGEST

    def tokenizer(self) -> Callable[[str], Iterator[Token]]:
        return tokens

    def error(
        self,
        exc: type[LiquidError] | LiquidError,
        msg: str | None = None,
        token: Token | None = None,
    ) -> None:
        """As python-liquid's, but an error at the end of an expression is the expression's."""
        if isinstance(exc, LiquidError) and token and _at_end(token) < _at_end(exc.token):
            exc.token = token
        super().error(exc, msg, token)


class _Context(RenderContext):
    def raise_for_loop_limit(self, length: int = 1) -> None:
        """Count the turns of all loops together: a hundred short ones are as slow as a long one."""
        turns = self.tag_namespace.get("turns", 0) + length
        self.tag_namespace["turns"] = turns
        if turns > _TURNS:
            raise LoopIterationLimitError(f"more than {_TURNS} turns of loops", token=None)


class Liquid:
    """The template language of one site.

    `resolve` gives the path of a linked page and whether the page is there; `read_include` gives
    the text of a file of `_includes` or raises PostError; so does `read_beside` for a path below
    the site's folder.
    """

    def __init__(
        self,
        filters: Filters,
        resolve: Callable[[str], tuple[str, bool]],
        read_include: Callable[[str], str],
        read_beside: Callable[[str], str],
    ) -> None:
        self._environment = environment = _Environment(tolerance=Mode.STRICT, strict_filters=False)
        for name in _NOT_JEKYLL:
            environment.tags.pop(name, None)
        environment.add_tag(liquid_tags.Highlight)
        environment.add_tag(liquid_tags.Unknown)
        environment.tags["link"] = liquid_tags.Link(environment, resolve)
        environment.tags["post_url"] = liquid_tags.PostUrl(environment, resolve)
        environment.tags["include"] = liquid_tags.Include(environment, read_include)
        environment.tags["include_relative"] = liquid_tags.IncludeRelative(environment, read_beside)
        environment.filters |= filters.all
        for name, function in environment.filters.items():
            environment.filters[name] = bounded(function)

    def render(
        self, body: str, variables: Mapping[str, Any], faults: Faults, body_line: int
    ) -> str:
        """The body with its template run; `body_line` is its first line in the file.

        A template that fails is told as an error, and its text comes back without it.
        """
        report = liquid_tags.Report(faults, body, body_line)
        try:
            return self._run(body, variables, report)
        except LiquidError as error:
            faults.error(*_explain(error, body, report))
        except PostError as error:
            faults.error(f"Liquid: {error.reason}; all Liquid of the post was left out")
        except (RecursionError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            # What python-liquid's own filters let through on odd values.
            faults.error(
                f"Liquid: {type(error).__name__}: {error}; all Liquid of the post was left out"
            )
        return readable(body)

    def _run(self, body: str, variables: Mapping[str, Any], report: liquid_tags.Report) -> str:
        template = self._environment.from_string(body)
        context = _Context(template, globals=variables)
        context.tag_namespace[liquid_tags.REPORT] = report
        buffer = LimitedStringIO(limit=LARGEST)
        template.render_with_context(context, buffer)
        return buffer.getvalue()


def _explain(error: LiquidError, body: str, report: liquid_tags.Report) -> tuple[str, int | None]:
    block = never_closed(body, _BLOCKS) if _at_end(error.token) else None
    if block:
        name = block.inner.split()[0]
        reason = f"{{% {name} %}} is never closed; add {{% end{name} %}}"
        return f"Liquid: {reason}; all Liquid of the post was left out", report.line_at(block.start)
    return f"Liquid: {error.message}; all Liquid of the post was left out", report.line(error.token)


def _at_end(token: Token | None) -> bool:
    """Whether the token says no place; python-liquid has one of the kind for the end."""
    return token is None or token.start_index < 0
