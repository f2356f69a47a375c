"""A mailing's message: its edition composed as its posts stand now, built once, kept for good."""

from __future__ import annotations

from dataclasses import dataclass, replace
from email.utils import parseaddr
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from syndicate.chrome import chrome
from syndicate.delivery.bounces import verp
from syndicate.delivery.sign import Seal, Signer
from syndicate.delivery.stuffing import Stuffing
from syndicate.digests.bundle import Section
from syndicate.digests.compose import compose
from syndicate.digests.message import Headers, build, list_id, message_id
from syndicate.digests.model import Composed, Edition, Masthead
from syndicate.digests.overrides import find
from syndicate.digests.template import MessageTemplate, Personal
from syndicate.errors import SettingsError
from syndicate.schedules.timing import moment_of
from syndicate.settings.digest import USUAL
from syndicate.subscribers.tokens import Claim, Purpose, link

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from syndicate.delivery.stuffing import Data
    from syndicate.digests.overrides import Templates
    from syndicate.posts.categories import Category
    from syndicate.posts.model import Post
    from syndicate.settings import Settings
    from syndicate.settings.digest import Rules
    from syndicate.settings.key import Key
    from syndicate.subscribers.model import Recipient


def signers(settings: Settings) -> tuple[Signer, ...]:
    """Who signs this site's mail; nobody where the settings name no key.

    Raises:
        SettingsError: a key can't be read, is none, or is too short.
    """
    if not settings.dkim.selector:
        return ()
    from syndicate.delivery import dkim_keys  # noqa: PLC0415 - takes 60 ms, which most do without

    return dkim_keys.load(settings)


@dataclass(frozen=True, slots=True)
class Postmaster:
    """Knows how this site's mail looks and is addressed."""

    settings: Settings
    #: Mailing → what signs its tokens and Message-IDs.
    key_of: Callable[[int], Key]
    #: Sign the messages themselves; none: they go out unsigned.
    signers: tuple[Signer, ...] = ()

    @property
    def sender(self) -> str:
        """The envelope's sender."""
        return _address_in(self.settings.mail.sender)

    def envelope(self, mailing: int, subscriber: int) -> str:
        """The envelope's sender of one delivery: it names it, where bounces are taken in."""
        base = self.settings.bounces.address
        if not base:
            return self.sender
        claim = verp.Claim(verp.Purpose.BOUNCE, mailing, subscriber)
        return verp.sender_for(base, self.key_of(mailing), claim)

    @property
    def domain(self) -> str:
        """The domain of all our ids."""
        return self.sender.rpartition("@")[2]

    def masthead(self, edition: Edition, category: Category | None, language: str = "") -> Masthead:
        """All that surrounds the posts of an edition; in the digest's language if none is named."""
        site = self.settings.site
        text = self.settings.category_text(edition.category)
        rules = self.rules(edition.cadence, edition.category)
        return Masthead(
            site_title=site.title,
            site_url=site.url,
            category_title=self.category_title(edition.category, category),
            description=text.description,
            number=edition.number,
            # For readers whose clocks go ahead it may be cut hours before; its day is its slot's.
            date=max(edition.cut_at, moment_of(edition.slot) or edition.cut_at),
            zone=site.zone,
            language=language or text.language or site.language,
            web_url=f"{self.settings.web.url}/editions/{edition.id}",
            postal_address=self.settings.mail.postal_address,
            cadence=edition.cadence,
            subject=rules.subject or "",
            greeting=rules.greeting or "",
        )

    def masthead_of_all(self, edition: Edition) -> Masthead:
        """What surrounds a mail of all in one; `edition` is one of them."""
        site, rules = self.settings.site, self.rules(edition.cadence, "")
        return replace(
            self.masthead(edition, None),
            category_title="",
            description="",
            number=0,
            language=site.language,
            web_url=f"{self.settings.web.url}/",
            subject=rules.subject or "",
            greeting=rules.greeting or "",
        )

    def section(
        self,
        edition: Edition,
        category: Category | None,
        posts: Sequence[Post],
        corrections: Sequence[Post],
    ) -> Section:
        """An edition within a mail of all in one."""
        masthead = self.masthead(edition, category)
        return Section(
            edition=edition.id,
            category=edition.category,
            title=masthead.category_title,
            number=edition.number,
            language=masthead.language,
            web_url=masthead.web_url,
            posts=tuple(posts),
            corrections=tuple(corrections),
        )

    def rules(self, cadence: str, category: str) -> Rules:
        """What holds for a digest; its cadence may be gone if an edition is old."""
        if self.settings.known_cadence(cadence):
            return self.settings.rules(cadence, category)
        return USUAL

    def templates(self, cadence: str, category: str = "", slug: str = "") -> Templates:
        """The site's own templates of now for a digest; without a category, for all in one.

        Raises:
            TemplateError: one can't be had.
        """
        return find(self.settings.folder, slug, self.rules(cadence, category).template or "")

    def archive_url(self, cadence: str, category: Category | None = None) -> str:
        """The page of a digest's past editions; without a category, of all of a cadence."""
        of_all = f"{self.settings.web.url}/digests/{quote(cadence, safe='')}"
        return f"{of_all}/{quote(category.slug, safe='')}" if category else of_all

    def category_title(self, name: str, category: Category | None) -> str:
        """What readers call a category: the settings' word, or its posts', or its name."""
        text = self.settings.category_text(name)
        return text.title or (category.title if category else "") or name

    def compose(
        self,
        edition: Edition,
        category: Category | None,
        posts: Sequence[Post],
        corrections: Sequence[Post] = (),
        language: str = "",
    ) -> Composed:
        """The edition as readers of a language see it, made with the site's templates of now.

        Raises:
            MessageError: none of its posts is left.
            TemplateError: a template is wrong.
        """
        slug = category.slug if category else ""
        templates = self.templates(edition.cadence, edition.category, slug)
        masthead = self.masthead(edition, category, language)
        return compose(masthead, posts, corrections, templates)

    def template(
        self,
        mailing: int,
        ordered_at: datetime,
        edition: Edition,
        category: Category | None,
        composed: Composed,
    ) -> MessageTemplate:
        """The message of a mailing, but for what is personal.

        Raises:
            SettingsError: there is no postal address to put into it.
            MessageError: a header is not as the standards want it.
        """
        self.require_postal_address()
        mail = self.settings.mail
        headers = Headers(
            sender=mail.sender,
            reply_to=mail.reply_to,
            date=ordered_at,
            list_id=list_id(edition.category, self.domain),
            list_name=self.category_title(edition.category, category),
            help_url=f"{self.settings.web.url}/help",
            archive_url=self.archive_url(edition.cadence, category) if category else "",
            feedback_id=f"edition{edition.id}:{edition.cadence}:digest:syndicate",
            seed=f"mailing {mailing}",
        )
        return build(composed, headers)

    def headers_of_all(self, mailing: int, masthead: Masthead, ordered_at: datetime) -> Headers:
        """What a message of all in one says of itself.

        Raises:
            SettingsError: there is no postal address to put into it.
        """
        self.require_postal_address()
        mail, cadence = self.settings.mail, masthead.cadence
        rhythm = chrome(masthead.language).rhythm(cadence)
        return Headers(
            sender=mail.sender,
            reply_to=mail.reply_to,
            date=ordered_at,
            # No category's List-Id is like it: those end in a hash.
            list_id=f"{cadence}-all.{self.domain}",
            list_name=f"{masthead.site_title} · {rhythm}",
            help_url=f"{self.settings.web.url}/help",
            archive_url=self.archive_url(cadence),
            feedback_id=f"mailing{mailing}:{cadence}:together:syndicate",
            seed=f"mailing {mailing}",
        )

    def require_postal_address(self) -> None:
        """See that there is one to put into every mail.

        Raises:
            SettingsError: there is none (STANDARDS 119).
        """
        if not self.settings.mail.postal_address:
            raise SettingsError(
                "syndicate.toml: [mail] postal_address: is missing; the law wants one in every "
                "mail, so nothing is sent"
            )

    def messages(
        self, mailing: int, template: MessageTemplate
    ) -> Callable[[int, Recipient], bytes]:
        """Subscriber → the final bytes of his message, signed, always the same."""
        personal = self._personal(mailing, template)
        fill = Seal(self.signers, template).fill if self.signers else template.fill
        return lambda subscriber, recipient: fill(personal(subscriber, recipient))

    def data(self, mailing: int, template: MessageTemplate) -> Callable[[int, Recipient], Data]:
        """The same as DATA has it: what takes long is done here, once for all of them."""
        personal, stuffing = self._personal(mailing, template), Stuffing(template.segments)
        fields = Seal(self.signers, template).fields if self.signers else _no_fields

        def fill(subscriber: int, recipient: Recipient) -> Data:
            values = template.values(personal(subscriber, recipient))
            return stuffing.join(values, fields(values))

        return fill

    def _personal(
        self, mailing: int, template: MessageTemplate
    ) -> Callable[[int, Recipient], Personal]:
        """Subscriber → what is his own in his message."""
        key, domain, web = self.key_of(mailing), self.domain, self.settings.web.url
        by_mail = self.settings.bounces.unsubscribe

        def personal(subscriber: int, recipient: Recipient) -> Personal:
            leave = Claim(Purpose.UNSUBSCRIBE, subscriber, mailing)
            choose = Claim(Purpose.PREFERENCES, subscriber, template.date)
            return Personal(
                to_address=recipient.address,
                message_id=message_id(key.secret, mailing, subscriber, domain),
                unsubscribe_url=link(web, key, leave),
                unsubscribe_mail=by_mail
                and verp.sender_for(
                    by_mail, key, verp.Claim(verp.Purpose.LEAVE, mailing, subscriber)
                ),
                preferences_url=link(web, key, choose),
                fields=recipient.fields,
            )

        return personal


@cache
def _address_in(sender: str) -> str:
    """The address of a sender with a name: asked for with every message."""
    return parseaddr(sender)[1]


def _no_fields(_values: list[bytes]) -> bytes:
    """Those of a message that nobody signs."""
    return b""
