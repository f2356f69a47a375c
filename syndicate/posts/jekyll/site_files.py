"""What Liquid may read of a site beside the post: `_includes` and `_data`, and nothing above."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from syndicate.errors import PostError
from syndicate.posts.matter.yaml_text import load

if TYPE_CHECKING:
    from pathlib import Path

#: Bytes of one file.
_MAX_BYTES = 5_000_000


def read_text(root: Path, path: str) -> str:
    """The text of a file below `root`.

    Raises:
        PostError: it isn't there, is outside (through `..` or a link), too large or not UTF-8.
    """
    file = (root / path).resolve()
    try:
        if not file.is_relative_to(root.resolve()) or not file.is_file():
            raise PostError(f"there is no {path}")
        if file.stat().st_size > _MAX_BYTES:
            raise PostError(f"{path} is larger than {_MAX_BYTES} bytes")
        return file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        # ValueError: not UTF-8, or a NUL in the path.
        raise PostError(f"{path} can't be read") from error


def _rows(text: str, delimiter: str) -> list[dict[str, str]]:
    """A table with a head: a mapping a row. Cells beyond the head are left out."""
    head, *rows = csv.reader(text.splitlines(), delimiter=delimiter) or [[]]
    return [dict(zip(head, row, strict=False)) for row in rows if row]


_PARSERS: tuple[tuple[str, Callable[[str], Any]], ...] = (
    (".yml", load),
    (".yaml", load),
    (".json", json.loads),
    (".csv", lambda text: _rows(text, ",")),
    (".tsv", lambda text: _rows(text, "\t")),
)


class Data(Mapping[str, Any]):
    """`site.data`: files of a `_data` folder by their names, read when they are asked for.

    Raises:
        PostError: on asking for a file that isn't what its suffix says.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 -- YAML holds anything
        if name not in self._read:
            self._read[name] = self._load(str(name))
        value = self._read[name]
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        names = (path.stem for path in self._folder.glob("*"))
        return iter(sorted({name for name in names if not name.startswith(".")}))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def _load(self, name: str) -> Any:  # noqa: ANN401 -- as above
        """None where there is no such file: Liquid shows nothing then."""
        if "/" in name or name.startswith("."):
            return None
        for suffix, parse in _PARSERS:
            if (self._folder / (name + suffix)).is_file():
                try:
                    return parse(read_text(self._folder, name + suffix))
                except (PostError, ValueError, RecursionError, csv.Error) as error:
                    raise PostError(f"_data/{name}{suffix} can't be read: {error}") from error
        return Data(self._folder / name) if (self._folder / name).is_dir() else None
