"""Which of our languages a page speaks to somebody of whom only his browser is known."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from syndicate.chrome import languages, spoken
from syndicate.chrome.lookup import locale_of, written_in

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Wishes of a browser that are looked at, and characters of each: people speak fewer languages.
_WISHES, _LONGEST = 10, 50
#: `de-CH;q=0.8` (RFC 9110 §12.5.4): a tag, and how much it is wanted.
_WISH = re.compile(r"([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,4})(?:\s*;\s*q=([01](?:\.\d{0,3})?))?")


def language_for(lang: str, accept: str, site: str) -> str:
    """The language of a page: that of `?lang=`, else of Accept-Language, else the site's.

    It is the site's tag, or one of `languages()`.
    """
    for tag in (lang, *_wishes(accept)):
        if found := _ours(tag[:_LONGEST], site):
            return found
    return site


def name_of(tag: str) -> str:
    """What a language calls itself."""
    name = locale_of(tag).get_display_name() or tag
    return name[:1].upper() + name[1:]


def _wishes(accept: str) -> Iterator[str]:
    """What a browser asks for, the dearest first."""
    parts = accept.split(",", _WISHES)[:_WISHES]
    found = [_WISH.fullmatch(part[:_LONGEST].strip()) for part in parts]
    ranked = [(float(wish[2] or 1), wish[1]) for wish in found if wish]
    return (tag for wanted, tag in sorted(ranked, key=lambda pair: -pair[0]) if wanted)


@lru_cache(maxsize=256)
def _ours(tag: str, site: str) -> str:
    """The language of ours that a tag asks for; empty if we speak none such."""
    locale = locale_of(tag)
    # What nobody knows is looked up as English.
    if locale.language != tag.partition("-")[0].lower():
        return ""
    ours, sites = (written_in(each).replace("_", "-") for each in (locale, locale_of(site)))
    return spoken(ours, site) if ours in (*languages(), sites) else ""
