"""Pages for people: from `templates/web`, in their own language, with nothing from elsewhere."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import jinja2
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from syndicate.chrome import chrome, spoken
from syndicate.resources import templates_folder
from syndicate.web.languages import language_for

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

    from syndicate.chrome import Chrome
    from syndicate.settings import Settings

#: Pages run nothing, load nothing but what is theirs, and stand in nobody's frame.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https: http: data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
#: What a page may run beside: a file of ours, which helps and is not needed.
_SCRIPTS = "; script-src 'self'"
_SAFE = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"}
#: A page behind a token is nobody else's: not kept, not indexed, not named to others (S-5).
PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
#: Scripts may be kept for an hour; they stand in `templates/web/scripts`.
_SCRIPT = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
#: Languages whose templates a process keeps ready.
_LANGUAGES = 16


class Pages:
    """Renders the pages of one site."""

    def __init__(self, settings: Settings) -> None:
        self.words: Chrome = chrome(settings.site.language)
        self._settings = settings
        self._templates = templates_folder() / "web"

    def language_of(self, request: Request, own: str = "") -> str:
        """His `own` language, else that of `?lang=`, else one of his browser's, else the site's."""
        site = self._settings.site.language
        if own:
            return spoken(own, site)
        lang = request.query_params.get("lang", "")
        return language_for(lang, request.headers.get("accept-language", ""), site)

    def page(
        self,
        name: str,
        status: int = 200,
        *,
        private: bool = False,
        scripted: bool = False,
        language: str = "",
        **values: object,
    ) -> HTMLResponse:
        """The page `templates/web/NAME.html`, in the site's language if none is named.

        One that is `scripted` may run what `script` serves.
        """
        html = self.render(name, language=language, **values)
        response = framed(html, status, private=private)
        if scripted:
            response.headers["Content-Security-Policy"] += _SCRIPTS
        return response

    def render(self, name: str, *, language: str = "", **values: object) -> str:
        """The template `templates/web/NAME.html`, for a page or a part of one."""
        words = chrome(language or self.words.language)
        given = {
            "site": self._settings.site,
            "language": words.language,
            "direction": words.direction,
            "words": words,
        }
        environment = _environment(self._templates, words.language)
        return environment.get_template(f"{name}.html").render(given | values)

    def script(self, request: Request) -> Response:
        """`/scripts/{name}`: a script of ours.

        Raises:
            HTTPException: there is none of that name.
        """
        name = request.path_params["name"]
        path = self._templates / "scripts" / name
        # A name is one part of a path; what is no script of ours isn't served.
        if name not in {each.name for each in path.parent.iterdir()}:
            raise HTTPException(404)
        return Response(path.read_bytes(), headers=_SCRIPT, media_type="text/javascript")


@lru_cache(_LANGUAGES)
def _environment(templates: Path, language: str) -> jinja2.Environment:
    """The templates of a folder with the words of that language."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    chrome(language).speak_in(environment)
    return environment


def framed(html: str, status: int = 200, *, private: bool = False) -> HTMLResponse:
    """A whole document as a response that can do no harm."""
    return HTMLResponse(html, status, _SAFE | (PRIVATE if private else {}))


def back(query: str) -> Response:
    """See the page itself after a form of it was posted, with that query (RFC 9110 §15.4.4)."""
    return Response(status_code=303, headers=PRIVATE | {"Location": query})


def plain(text: str | bytes) -> PlainTextResponse:
    """A private text that no browser takes for anything else."""
    return PlainTextResponse(text, headers=_SAFE | PRIVATE)
