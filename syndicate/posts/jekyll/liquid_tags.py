"""Jekyll's own Liquid tags."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any, TextIO

from liquid.ast import Node
from liquid.exceptions import LiquidSyntaxError
from liquid.parser import get_parser
from liquid.tag import Tag
from liquid.token import TOKEN_EXPRESSION, TOKEN_TAG

from syndicate.errors import PostError

if TYPE_CHECKING:
    from collections.abc import Callable

    from liquid import RenderContext, Token
    from liquid.ast import BlockNode
    from liquid.environment import Environment
    from liquid.stream import TokenStream

    from syndicate.posts.faults import Faults

#: The name under which a render's `Report` travels in python-liquid's namespace for tags.
REPORT = "syndicate.report"

_ARGUMENT = re.compile(r"([\w-]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|([\w.-]+))")
_ESCAPED = re.compile(r"\\(.)")


class Report:
    """Tells the problems of one render with their lines in the post's file."""

    def __init__(self, faults: Faults, body: str, body_line: int) -> None:
        self._faults = faults
        self._body = body
        self._body_line = body_line

    def line(self, token: Token | None) -> int | None:
        """The line of the file; None for what stands in an included one."""
        if token is None or token.start_index < 0 or token.source is not self._body:
            return None
        return self.line_at(token.start_index)

    def line_at(self, index: int) -> int:
        """The line of the file for a place in the body."""
        return self._body_line + self._body.count("\n", 0, index)

    def error(self, reason: str, token: Token) -> None:
        """Something was left out."""
        self._faults.error(reason, self.line(token))

    def warn(self, reason: str, token: Token) -> None:
        """Something was guessed."""
        self._faults.warn(reason, self.line(token))


class _MarkupNode(Node):
    def __init__(self, token: Token, markup: str) -> None:
        super().__init__(token)
        self.markup = markup
        self.blank = False

    def filled(self, context: RenderContext) -> str:
        """The markup, its outputs (`{{ page.next }}`) filled in."""
        if "{{" not in self.markup:
            return self.markup
        variables = {**context.globals, **context.locals}
        return context.env.from_string(self.markup).render(variables).strip()


class Highlight(Tag):
    """`{% highlight ruby linenos %}`: code.

    It comes out as one line, its line breaks as entities, so that no Markdown is seen in it.
    """

    name = "highlight"
    end = "endhighlight"

    def parse(self, stream: TokenStream) -> Node:
        """Read the block."""
        token, markup = _read(stream)
        next(stream)
        block = get_parser(self.env).parse_block(stream, (self.end,))
        stream.expect(TOKEN_TAG, value=self.end)
        return _HighlightNode(token, markup, block)


class _HighlightNode(_MarkupNode):
    def __init__(self, token: Token, markup: str, block: BlockNode) -> None:
        super().__init__(token, markup)
        self.block = block

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        inside = context.get_buffer(buffer)
        self.block.render(context, inside)
        code = escape(inside.getvalue().strip("\n"), quote=False).replace("\n", "&#10;")
        language = escape(self.markup.split()[0] if self.markup else "text")
        return buffer.write(f'<pre><code class="language-{language}">{code}</code></pre>')


class Link(Tag):
    """`{% link _posts/2026-11-23-x.md %}`: the path of a page of the site."""

    name = "link"
    block = False

    def __init__(self, env: Environment, resolve: Callable[[str], tuple[str, bool]]) -> None:
        super().__init__(env)
        self.resolve = resolve

    def parse(self, stream: TokenStream) -> Node:
        """Read the tag."""
        token, markup = _read(stream)
        return _LinkNode(token, markup, self.resolve)


class PostUrl(Link):
    """`{% post_url 2026-11-23-x %}`: the path of a post."""

    name = "post_url"


class _LinkNode(_MarkupNode):
    def __init__(
        self, token: Token, markup: str, resolve: Callable[[str], tuple[str, bool]]
    ) -> None:
        super().__init__(token, markup)
        self.resolve = resolve

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        target = self.filled(context)
        path, exists = self.resolve(target)
        if not exists:
            reason = f"{{% {self.token.value} %}} to {target}, which isn't there; linked {path}"
            report(context).warn(reason, self.token)
        return buffer.write(path)


class Include(Tag):
    """`{% include note.html text="…" %}`: a file of `_includes`, with `include.text` set."""

    name = "include"
    block = False

    def __init__(self, env: Environment, read: Callable[[str], str]) -> None:
        super().__init__(env)
        self.read = read

    def parse(self, stream: TokenStream) -> Node:
        """Read the tag."""
        token, markup = _read(stream)
        if not markup:
            raise LiquidSyntaxError("include wants the name of a file", token=token)
        return _IncludeNode(token, markup, self.read)


class IncludeRelative(Include):
    """`{% include_relative parts/note.md %}`: a file beside the post, or below it."""

    name = "include_relative"


class _IncludeNode(_MarkupNode):
    def __init__(self, token: Token, markup: str, read: Callable[[str], str]) -> None:
        super().__init__(token, markup)
        self.read = read

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        name, _, arguments = self.filled(context).partition(" ")
        if self.token.value == IncludeRelative.name:
            page = str(context.get(["page", "path"], token=None))
            name = page.rpartition("/")[0] + "/" + name
        try:
            source = self.read(name)
        except PostError as error:
            reason = f"{{% {self.token.value} %}} left out: {error.reason}"
            report(context).error(reason, self.token)
            return 0
        template = context.env.from_string(source, name=name)
        values = {"include": _arguments(arguments, context)}
        with context.extend(values, template=template):
            template.render_with_context(context, buffer, partial=True)
        return 1


class Unknown(Tag):
    """A tag of a plugin, or a misspelt one: it is left out, and what is around it stays."""

    name = "illegal"
    block = False

    def parse(self, stream: TokenStream) -> Node:
        """Read the tag."""
        token, markup = _read(stream)
        return _UnknownNode(token, markup)


class _UnknownNode(_MarkupNode):
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        del buffer
        name = self.token.value
        if not name.startswith("end"):
            reason = f"unknown Liquid tag {{% {name} %}} left out; plugins are not run"
            report(context).error(reason, self.token)
        return 0


def report(context: RenderContext) -> Report:
    """Where the render under way tells its problems."""
    found: Report = context.tag_namespace[REPORT]
    return found


def _read(stream: TokenStream) -> tuple[Token, str]:
    """The tag's token and its markup; the stream stays on the tag's last token."""
    token = stream.current
    if stream.peek.kind != TOKEN_EXPRESSION:
        return token, ""
    next(stream)
    return token, stream.current.value


def _arguments(markup: str, context: RenderContext) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for match in _ARGUMENT.finditer(markup):
        key, double, single, path = match.groups()
        if path is not None:
            values[key] = context.get([*path.split(".")], token=None)
        else:
            values[key] = _ESCAPED.sub(r"\1", double if double is not None else single)
    return values
