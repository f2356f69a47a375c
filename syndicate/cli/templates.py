"""`syndicate templates`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syndicate.cli.common import console, site_option
from syndicate.digests.overrides import FOLDER, MAILS
from syndicate.errors import NotFoundError, SettingsError
from syndicate.resources import templates_folder
from syndicate.settings import load

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def templates() -> None:
    """Mail templates that are the site's own."""


@templates.command()
@click.argument("name")
@click.argument("files", nargs=-1)
@click.option("--category", metavar="SLUG", default="", help="For this category alone.")
@site_option
def eject(name: str, files: tuple[str, ...], category: str, folder: Path) -> None:
    """Copy our templates of NAME, or these FILES, into the site's folder, to begin from.

    \b
      syndicate templates eject digest             all files
      syndicate templates eject digest style.css   one; the others stay ours

    What the site has already stays as it is. A change shows in the next `syndicate digest preview`.
    """  # noqa: D301 - click wants the character
    site, ours = load(folder).folder, templates_folder() / MAILS
    names = sorted(path.name for path in ours.iterdir())
    if name not in names:
        raise NotFoundError(f"no templates {name!r}; there are: {', '.join(names)}")
    known = {path.name: path for path in sorted((ours / name).iterdir())}
    for file in files or known:
        if file not in known:
            raise NotFoundError(f"no {file!r} in {name}; there are: {', '.join(known)}")
        _copy(known[file], site / FOLDER / MAILS / name / category / file)


def _copy(ours: Path, own: Path) -> None:
    try:
        own.parent.mkdir(parents=True, exist_ok=True)
        with own.open("xb") as file:
            file.write(ours.read_bytes())
    except FileExistsError:
        console.print(f"{own} is there already", markup=False)
    except OSError as error:
        raise SettingsError(f"can't write {own}: {error.strerror}") from error
    else:
        console.print(str(own), markup=False)
