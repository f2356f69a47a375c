"""YAML from strangers: timestamps stay text, and nothing in it can exhaust the machine."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from syndicate.errors import PostError
from syndicate.posts.matter import plain_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Values that a document may come to once its aliases are followed: real ones have a hundred, a
#: "billion laughs" (STANDARDS S-15) has a billion.
NODE_LIMIT = 20_000
#: Levels of nesting. PyYAML recurses at each, and a deep document would overflow the C stack.
DEPTH_LIMIT = 64

_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_OPENING = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_CLOSING = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


class _Loader(yaml.CSafeLoader):
    """YAML 1.1 as Ruby's Psych reads it for Jekyll, but dates stay as they are written."""

    yaml_implicit_resolvers = {  # noqa: RUF012 -- PyYAML's own way to say it
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


def _as_written(loader: _Loader, node: yaml.ScalarNode) -> Any:  # noqa: ANN401 -- as PyYAML's
    return loader.construct_scalar(node)


_Loader.add_constructor(_TIMESTAMP, _as_written)


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands under one key of a mapping."""

    value: Any
    #: A scalar as it is written (`1.10`, `No`); empty for lists and mappings.
    text: str
    #: Of the key, counted from 1 within the document.
    line: int
    #: The key stood there more than once; the last one holds, as in Jekyll.
    repeated: bool = False


def load_mapping(text: str) -> dict[str, Entry]:
    """The entries of a document that is a mapping; none if it is empty.

    Raises:
        PostError: it is no YAML, no mapping, nested too deep or too large.
    """
    plain = plain_yaml.read(text)
    if plain is not None:
        return _plain_entries(plain)
    with _post_errors():
        loader = _Loader(text)
        node = _compose(loader, text)
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            raise PostError("expected lines of `name: value`, found something else", 1)
        loader.flatten_mapping(node)
        return _entries(loader, node)


def load(text: str) -> Any:  # noqa: ANN401 -- YAML holds anything
    """The document's value.

    Raises:
        PostError: it is no YAML, nested too deep or too large.
    """
    with _post_errors():
        loader = _Loader(text)
        node = _compose(loader, text)
        return None if node is None else loader.construct_object(node, deep=True)


def _plain_entries(lines: list[tuple[str, Any, str]]) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for number, (key, value, written) in enumerate(lines, 1):
        entries[key] = Entry(value, written, number, key in entries)
    return entries


def _entries(loader: _Loader, node: yaml.MappingNode) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        value = loader.construct_object(value_node, deep=True)
        scalar = isinstance(value_node, yaml.ScalarNode) and value is not None
        entries[key] = Entry(
            value=value,
            text=value_node.value if scalar else "",
            line=key_node.start_mark.line + 1,
            repeated=key in entries,
        )
    return entries


def _compose(loader: _Loader, text: str) -> yaml.Node | None:
    # No document is deeper than it has marks that open a level.
    if sum(map(text.count, "[{-:?")) > DEPTH_LIMIT:
        _refuse_depth(text)
    node: yaml.Node | None = loader.get_single_node()
    if node and "*" in text:
        _refuse_size(node)
    return node


def _refuse_depth(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, _OPENING) - isinstance(event, _CLOSING)
        if depth > DEPTH_LIMIT:
            mark = event.start_mark
            line = mark.line + 1 if mark else None
            raise PostError(f"nested deeper than {DEPTH_LIMIT} levels", line)


def _refuse_size(root: yaml.Node) -> None:
    """Count as a reader would who follows every alias; a circle of them never ends."""
    waiting, seen = [root], 0
    while waiting:
        node = waiting.pop()
        seen += 1
        if seen > NODE_LIMIT:
            raise PostError(f"its aliases (*name) stand for more than {NODE_LIMIT} values")
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif isinstance(node, yaml.MappingNode):
            waiting += (part for pair in node.value for part in pair)


@contextmanager
def _post_errors() -> Iterator[None]:
    """PyYAML's own kinds of failure, told as ours."""
    try:
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = error.problem or error.context or "no YAML"
        raise PostError(reason, mark.line + 1 if mark else None) from error
    except yaml.YAMLError as error:
        raise PostError("no YAML: it holds a character that YAML does not allow") from error
    except (ValueError, OverflowError, TypeError) as error:
        # `0b` or `!!int x` fail when they are made into numbers.
        raise PostError(f"a value can't be read: {error}") from error
