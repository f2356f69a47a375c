"""`syndicate digest preview`."""

from __future__ import annotations

import socket
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syndicate.cli import completing
from syndicate.cli.common import cadence_option, console, service, site_option
from syndicate.cli.digest.language import language_option
from syndicate.digests.lint.letter import Letter
from syndicate.errors import SettingsError
from syndicate.reports.forecast import forecast
from syndicate.subscribers.model import Digest

if TYPE_CHECKING:
    from syndicate.reports.forecast import Forecast
    from syndicate.settings import Settings

#: Nobody else's machine: what is shown is not published.
_HOST = "127.0.0.1"


@click.command()
@click.argument("category", shell_complete=completing.categories)
@cadence_option
@language_option
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where to write digest.html, .txt and .eml.  [default: .syndicate/preview in the site]",
)
@click.option(
    "--serve/--no-serve", default=True, help="Show it on a page, or only write the files."
)
@click.option("--open", "in_browser", is_flag=True, help="Open that page in the browser.")
@site_option
def preview(  # noqa: PLR0913, PLR0917 - click hands each option over by itself
    category: str,
    cadence: str,
    language: str,
    output: Path | None,
    serve: bool,
    in_browser: bool,
    folder: Path,
) -> None:
    """Show the next edition of CATEGORY as it would look, without cutting or sending it.

    \b
      syndicate digest preview techweb
      syndicate digest preview techweb --no-serve --output /tmp/techweb

    It has the posts that wait, or the newest if none does. The page has it as a desktop shows it, a
    phone, in the dark, without images, as text and as source; only this machine can open it.
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        found = forecast(app, Digest(cadence, app.categories.require(category).name), language)
        settings = app.settings
    _write(found, output or settings.state_folder / "preview")
    if serve:
        _serve(settings, found, in_browser=in_browser)


def _write(found: Forecast, folder: Path) -> None:
    letter = Letter.of(found.message)
    files = {
        "digest.html": _lines(letter.content("text/html")),
        "digest.txt": _lines(letter.content("text/plain")),
        "digest.eml": found.message,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
            console.print(str(folder / name), markup=False)
    except OSError as error:
        raise SettingsError(
            f"can't write {folder}: {error.strerror}; name another folder with --output"
        ) from error


def _lines(text: str) -> bytes:
    """The text with line ends as files here have them."""
    return text.replace("\r\n", "\n").encode()


def _serve(settings: Settings, found: Forecast, *, in_browser: bool) -> None:
    """Serve the page until Ctrl-C."""
    # They take a third of a second, which --no-serve does without.
    import uvicorn  # noqa: PLC0415 - see above

    from syndicate.web.preview import make_preview  # noqa: PLC0415 - see above

    with socket.create_server((_HOST, 0)) as listener:
        url = f"http://{_HOST}:{listener.getsockname()[1]}/"
        console.print(f"{url}  (Ctrl-C ends it)", markup=False)
        if in_browser:
            webbrowser.open(url)
        config = uvicorn.Config(
            make_preview(settings, found), access_log=False, log_config=None, server_header=False
        )
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])
