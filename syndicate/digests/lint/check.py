"""A message's bytes → everything about it that should be otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.digests.lint import fields, frame, links, looks, parts, pictures
from syndicate.digests.lint.letter import Letter
from syndicate.digests.lint.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syndicate.digests.lint.model import Finding


def lint(message: bytes) -> list[Finding]:
    """The findings about a message, errors first, none twice.

    The message is as its reader gets it, but may be as broken as can be.
    """
    letter = Letter.of(message)
    found = [
        finding
        for part in (fields, parts, frame, links, pictures, looks)
        for finding in part.find(letter)
    ]
    return ordered(found)


def web_links(message: bytes) -> list[str]:
    """The http(s) URLs that a message's HTML leads to or shows, each once."""
    return links.urls(Letter.of(message))


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first, each as often as once."""
    return sorted(dict.fromkeys(findings), key=lambda one: one.severity is not Severity.ERROR)
