"""Which language a tag stands for."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale, UnknownLocaleError


def locale_of(tag: str) -> Locale:
    """The locale of a BCP 47 tag, shortened from its end until one is known; else English.

    This is the lookup of RFC 4647 §3.4: `fr-US` is French.
    """
    while tag:
        try:
            return Locale.parse(tag, sep="-")
        except (ValueError, UnknownLocaleError):
            tag = tag.rpartition("-")[0]
    return Locale("en")


@lru_cache(maxsize=256)
def spoken(wish: str, otherwise: str) -> str:
    """The language for somebody who wishes for one, or for none: his, or the other.

    The other is also for whom it is what he wishes, only told more exactly (RFC 4647 §3.3.1):
    `zh-CN` for `zh-Hans`. Tags of one locale become one, so that they don't multiply.
    """
    own = _canonical(wish)
    return otherwise if not wish or f"{_canonical(otherwise)}-".startswith(f"{own}-") else own


def _canonical(tag: str) -> str:
    return str(locale_of(tag)).replace("_", "-")


def written_in(locale: Locale) -> str:
    """The language, with the script where words and fonts differ by it: `de`, `zh_Hant`.

    Babel has filled in the script of `zh-TW` and its like.
    """
    if locale.language != "zh":
        return locale.language
    return "zh_Hant" if locale.script == "Hant" else "zh_Hans"
