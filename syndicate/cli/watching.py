"""`syndicate editions show N --watch`: an edition on its way, until it has arrived."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from syndicate.cli.common import console, notes
from syndicate.delivery.pace import Pace
from syndicate.delivery.relays.model import Condition
from syndicate.errors import NotFoundError
from syndicate.reports import outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rich.console import Console, RenderableType

    from syndicate.app import App
    from syndicate.delivery.model import Mailing

#: Seconds between two looks: on a terminal, and of a log.
_LIVE, _LINES = 1.0, 5.0
#: Seconds for which the outcomes by domain are good: to gather them is the most work.
_DOMAINS_GOOD = 5.0
#: Domains shown, and columns of a bar.
_DOMAINS, _BAR = 10, 40
_NOT_COUNTED = "By domain only what isn't plainly sent is known."


class Watch:
    """What is seen of an edition's mailings, look by look."""

    def __init__(self, app: App, edition: int) -> None:
        """Raises NotFoundError: it isn't on its way yet."""
        self._app = app
        self.mailings = app.editions.mailings_of(app.editions.get(edition).id)
        if not self.mailings:
            raise NotFoundError(f"edition {edition} isn't on its way yet; there is nothing to see")
        self._paces = {number: Pace() for number in self.mailings}
        self._domains: Mapping[tuple[str, str], int] = {}
        self._counted_at = 0.0

    def look(self) -> list[Mailing]:
        """How its mailings stand now."""
        now = self._app.clock().timestamp()
        found = self._app.ledger.several(self.mailings)
        for mailing in found:
            self._paces[mailing.id].see(mailing, now)
        if abs(now - self._counted_at) >= _DOMAINS_GOOD:
            self._counted_at = now
            self._domains = outcomes.by_domain(self._app, self.mailings)
        return found

    def line(self, mailing: Mailing) -> str:
        """A mailing in one line."""
        counts = ", ".join(f"{count} {what}" for what, count in _counts(mailing) if count)
        trouble = f"; {mailing.trouble}" if mailing.trouble else ""
        return (
            f"mailing {mailing.id} {mailing.state}: {mailing.sent} of {mailing.audience} sent"
            f"{', ' if counts else ''}{counts}{self._speed(mailing)}{trouble}"
        )

    def relays(self) -> list[str]:
        """The relays that aren't well, each in one line."""
        found = ((name, self._app.roads.standing(name)) for name in self._app.roads.names)
        return [
            f"relay {name} is {standing.condition}: {standing.why}"
            for name, standing in found
            if standing.condition is not Condition.UP
        ]

    def table(self, mailings: Sequence[Mailing]) -> RenderableType:
        """All of it, for a terminal."""
        parts: list[RenderableType] = []
        for mailing in mailings:
            done = mailing.audience - mailing.open
            bar = ProgressBar(total=max(1, mailing.audience), completed=done, width=_BAR)
            parts += [bar, Text(self.line(mailing))]
        parts += [Text(line, style="red") for line in self.relays()]
        if self._domains:
            table = Table("domain", "state", "count", box=None, header_style="dim")
            for (domain, state), count in Counter(self._domains).most_common(_DOMAINS):
                table.add_row(Text(domain), state, str(count))
            parts += [table, Text(_NOT_COUNTED, style="dim")]
        return Group(*parts)

    def _speed(self, mailing: Mailing) -> str:
        pace = self._paces[mailing.id]
        if mailing.state.ended or not pace.rate:
            return ""
        left = pace.left(mailing)
        return f"; {pace.rate:.3g} a second" + (f", {_span(left)} left" if left else "")


def watch(
    app: App, edition: int, screen: Console = console, pause: Callable[[float], None] = time.sleep
) -> None:
    """Show an edition until all its mailings have ended. Ctrl-C ends the watching, nothing else.

    Raises:
        NotFoundError: there is no such edition, or it isn't on its way yet.
    """
    seen = Watch(app, edition)
    try:
        (_live if screen.is_terminal else _lines)(seen, screen, pause)
    except KeyboardInterrupt:
        notes.print(f"Not watched any more; edition {edition} goes on.")


def _live(seen: Watch, screen: Console, pause: Callable[[float], None]) -> None:
    with Live(console=screen, auto_refresh=False) as live:
        while True:
            mailings = seen.look()
            live.update(seen.table(mailings), refresh=True)
            if _have_ended(mailings):
                return
            pause(_LIVE)


def _lines(seen: Watch, screen: Console, pause: Callable[[float], None]) -> None:
    while True:
        mailings = seen.look()
        for line in (*map(seen.line, mailings), *seen.relays()):
            screen.print(line, markup=False)
        if _have_ended(mailings):
            return
        pause(_LINES)


def _have_ended(mailings: Sequence[Mailing]) -> bool:
    return all(mailing.state.ended for mailing in mailings)


def _counts(mailing: Mailing) -> list[tuple[str, int]]:
    return [
        ("failed", mailing.failed),
        ("skipped", mailing.skipped),
        ("parked", mailing.parked),
        ("open", mailing.open),
    ]


def _span(seconds: float) -> str:
    """A span as people say it."""
    hours, minutes = divmod(round(seconds / 60), 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{seconds:.0f} s"
