"""The next edition of a digest before it is cut: composed, and sent to nobody but who asks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from syndicate.chrome import spoken
from syndicate.digests.model import Edition
from syndicate.posts.store import newest_first
from syndicate.settings import MOST_POSTS
from syndicate.subscribers.address import parse_address
from syndicate.subscribers.model import Recipient
from syndicate.subscribers.tokens import NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from syndicate.app import App
    from syndicate.digests.cutting import Verdict
    from syndicate.digests.model import Composed
    from syndicate.posts.model import Post
    from syndicate.subscribers.model import Digest

#: The mailing that a test message counts as, and the edition that a preview is of: none.
TEST_MAILING = TEST_EDITION = 0
#: Posts that stand in when none waits: enough to judge the looks by.
_STAND_INS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The next edition of a digest, as its slot would have it now. It is kept nowhere."""

    #: Its posts are those that wait; it has none if others stand in for them.
    edition: Edition
    #: What it shows, in that order.
    posts: tuple[Post, ...]
    #: What waits and would be left out for good.
    too_old: tuple[Post, ...]
    #: Whether it would be cut, and why not.
    verdict: Verdict
    #: Of the words around the posts.
    language: str
    composed: Composed


def preview(app: App, digest: Digest, wish: str = "") -> Preview:
    """The next edition of a digest; of the category's newest posts if none waits.

    It is as readers see it who wish for a language, or for none.

    Raises:
        MessageError: there are no posts at all.
        NotFoundError: no such category.
        SettingsError: no such cadence.
    """
    cadence, category = digest.cadence, digest.category
    rules, record = app.settings.rules(cadence, category), app.categories.require(category)
    verdict = app.desk.judge(digest)
    pending = app.pending.posts(cadence, category, MOST_POSTS)
    fresh = [number for number in pending if number not in verdict.too_old]
    waiting = {number: pending[number] for number in fresh[: rules.maximum]}
    posts = newest_first(waiting) or app.posts.latest(category, _STAND_INS)
    edition = Edition(
        id=TEST_EDITION,
        category=category,
        cadence=cadence,
        number=app.editions.next_number(cadence, category),
        slot="preview",
        cut_at=app.clock(),
        posts=tuple(waiting),
    )
    language = spoken(wish, app.postmaster.masthead(edition, record).language)
    return Preview(
        edition=edition,
        posts=posts,
        too_old=tuple(pending[number] for number in verdict.too_old if number in pending),
        verdict=verdict,
        language=language,
        composed=app.postmaster.compose(edition, record, posts, language=language),
    )


def message(app: App, shown: Preview, address: str) -> bytes:
    """A preview as a message to an address that `parse_address` gave; its links are nobody's.

    Raises:
        SettingsError: there is no postal address to put into it.
    """
    record = app.categories.get(shown.edition.category)
    edition = shown.edition
    template = app.postmaster.template(
        TEST_MAILING, edition.cut_at, edition, record, shown.composed
    )
    return app.postmaster.messages(TEST_MAILING, template)(NOBODY, Recipient(address))


def send(
    app: App, digest: Digest, addresses: Sequence[str], wish: str = ""
) -> Iterator[tuple[str, str]]:
    """Send the preview of a digest to addresses; yields each with what the relay said of it.

    Nothing is cut, and no subscriber gets it.

    Raises:
        AddressError: mail can't be sent to one of them; none was.
        DeliveryError: the relay didn't take it.
    """
    recipients = [parse_address(address) for address in addresses]
    shown = preview(app, digest, wish)
    marked = replace(shown, composed=shown.composed.marked("[Test] "))
    messages = [message(app, marked, recipient) for recipient in recipients]
    with app.connect() as connection:
        for recipient, ready in zip(recipients, messages, strict=True):
            yield recipient, connection.send(app.postmaster.sender, recipient, ready)
