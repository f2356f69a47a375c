"""The mail templates: the environments that render them, and what is said of one that is wrong."""

from __future__ import annotations

import traceback
from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jinja2

from syndicate.chrome import chrome
from syndicate.digests.allowance import allowed
from syndicate.digests.inline import inline_template, line_before
from syndicate.digests.lines import underlined, wrap
from syndicate.digests.overrides import FOLDER, OURS, Templates
from syndicate.digests.sandbox import Sandbox
from syndicate.errors import TemplateError
from syndicate.resources import templates_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: The folder of the digest's templates, below `templates/`.
DIGEST = "email/digest"
#: Those of a mail of several editions.
TOGETHER = "email/together"
#: The style sheets of both.
_SHEETS = (f"{DIGEST}/style.css", f"{DIGEST}/prose.css")
#: What a template can do wrong while it runs, beside what Jinja has errors for.
_FAULTS = (
    *(jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError),
    *(TypeError, ValueError),
)
#: Environments kept in the process, each with its compiled templates: 200 KB.
_KEPT = 64


class _Loader(jinja2.BaseLoader):
    """Finds the site's templates and ours; HTML has its style sheet inlined already."""

    def __init__(self, templates: Templates, css: str = "") -> None:
        self.templates = templates
        self._css = css
        self._ours = jinja2.FileSystemLoader(templates_folder())
        #: Of HTML: as it was written, and as Jinja has it.
        self._inlined: dict[str, tuple[str, str]] = {}

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        place = self.templates.place(template)
        if template in self.templates.own:
            source = self.templates.own[template].text
        else:
            source, _, _ = self._ours.get_source(environment, template)
        if template.endswith(".html"):
            # Its errors name lines as they are in the file.
            environment.parse(source, template, place)
            inlined = inline_template(source, self._css, place)
            self._inlined[place] = source, inlined
            source = inlined
        return source, place, lambda: True

    def line(self, place: str, line: int) -> int:
        """The line in the file of a line that Jinja names."""
        return line_before(*self._inlined[place], line) if place in self._inlined else line


class MailEnvironment(Sandbox):
    """Renders the mail templates of one site in one language."""

    def __init__(self, loader: _Loader, language: str, *, autoescape: bool) -> None:
        super().__init__(loader, autoescape=autoescape)
        self._loader = loader
        words = chrome(language)
        words.speak_in(self)
        self.globals["playing"] = words.playing
        self.filters.update(wrap=wrap, underlined=underlined)
        self.seal()

    def place(self, name: str, error: Exception) -> str:
        """Where a template of that name went wrong, as `file:line` if a line is to blame."""
        return self._blamed(error) or self._loader.templates.place(name)

    def _blamed(self, error: Exception) -> str:
        """Where a template is wrong, as `file:line`; empty if no line is to blame."""
        if isinstance(error, jinja2.TemplateSyntaxError) and error.filename:
            return f"{error.filename}:{self._loader.line(error.filename, error.lineno)}"
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            # Python's own files have absolute names.
            if frame.filename.startswith(f"{FOLDER}/"):
                return f"{frame.filename}:{self._loader.line(frame.filename, frame.lineno or 1)}"
        return ""


def render(environment: MailEnvironment, name: str, values: Mapping[str, Any]) -> str:
    """What a template makes of the values.

    Raises:
        TemplateError: it isn't there, or it is wrong, with its file and line.
    """
    try:
        with allowed(values):
            return environment.get_template(name).render(values)
    except jinja2.TemplateNotFound as error:
        reason = f"there is no template {error.message}"
        raise TemplateError(f"{environment.place(name, error)}: {reason}") from error
    except _FAULTS as error:
        raise TemplateError(f"{environment.place(name, error)}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it includes itself"
    reason = error.message if isinstance(error, jinja2.TemplateError) else str(error)
    return " ".join((reason or type(error).__name__).split())


@lru_cache(maxsize=_KEPT)
def html_environment(
    language: str, templates: Templates = OURS, sheets: tuple[str, ...] = _SHEETS
) -> MailEnvironment:
    """Renders the HTML templates in a language; everything is escaped but markup.

    Raises:
        TemplateError: a style sheet is wrong.
    """
    direction = chrome(language).direction
    css = (style_sheet(language, direction, name, templates) for name in sheets)
    return MailEnvironment(_Loader(templates, "".join(css)), language, autoescape=True)


@lru_cache(maxsize=_KEPT)
def text_environment(language: str, templates: Templates = OURS) -> MailEnvironment:
    """Renders subjects and text bodies in a language; nothing is escaped."""
    return MailEnvironment(_Loader(templates), language, autoescape=False)


@lru_cache(maxsize=2 * _KEPT)
def style_sheet(language: str, direction: str, name: str, templates: Templates = OURS) -> str:
    """A style sheet to inline, with the language's fonts and the sides of a direction.

    The sides are left and right, for Outlook knows no others. The direction is `ltr` or `rtl`.

    Raises:
        TemplateError: it is wrong, or has what can't be inlined.
    """
    values = asdict(chrome(language).fonts) | {"rtl": direction == "rtl"}
    css = render(text_environment(language, templates), name, values)
    # An `@import` would be fetched, however it is spelt.
    if "@" in css or "\\" in css:
        raise TemplateError(
            f"{templates.place(name)}: what begins with @, or has a backslash, can't be inlined; "
            "put it into media.css"
        )
    return css
