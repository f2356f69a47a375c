"""What the package brings along besides code."""

from __future__ import annotations

from pathlib import Path


def templates_folder() -> Path:
    """The folder `templates/`: in the package when installed, beside it in a checkout."""
    package = Path(__file__).parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"
