"""`syndicate templates`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syndicate.cli.common import json_option, site_option, tell
from syndicate.cli.group import Group
from syndicate.digests.overrides import FOLDER, MAILS
from syndicate.errors import NotFoundError, SettingsError
from syndicate.resources import templates_folder
from syndicate.settings import load

if TYPE_CHECKING:
    from pathlib import Path


@click.group(cls=Group)
def templates() -> None:
    """Mail templates that are the site's own."""


@templates.command()
@click.argument("name")
@click.argument("files", nargs=-1)
@click.option("--category", metavar="SLUG", default="", help="For this category alone.")
@click.option("--template", default=MAILS, help="For the digests whose rules name this `template`.")
@json_option
@site_option
def eject(
    name: str, files: tuple[str, ...], category: str, template: str, as_json: bool, folder: Path
) -> None:
    """Copy our templates of NAME, or these FILES, into the site's folder, to begin from.

    \b
      syndicate templates eject digest             all files
      syndicate templates eject digest style.css   one; the others stay ours

    NAME is a mail, such as digest; one that there isn't is answered with all that there are.
    What the site has already stays as it is. A change shows in the next `syndicate digest preview`.
    """  # noqa: D301 - click wants the character
    site, ours = load(folder).folder, templates_folder() / MAILS
    names = sorted(path.name for path in ours.iterdir())
    if name not in names:
        raise NotFoundError(f"no templates {name!r}; there are: {', '.join(names)}")
    known = {path.name: path for path in sorted((ours / name).iterdir())}
    for file in files:
        if file not in known:
            raise NotFoundError(f"no {file!r} in {name}; there are: {', '.join(known)}")
    own = site / FOLDER / template / name / category
    done = {str(own / file): _copy(known[file], own / file) for file in files or known}
    lines = [path if written else f"{path} is there already" for path, written in done.items()]
    facts = {
        "written": [path for path, written in done.items() if written],
        "kept": [path for path, written in done.items() if not written],
    }
    tell("\n".join(lines), facts, as_json=as_json)


def _copy(ours: Path, own: Path) -> bool:
    """Whether it was written; what is there already stays."""
    try:
        own.parent.mkdir(parents=True, exist_ok=True)
        with own.open("xb") as file:
            file.write(ours.read_bytes())
    except FileExistsError:
        return False
    except OSError as error:
        raise SettingsError(f"can't write {own}: {error.strerror}") from error
    return True
