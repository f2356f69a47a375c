"""What a letter says and where it goes, from what is known when it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syndicate.chrome import spoken
from syndicate.delivery.bounces.verp import LETTER
from syndicate.delivery.sign import Seal
from syndicate.digests import letters
from syndicate.digests.headers import ascii_address
from syndicate.digests.letters import Envelope, Kind, Letterhead, Listed
from syndicate.digests.model import Life
from syndicate.digests.overrides import find
from syndicate.digests.template import MessageTemplate
from syndicate.subscribers.model import Digest, Status
from syndicate.subscribers.tokens import NOBODY, Claim, Purpose, link

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from syndicate.delivery.letters import Letter
    from syndicate.delivery.prepare import Postmaster
    from syndicate.digests.store import EditionStore
    from syndicate.posts.categories import CategoryStore
    from syndicate.settings import Settings
    from syndicate.settings.key import Key
    from syndicate.subscribers.model import Subscriber
    from syndicate.subscribers.moves import Moves
    from syndicate.subscribers.store import SubscriberStore

#: What the button of each leads to.
_PURPOSES = {
    Kind.CONFIRM: Purpose.CONFIRM,
    Kind.WELCOME: Purpose.PREFERENCES,
    Kind.GOODBYE: Purpose.PREFERENCES,
    Kind.MOVE: Purpose.MOVE,
    Kind.LINK: Purpose.PREFERENCES,
}
#: Links that a letter says the end of: by then the reader must have done something.
_ENDING = (Kind.CONFIRM, Kind.MOVE)
#: The mailing of a link that came in none: it leaves all that the reader gets.
EVERYTHING = 0
#: Newest editions among which a welcome looks for one of its reader's.
_LOOKED_AT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Secretary:
    """Writes the letters of one site."""

    settings: Settings
    subscribers: SubscriberStore
    categories: CategoryStore
    editions: EditionStore
    postmaster: Postmaster
    moves: Moves
    #: What signs links and Message-IDs now.
    key: Callable[[], Key]

    def sender(self, letter: Letter, reader: Subscriber) -> str:
        """The envelope's sender. What comes back of an address that isn't his yet names nobody."""
        is_his = letter.kind is not Kind.MOVE
        return self.postmaster.envelope(LETTER, reader.id if is_his else NOBODY)

    def reader(self, letter: Letter) -> Subscriber | None:
        """Whom a letter goes to; None: there is nobody, or nothing may be sent to him any more."""
        found = self.subscribers.get([letter.subscriber])
        if not found:
            return None
        (reader,) = found
        # Whose address died may have his mail sent to another, which is asked before.
        if reader.status is Status.SUPPRESSED and letter.kind is not Kind.MOVE:
            return None
        # Who left on the way isn't welcomed any more, and who came back isn't said goodbye to.
        left = set(self._digests(letter)).isdisjoint(reader.having(Status.ACTIVE))
        is_over = {Kind.WELCOME: left, Kind.GOODBYE: not left}
        return None if is_over.get(letter.kind) else reader

    def address_for(self, letter: Letter, reader: Subscriber) -> str:
        """Where a letter goes; empty: he wants to move elsewhere by now, or not any more."""
        if letter.kind is Kind.MOVE:
            return self.moves.wanted(reader.id, int(letter.asked_at.timestamp()))
        return reader.address

    def write(self, letter: Letter, reader: Subscriber, now: datetime) -> bytes:
        """The letter's message, but for whom it goes to: what `Letters.keep` keeps.

        Raises:
            MessageError: a header is unsafe or malformed.
            SettingsError: there is no postal address to put into it.
            TemplateError: a template is wrong, or leaves out what the letter has to have.
        """
        self.postmaster.require_postal_address()
        settings, domain = self.settings, self.postmaster.domain
        says = self._says(letter, reader)
        envelope = Envelope(
            sender=settings.mail.sender,
            reply_to=settings.mail.reply_to,
            date=now,
            message_id=letters.message_id(self.key(), letter.id, domain),
            # No category's List-Id is like it: those end in a hash.
            list_id=f"all.{domain}",
            help_url=f"{settings.web.url}/help",
            seed=f"letter {letter.id}",
        )
        composed = letters.compose(says, find(settings.folder))
        return letters.build(composed, says, envelope).dumps()

    def address(self, message: bytes, address: str) -> bytes:
        """The final bytes of a written letter, to that address, signed.

        Raises:
            AddressError: mail can't be sent to it.
        """
        template, to = MessageTemplate.loads(message), [ascii_address(address).encode()]
        signers = self.postmaster.signers
        return Seal(signers, template).close(to) if signers else template.join(to)

    def _says(self, letter: Letter, reader: Subscriber) -> letters.Letter:
        site, digests = self.settings.site, self._digests(letter)
        stamp = int(letter.asked_at.timestamp())
        claim = Claim(_PURPOSES[letter.kind], reader.id, stamp)
        is_welcome = letter.kind is Kind.WELCOME
        leave = Claim(Purpose.UNSUBSCRIBE, reader.id, EVERYTHING)
        return letters.Letter(
            kind=letter.kind,
            masthead=Letterhead(site.title, site.url, self.settings.mail.postal_address),
            language=spoken(reader.language, site.language),
            zone=ZoneInfo(reader.zone) if reader.zone else site.zone,
            asked_at=letter.asked_at,
            link=self._url(claim),
            until=claim.expires_at if letter.kind in _ENDING else None,
            leave_url=self._url(leave) if is_welcome else "",
            web_url=self._newest(digests) if is_welcome else "",
            digests=tuple(map(self._listed, digests)),
        )

    def _url(self, claim: Claim) -> str:
        return link(self.settings.web.url, self.key(), claim)

    def _digests(self, letter: Letter) -> tuple[Digest, ...]:
        """Those that it is about, as their categories are called now."""
        renamed = self.settings.renamed
        return tuple(Digest(d.cadence, renamed.get(d.category, d.category)) for d in letter.digests)

    def _listed(self, digest: Digest) -> Listed:
        category = self.categories.get(digest.category)
        return Listed(self.postmaster.category_title(digest.category, category), digest.cadence)

    def _newest(self, digests: Collection[Digest]) -> str:
        """The web edition of the newest edition of these that went out; empty if none did."""
        for edition in self.editions.latest(_LOOKED_AT):
            category = self.settings.renamed.get(edition.category, edition.category)
            is_his = Digest(edition.cadence, category) in digests
            is_out = edition.life is Life.SCHEDULED and self.editions.mailings_of(edition.id)
            if is_his and is_out:
                return f"{self.settings.web.url}/editions/{edition.id}"
        return ""
