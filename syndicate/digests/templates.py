"""The mail templates: where they lie, and the environments that render them."""

from __future__ import annotations

from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jinja2

from syndicate.chrome import Chrome, chrome
from syndicate.digests.inline import inline_template
from syndicate.digests.lines import underlined, wrap
from syndicate.errors import TemplateError
from syndicate.resources import templates_folder

if TYPE_CHECKING:
    from collections.abc import Callable

#: The folder of the digest's templates, below `templates/`.
DIGEST = "email/digest"


class _Inlining(jinja2.FileSystemLoader):
    """Loads HTML templates with the style sheet already inlined."""

    def __init__(self, css: str) -> None:
        super().__init__(templates_folder())
        self.css = css

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        source, filename, current = super().get_source(environment, template)
        if template.endswith(".html"):
            source = inline_template(source, self.css)
        return source, filename, current


@lru_cache(maxsize=16)
def html_environment(language: str) -> jinja2.Environment:
    """Renders the HTML templates in a language; everything is escaped but markup."""
    css = style_sheet(language, "style.css") + style_sheet(language, "prose.css")
    return _environment(_Inlining(css), chrome(language), autoescape=True)


@lru_cache(maxsize=16)
def text_environment(language: str) -> jinja2.Environment:
    """Renders subjects and text bodies in a language; nothing is escaped."""
    environment = _environment(
        jinja2.FileSystemLoader(templates_folder()), chrome(language), autoescape=False
    )
    environment.filters.update(wrap=wrap, underlined=underlined)
    return environment


@lru_cache(maxsize=16)
def style_sheet(language: str, name: str) -> str:
    """A style sheet, with the language's fonts."""
    fonts = asdict(chrome(language).fonts)
    return render(text_environment(language), f"{DIGEST}/{name}", fonts)


def _environment(
    loader: jinja2.BaseLoader, words: Chrome, *, autoescape: bool
) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=loader,
        autoescape=autoescape,  # noqa: S701 - off for text only, where it would show
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    # Jinja's own hook, so that a gettext catalogue can take the place of ours.
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        words.gettext, words.ngettext, newstyle=True
    )
    return environment


def render(environment: jinja2.Environment, name: str, values: dict[str, Any]) -> str:
    """A template's text.

    Raises:
        TemplateError: it isn't there, or it is wrong, with its name and line.
    """
    try:
        return environment.get_template(name).render(values)
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(f"templates/{name}:{error.lineno}: {error.message}") from error
    except jinja2.TemplateError as error:
        raise TemplateError(f"templates/{name}: {error.message}") from error
