# ruff: noqa: INP001 - beside the documents, no package
"""Files of the repository that documents link to, as pages of the site, which is whole without it.

A link that leads out of `docs/`, such as `../deploy/nginx.conf`, leads to a page with the file's
text; one to a folder, to a page that lists its files.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).resolve().parents[2]
#: Where these pages are, seen from `docs/`.
PLACE = "source"
_LINK = re.compile(r"\]\((\.\./[^)\s#]*)")
#: How pygments calls what it would not know by the file's name.
_LANGUAGES = {
    ".conf": "nginx",
    ".css": "css",
    ".html": "html+jinja",
    ".js": "js",
    ".json": "json",
    ".lua": "lua",
    ".md": "markdown",
    ".po": "po",
    ".py": "python",
    ".service": "ini",
    ".toml": "toml",
    ".txt": "jinja",
    ".xml": "xml",
    ".yaml": "yaml",
    ".yml": "yaml",
}
_PAGE = """\
---
search: {{exclude: true}}
---
# {path}

{body}
"""


def linked(page: str, markdown: str) -> Iterator[str]:
    """What a page links to outside of `docs/` that is there, as paths in the repository."""
    for match in _LINK.finditer(markdown):
        path = _outside(page, match[1])
        if path and (REPOSITORY / path).exists():
            yield path


def relinked(page: str, markdown: str) -> str:
    """The page with these links leading to pages of the site."""

    def inside(match: re.Match[str]) -> str:
        path = _outside(page, match[1])
        if not path or not (REPOSITORY / path).exists():
            return match[0]
        return f"]({posixpath.relpath(address(path), posixpath.dirname(page) or '.')}"

    return _LINK.sub(inside, markdown)


def address(path: str) -> str:
    """The page of a file or a folder of the repository."""
    return f"{PLACE}/{path}.md"


def pages(path: str) -> Iterator[tuple[str, str]]:
    """(address, Markdown) of a file; or of a folder, and of each file below it."""
    if (REPOSITORY / path).is_file():
        yield address(path), _of_file(path)
        return
    files = _kept(path)
    here = posixpath.dirname(address(path))
    lines = (f"- [`{one}`]({posixpath.relpath(address(one), here)})" for one in files)
    yield address(path), _PAGE.format(path=path, body="\n".join(lines))
    for one in files:
        yield address(one), _of_file(one)


def _of_file(path: str) -> str:
    text = (REPOSITORY / path).read_text(encoding="utf-8")
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    language = _LANGUAGES.get(Path(path).suffix, "text")
    return _PAGE.format(path=path, body=f"{fence}{language}\n{text.rstrip()}\n{fence}")


def _kept(folder: str) -> list[str]:
    """The files below a folder, without what running them has made."""
    found = (REPOSITORY / folder).rglob("*")
    files = (one for one in found if one.is_file() and "__pycache__" not in one.parts)
    return sorted(str(one.relative_to(REPOSITORY)) for one in files)


def _outside(page: str, target: str) -> str:
    """Where a link of a page leads to in the repository; empty: not out of `docs/`."""
    path = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), target))
    return "" if path.startswith(("docs/", "..")) or path == "docs" else path
