"""What the page of preferences shows: a subscriber as he is, or as he has just filled it in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syndicate.chrome import chrome, languages
from syndicate.delivery.secretary import EVERYTHING
from syndicate.subscribers.tokens import Claim, Purpose, link
from syndicate.web.about import LONGEST, About
from syndicate.web.choice import Choice, Posted, offer
from syndicate.web.languages import name_of
from syndicate.web.listing import listed
from syndicate.web.unsubscribe import masked
from syndicate.web.zones import zones

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syndicate.app import App
    from syndicate.subscribers.model import Subscriber


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was filled in and isn't saved: shown again, so that nothing typed is lost."""

    posted: Posted | None = None
    about: About | None = None
    #: What the form about him showed at first.
    before: About | None = None
    until: str = ""
    address: str = ""
    #: By the names of fields.
    faults: Mapping[str, str] = field(default_factory=dict)


class PreferencesView:
    """The values of the page's template."""

    def __init__(self, app: App) -> None:
        self._app = app

    def of(self, one: Subscriber, language: str, typed: Typed) -> dict[str, object]:
        """What it shows in a language."""
        preferences = self._app.preferences
        names = preferences.own_fields
        before = typed.before or About.of(one, names)
        return {
            "masked": masked(one.address),
            "faults": typed.faults,
            "offer": self._offer(one, typed.posted),
            "about": typed.about or before,
            "before": before,
            "longest": LONGEST,
            "languages": self._languages(one),
            "zones": zones(language),
            "site_zone": self._app.settings.site.timezone,
            **self._pause(one, language, typed.until),
            "address": typed.address,
            "leave": self._leave(one),
            "suppressed": one.suppression is not None,
        }

    def _offer(self, one: Subscriber, posted: Posted | None) -> object:
        app = self._app
        known = listed(app.settings, app.postmaster, app.categories.all())
        titles = {each.category: each.title for each in known}
        cadences = [cadence.name for cadence in app.settings.cadences]
        if posted is None:
            has = Choice.of(one)
            return offer(titles, cadences, has, has, "")
        # A digest that comes into sight by this search stands as it is now.
        seen = posted.seen
        fresh = frozenset(d for d in Choice.of(one).digests if d.category not in seen)
        before, now = (c.with_digests(fresh) for c in (posted.before, posted.now))
        return offer(titles, cadences, before, now, posted.query)

    def _languages(self, one: Subscriber) -> list[tuple[str, str]]:
        other = [one.language] if one.language and one.language not in languages() else []
        return [(tag, name_of(tag)) for tag in (*languages(), *other)]

    def _pause(self, one: Subscriber, language: str, typed: str) -> dict[str, object]:
        until, zone = one.paused_until, self._app.preferences.zone_of(one)
        first, last = self._app.preferences.pause_days(one)
        return {
            "paused": chrome(language).day(until, zone) if until else "",
            "until": typed,
            "first_day": first,
            "last_day": last,
        }

    def _leave(self, one: Subscriber) -> str:
        """The page on which he leaves everything."""
        claim = Claim(Purpose.UNSUBSCRIBE, one.id, EVERYTHING)
        return link(self._app.settings.web.url, self._app.key, claim)
