# ruff: noqa: INP001 - beside the documents, no package
"""The page of commands: usage, text and options of each, as its `--help` has them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import click

from syndicate.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How click's docstrings say that the lines of a paragraph stand as they are.
_AS_IT_IS = "\b\n"
_HEAD = """\
# Commands

`syndicate COMMAND --help` says the same. Results go to standard output, and what is said beside
them (progress, notes, errors) to standard error. With `--json` results are
[for scripts](../exit-codes.md#for-scripts). [What commands leave a script with](../exit-codes.md)
has a page of its own.
"""


class UndocumentedError(LookupError):
    """A command or an option without a word about it."""


def page() -> str:
    """The whole page, in Markdown.

    Raises:
        UndocumentedError: something has no text.
    """
    return "\n".join([_HEAD, *map(shown, commands())])


def commands() -> Iterator[click.Context]:
    """Every command and group, each in its context; a group comes before what it has."""
    yield from _below(click.Context(main, info_name="syndicate"))


def _below(context: click.Context) -> Iterator[click.Context]:
    yield context
    group = context.command
    if isinstance(group, click.Group):
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if command and not command.hidden:
                yield from _below(click.Context(command, info_name=name, parent=context))


def shown(context: click.Context) -> str:
    """A command: usage, text and options.

    Raises:
        UndocumentedError: something has no text.
    """
    path = context.command_path
    level = "#" * min(2 + path.count(" "), 4) if " " in path else "##"
    usage = " ".join([path, *context.command.collect_usage_pieces(context)])
    lines = [
        *(f"{level} {path} {{ #{path.replace(' ', '-')} }}", ""),
        *("```text", usage, "```", "", *_text(context)),
        *_options(context),
    ]
    return "\n".join([*lines, ""])


def _text(context: click.Context) -> Iterator[str]:
    said = inspect.cleandoc(context.command.help or "")
    if not said:
        raise UndocumentedError(f"{context.command_path} has no help")
    for paragraph in said.split("\n\n"):
        if paragraph.startswith(_AS_IT_IS):
            listed = paragraph.removeprefix(_AS_IT_IS)
            yield f"```sh\n{inspect.cleandoc(listed)}\n```"
        else:
            yield paragraph
        yield ""


def _options(context: click.Context) -> Iterator[str]:
    records = list(filter(None, (_record(option, context) for option in _own(context))))
    if records:
        yield from ("| option | |", "|---|---|", *records, "")


def _own(context: click.Context) -> Iterator[click.Option]:
    for option in context.command.params:
        if isinstance(option, click.Option) and not option.hidden:
            yield option


def _record(option: click.Option, context: click.Context) -> str:
    if not option.help:
        raise UndocumentedError(f"{context.command_path} {option.opts[0]} has no help")
    names, said = option.get_help_record(context) or ("", "")
    return f"| `{names}` | {said} |".replace("`|", "`\\|")
