# ruff: noqa: INP001 - mkdocs loads it by its path
"""What mkdocs asks while it builds the site: pages that are made, and links out of `docs/`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

# mkdocs runs from anywhere, and knows of no package beside the documents.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from docs.reference import commands, settings, sources

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what isn't kept in git: the reference, and files that pages link to."""
    made = {
        "reference/settings.md": settings.page(),
        "reference/commands.md": commands.page(),
    }
    documents = [one for one in files if one.is_documentation_page()]
    paths = {path for one in documents for path in sources.linked(one.src_uri, one.content_string)}
    for path in paths:
        made |= sources.pages(path)
    for address, text in made.items():
        files.append(File.generated(config, address, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead links out of `docs/` to pages of the site."""
    del config, files
    return sources.relinked(page.file.src_uri, markdown)
