"""What the blocks of a text are, until they are written as HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Kind(Enum):
    """What the rules of the syntax need to know of a block."""

    PARAGRAPH = auto()
    #: Lines without text.
    BLANK = auto()
    #: `^`: what stands above is over.
    END = auto()
    #: A line that shows nothing: a definition, a list of attributes.
    UNSEEN = auto()
    LIST = auto()
    DEFINITIONS = auto()
    CODE = auto()
    OTHER = auto()


class Leaf(str):
    """Text whose marks are for comrak."""

    __slots__ = ()


@dataclass(slots=True)
class Node:
    """A block. What is inside of it stands between its parts."""

    kind: Kind
    #: HTML, leaves and blocks, in their order.
    parts: list[str | Leaf | Node] = field(default_factory=list)
    #: Of a paragraph alone.
    text: str = ""
    #: A paragraph without a `p` around: the text of a tight list's item.
    bare: bool = False
    #: The lists of attributes that belong to it.
    attributes: str = ""


def flat(nodes: Iterable[Node]) -> Iterator[str | Leaf]:
    """The HTML and the leaves of the blocks in the order of the text."""
    for node in nodes:
        if node.kind is Kind.PARAGRAPH:
            if not node.bare:
                yield "<p>"
            yield Leaf(node.text)
            if not node.bare:
                yield "</p>\n"
        for part in node.parts:
            if isinstance(part, Node):
                yield from flat((part,))
            else:
                yield part
