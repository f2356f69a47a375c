"""Which language a tag stands for."""

from __future__ import annotations

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


def written_in(locale: Locale) -> str:
    """The language, with the script where words and fonts differ by it: `de`, `zh_Hant`.

    Babel has filled in the script of `zh-TW` and its like.
    """
    if locale.language != "zh":
        return locale.language
    return "zh_Hant" if locale.script == "Hant" else "zh_Hans"
