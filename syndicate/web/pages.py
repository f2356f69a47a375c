"""Pages for people: from `templates/web`, in the site's language, with nothing from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jinja2
from starlette.responses import HTMLResponse, PlainTextResponse

from syndicate.chrome import chrome
from syndicate.resources import templates_folder

if TYPE_CHECKING:
    from syndicate.chrome import Chrome
    from syndicate.settings import Settings

#: Pages run nothing, load nothing but what is theirs, and stand in nobody's frame.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https: http: data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
_SAFE = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"}
#: A page behind a token is nobody else's: not kept, not indexed, not named to others (S-5).
_PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


class Pages:
    """Renders the pages of one site."""

    def __init__(self, settings: Settings) -> None:
        self.words: Chrome = chrome(settings.site.language)
        self._settings = settings
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(templates_folder() / "web"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        self.words.speak_in(self._environment)

    def page(
        self, name: str, status: int = 200, *, private: bool = False, **values: object
    ) -> HTMLResponse:
        """The page `templates/web/NAME.html`."""
        return framed(self.render(name, **values), status, private=private)

    def render(self, name: str, **values: object) -> str:
        """The template `templates/web/NAME.html`, for a page or a part of one."""
        given = {
            "site": self._settings.site,
            "language": self.words.language,
            "direction": self.words.direction,
        }
        return self._environment.get_template(f"{name}.html").render(given | values)


def framed(html: str, status: int = 200, *, private: bool = False) -> HTMLResponse:
    """A whole document as a response that can do no harm."""
    return HTMLResponse(html, status, _SAFE | (_PRIVATE if private else {}))


def plain(text: str | bytes) -> PlainTextResponse:
    """A private text that no browser takes for anything else."""
    return PlainTextResponse(text, headers=_SAFE | _PRIVATE)
