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
    from pathlib import Path

    from syndicate.digests.overrides import Templates

_REMEDY = "mend it; `syndicate digest preview` shows what it makes"


def look(site: Path, language: str) -> Iterator[Finding]:
    """What is to be said of the templates of a site, those of single categories too."""
    slugs = sorted({path.name for path in (site / FOLDER / MAILS).glob("*/*") if path.is_dir()})
    names: dict[str, tuple[str, Templates]] = {}
    faults: dict[str, None] = {}
    for slug in ("", *slugs):
        try:
            own = find(site, slug)
        except TemplateError as error:
            faults[str(error)] = None
            continue
        for name, source in own.own.items():
            names.setdefault(source.place, (name, own))
    for name, own in names.values():
        if fault := _fault(name, own, language):
            faults[fault] = None
    for fault in faults:
        yield fail("templates", fault, _REMEDY)
    if not faults:
        yield ok("templates", f"{len(names)} of the site's own" if names else "ours alone")


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
