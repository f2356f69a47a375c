"""What somebody says of himself in a form: what he changed of it, and what of that can't be. Pure.

Like the choice of digests the form tells what it showed, so that only what was changed is changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syndicate.chrome import languages
from syndicate.people.preferences import Edit
from syndicate.web.forms import is_line, text_of
from syndicate.web.zones import near, zone_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.datastructures import FormData

    from syndicate.chrome import Chrome
    from syndicate.subscribers.model import Subscriber

#: Characters of a name or of a field of one's own: the longest of people's names have fewer.
LONGEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is said."""

    name: str = ""
    language: str = ""
    zone: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, one: Subscriber, names: Sequence[str]) -> About:
        """What is known of a subscriber; `names` are of the site's own fields."""
        own = {name: one.fields.get(name, "") for name in names}
        return cls(name=one.name, language=one.language, zone=one.zone, fields=own)

    @classmethod
    def posted(cls, form: FormData, names: Sequence[str], prefix: str = "") -> About:
        """What a form says, or with the prefix `was-` what it showed."""
        return cls(
            name=text_of(form, f"{prefix}name"),
            language=text_of(form, f"{prefix}language"),
            zone=text_of(form, f"{prefix}zone"),
            fields={name: text_of(form, f"{prefix}field-{name}") for name in names},
        )

    def edit(self, before: About, language: str) -> Edit:
        """What was changed; zones are named in that language, too."""
        changed = {n: v for n, v in self.fields.items() if v != before.fields.get(n)}
        return Edit(
            name=None if self.name == before.name else self.name,
            language=None if self.language == before.language else self.language,
            zone=None if self.zone == before.zone else zone_of(self.zone, language),
            fields=changed,
        )

    def faults(self, before: About, words: Chrome) -> dict[str, str]:
        """What can't be so, by the names of fields, in words for him who wrote it."""
        said = {"name": self.name, **{f"field-{n}": v for n, v in self.fields.items()}}
        line = words.gettext("Please write one line of at most %(most)s characters.")
        found = {n: line % {"most": LONGEST} for n, v in said.items() if not is_line(v, LONGEST)}
        if self.language not in ("", before.language, *languages()):
            found["language"] = words.gettext("Please choose one of these.")
        if self.zone not in ("", before.zone) and not zone_of(self.zone, words.language):
            found["zone"] = _no_zone(self.zone, words)
        return found


def _no_zone(text: str, words: Chrome) -> str:
    close = near(text)
    if close:
        return words.gettext("There is no time zone of that name. Do you mean %(zone)s?") % {
            "zone": words.isolated(close)
        }
    return words.gettext("There is no time zone of that name. Write it like Europe/Berlin.")
