"""The catalogues in `syndicate/locale`: gettext's, written by `make i18n` and by translators.

They are kept as text and compiled when a process first speaks a language: that takes it 2 ms, and
a compiled file beside each could only fall behind.
"""

from __future__ import annotations

from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

#: A folder a language, named as Babel names locales.
FOLDER = Path(__file__).parents[1] / "locale"
#: gettext's name for a program's messages.
DOMAIN = "syndicate"


@cache
def languages() -> tuple[str, ...]:
    """BCP 47 tags of the languages that there are words in, English first."""
    found = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
    return ("en", *(name.replace("_", "-") for name in found))


@lru_cache(maxsize=16)
def messages(written: str) -> NullTranslations:
    """The messages of a language as `lookup.written_in` names it; English where it has none."""
    path = FOLDER / written / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not path.is_file():
        return NullTranslations()
    # They take a few milliseconds, which English doesn't need.
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - see above
    from babel.messages.pofile import read_po  # noqa: PLC0415

    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=written, abort_invalid=True))
    compiled.seek(0)
    return GNUTranslations(compiled)
