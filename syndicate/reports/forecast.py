"""Gathers what would be mailed at the next slot of a digest: to whom, and what is amiss."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from syndicate import __version__
from syndicate.chrome import spoken
from syndicate.digests.lint.check import lint, ordered, web_links
from syndicate.digests.lint.letter import Letter
from syndicate.digests.lint.links import dead
from syndicate.digests.model import Step
from syndicate.net.client import Client
from syndicate.net.reach import reach
from syndicate.reports.preview import message, preview
from syndicate.subscribers.model import Digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from syndicate.app import App
    from syndicate.digests.lint.model import Finding
    from syndicate.digests.model import Composed
    from syndicate.posts.model import Post

#: Whom the message is made out to that stands for all; nobody's (RFC 2606 §3).
_READER = "reader@example.com"
#: Readers whose records are read in one round trip.
_PAGE = 1000
#: Of a post that isn't in the message at all.
LEFT_OUT = "on the web only"
#: URLs asked at most, and seconds for one and for all of them.
MOST_LINKS, _ONE_LINK, ALL_LINKS = 500, 10.0, 120.0


@dataclass(frozen=True, slots=True)
class Shown:
    """A post of the edition."""

    title: str
    url: str
    source: str
    #: A step, or LEFT_OUT.
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The next edition of a digest."""

    digest: Digest
    #: When it is due, in the cadence's zone.
    slot: datetime
    number: int
    #: Whether it would be cut then, and if not, why.
    cut: bool
    why: str
    #: Whether somebody has to say yes before it is sent.
    approval: bool
    subject: str
    #: Whether they wait to be mailed; else the newest stand in for them.
    waits: bool
    posts: tuple[Shown, ...]
    #: Titles of what waits and would be left out, for it was published too long ago.
    too_old: tuple[str, ...]
    #: How many readers.
    audience: int
    #: Of what is shown here.
    language: str
    relay: str
    #: Bytes of the HTML as readers' programs decode it, and of the text.
    html_bytes: int
    text_bytes: int
    findings: tuple[Finding, ...]
    #: As one reader would get it.
    message: bytes
    #: Readers by language; None: they weren't counted.
    languages: Mapping[str, int] | None = None

    def without_posts(self) -> Forecast:
        """The same of a digest for which nothing waits: no stand-ins, and nothing about them."""
        return replace(
            self, subject="", posts=(), html_bytes=0, text_bytes=0, findings=(), message=b""
        )

    @property
    def shortened(self) -> int:
        """How many posts are shown shorter than written, or not at all."""
        return sum(post.step != Step.FULL for post in self.posts)


def forecast(app: App, digest: Digest, wish: str = "") -> Forecast:
    """What would be mailed at the next slot of a digest, as readers of a language see it.

    Raises:
        MessageError: there is nothing to make an edition of.
        NotFoundError: no such category.
        SettingsError: no such cadence, or no postal address.
    """
    table = app.desk.timetables.of(digest.cadence, digest.category)
    rules = app.settings.rules(digest.cadence, digest.category)
    found = preview(app, digest, wish)
    composed, sent = found.composed, message(app, found, _READER)
    letter = Letter.of(sent)
    return Forecast(
        digest=digest,
        slot=table.next(app.clock()).astimezone(table.tz),
        number=found.edition.number,
        cut=found.verdict.cut,
        why=found.verdict.why,
        approval=bool(rules.approval),
        subject=composed.subject,
        waits=bool(found.edition.posts),
        posts=tuple(_shown(post, composed) for post in found.posts),
        too_old=tuple(post.title for post in found.too_old),
        audience=app.subscribers.audience(digest),
        language=found.language,
        relay=", ".join(relay.url for relay in app.settings.roads),
        html_bytes=len(letter.content("text/html").encode()),
        text_bytes=len(letter.content("text/plain").encode()),
        findings=tuple(lint(sent)),
        message=sent,
    )


def languages(app: App, known: Forecast) -> dict[str, int]:
    """In which languages how many readers would get it, the most first.

    Each reader's record is read: that takes about a second for 50,000.
    """
    readers, count = app.subscribers.readers(known.digest), Counter[str]()
    for start in range(0, len(readers), _PAGE):
        recipients = app.subscribers.recipients(readers[start : start + _PAGE])
        count.update(spoken(one.language, known.language) for one in recipients.values())
    return dict(count.most_common())


def digests(app: App, category: str | None, cadence: str | None) -> list[Digest]:
    """The digests of a category; of every category that has something waiting, if none is named.

    Raises:
        NotFoundError: no such category.
        SettingsError: no such cadence.
    """
    names = [app.settings.cadence(cadence).name] if cadence else _cadences(app)
    if category is not None:
        known = app.categories.require(category).name
        return [Digest(name, known) for name in names]
    return [Digest(name, each) for name in names for each in app.pending.counts(name)]


def ask_links(app: App, forecasts: Sequence[Forecast]) -> tuple[list[Forecast], int]:
    """The same, with a finding for each link that leads nowhere; and how many were not asked.

    Each is asked once. What leads to our own web app isn't: it is for one reader, or still to come.
    """
    own = app.settings.web.url
    linked = {each.digest: web_links(each.message) for each in forecasts}
    urls = dict.fromkeys(url for found in linked.values() for url in found)
    wanted = [url for url in urls if not url.startswith(f"{own}/")]
    agent = f"syndicate/{__version__} (+{app.settings.site.url})"
    answers = reach(Client(agent=agent, seconds=_ONE_LINK), wanted[:MOST_LINKS], ALL_LINKS)
    told = [_with_dead(each, linked[each.digest], answers) for each in forecasts]
    return told, len(wanted) - len(answers)


def _with_dead(known: Forecast, urls: Sequence[str], answers: Mapping[str, int | str]) -> Forecast:
    found = dead({url: answers[url] for url in urls if url in answers})
    return replace(known, findings=tuple(ordered([*known.findings, *found])))


def _cadences(app: App) -> list[str]:
    return [cadence.name for cadence in app.settings.cadences]


def _shown(post: Post, composed: Composed) -> Shown:
    steps = dict(composed.stepped_down)
    left_out = post.source in composed.left_out
    step = LEFT_OUT if left_out else steps.get(post.source, Step.FULL).value
    return Shown(post.title, post.url, post.source, step)
