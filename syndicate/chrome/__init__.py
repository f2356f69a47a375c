"""What mails and pages say around the posts, in their language: words, dates, fonts, direction."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from babel.dates import format_date, format_time, get_datetime_format
from babel.lists import format_list

from syndicate.chrome.direction import enclosed, isolated
from syndicate.chrome.fonts import Fonts, fonts
from syndicate.chrome.lookup import locale_of, spoken, written_in
from syndicate.chrome.messages import languages, messages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from gettext import NullTranslations
    from zoneinfo import ZoneInfo

    from babel import Locale
    from jinja2 import Environment

__all__ = ["Chrome", "Fonts", "chrome", "languages", "spoken"]


@dataclass(frozen=True, slots=True)
class Chrome:
    """One language's chrome."""

    #: BCP 47, as the edition has it.
    language: str
    #: `ltr` or `rtl`.
    direction: str
    locale: Locale
    messages: NullTranslations
    fonts: Fonts

    def gettext(self, message: str) -> str:
        """The message in this language, or as it is."""
        return self.messages.gettext(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """The message for so many: English tells `one` from `many`, this language as it does."""
        return self.messages.ngettext(one, many, count)

    def speak_in(self, environment: Environment) -> None:
        """Templates of that environment, which has Jinja's `i18n`, speak this language."""
        environment.install_gettext_callables(  # type: ignore[attr-defined]
            self.gettext, self.ngettext, newstyle=True
        )
        environment.filters.update(isolated=self.isolated, direction=_direction)
        environment.globals.update(fonts=self.fonts)

    def isolated(self, text: str) -> str:
        """Somebody else's text, fit to stand within a line of this language."""
        return isolated(text, self.direction)

    def within(self, line: str, direction: str) -> str:
        """A line of this language, fit to stand in a block of that direction."""
        return line if direction == self.direction else enclosed(line, self.direction)

    def day(self, moment: datetime, zone: ZoneInfo) -> str:
        """The date in full, weekday included, as the language writes it."""
        return format_date(moment.astimezone(zone), "full", locale=self.locale)

    def moment(self, moment: datetime, zone: ZoneInfo) -> str:
        """Date and time to the minute; at midnight, where a post without a time is, the date."""
        local = moment.astimezone(zone)
        date = format_date(local, "long", locale=self.locale)
        if (local.hour, local.minute, local.second) == (0, 0, 0):
            return date
        # CLDR's narrow blank before AM and PM is missing from many faces.
        time = format_time(local, "short", locale=self.locale).replace("\u202f", "\u00a0")
        pattern = str(get_datetime_format("medium", locale=self.locale)).replace("'", "")
        return pattern.replace("{0}", time).replace("{1}", date)

    def rhythm(self, cadence: str) -> str:
        """What a cadence is called: the usual ones in this language, another by its name."""
        usual = {
            "instant": self.gettext("instant"),
            "daily": self.gettext("daily"),
            "weekly": self.gettext("weekly"),
            "monthly": self.gettext("monthly"),
        }
        return usual.get(cadence, cadence)

    def playing(self, media_type: str, seconds: int | None) -> str:
        """What a link to a recording says; empty for a file that is none."""
        verbs = {"audio": self.gettext("Listen"), "video": self.gettext("Watch")}
        verb = verbs.get(media_type.partition("/")[0])
        if not verb:
            return ""
        length = [] if seconds is None else [_span(seconds)]
        return " · ".join((verb, *length))

    def names(self, names: Sequence[str]) -> str:
        """A list of names in a sentence."""
        return format_list([self.isolated(name) for name in names], locale=self.locale)


@lru_cache(maxsize=64)
def chrome(language: str) -> Chrome:
    """The chrome of a BCP 47 tag; its words are English where no catalogue fits."""
    locale = locale_of(language)
    written = written_in(locale)
    direction = locale.text_direction
    return Chrome(language, direction, locale, messages(written), fonts(written, direction))


def _direction(language: str) -> str:
    """The direction of a BCP 47 tag: `ltr` or `rtl`."""
    return chrome(language).direction


def _span(seconds: int) -> str:
    """As players show it: `1:02:03`, or `2:03` below an hour."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
