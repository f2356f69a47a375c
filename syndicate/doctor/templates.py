"""A site's own mail templates: that each can be compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jinja2

from syndicate.digests.overrides import FOLDER, MAILS, find
from syndicate.digests.templates import html_environment, text_environment
from syndicate.doctor.model import Finding, fail, ok
from syndicate.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.digests.overrides import Templates
    from syndicate.settings import Settings

_REMEDY = "mend it; `syndicate digest preview` shows what it makes"


def look(settings: Settings) -> Iterator[Finding]:
    """What is to be said of the templates of a site, those of single categories too."""
    names: dict[str, tuple[str, Templates]] = {}
    faults: dict[str, None] = {}
    for template, slug in _folders(settings):
        try:
            own = find(settings.folder, slug, template)
        except TemplateError as error:
            faults[str(error)] = None
            continue
        for name, source in own.own.items():
            names.setdefault(source.place, (name, own))
    for name, own in names.values():
        if fault := _fault(name, own, settings.site.language):
            faults[fault] = None
    for fault in faults:
        yield fail("templates", fault, _REMEDY)
    if not faults:
        yield ok("templates", f"{len(names)} of the site's own" if names else "ours alone")


def _folders(settings: Settings) -> Iterator[tuple[str, str]]:
    """Every folder that rules name, and the usual one, each with every slug that has one there."""
    rules = (*settings.cadences, *settings.digests)
    for template in sorted({"", *(each.template or "" for each in rules)}):
        found = (settings.folder / FOLDER / (template or MAILS)).glob("*/*")
        yield template, ""
        yield from ((template, slug) for slug in sorted({p.name for p in found if p.is_dir()}))


def _fault(name: str, own: Templates, language: str) -> str:
    """Why a template can't be compiled; empty if it can."""
    make = html_environment if name.endswith(".html") else text_environment
    try:
        environment = make(language, own)
    except TemplateError as error:
        return str(error)
    try:
        environment.get_template(name)
    except TemplateError as error:
        return str(error)
    except jinja2.TemplateError as error:
        return f"{environment.place(name, error)}: {error.message}"
    return ""
