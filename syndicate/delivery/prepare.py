"""A mailing's message: its edition composed as its posts stand now, built once, kept for good."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parseaddr
from typing import TYPE_CHECKING

from syndicate.digests.compose import compose
from syndicate.digests.message import (
    Headers,
    MessageTemplate,
    Personal,
    build,
    list_id,
    message_id,
)
from syndicate.digests.model import Composed, Edition, Masthead
from syndicate.errors import SettingsError
from syndicate.subscribers.tokens import Claim, Purpose, sign

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from syndicate.posts.model import Post
    from syndicate.posts.store import Category
    from syndicate.settings import Settings


@dataclass(frozen=True, slots=True)
class Postmaster:
    """Knows how this site's mail looks and is addressed."""

    settings: Settings
    #: Signs tokens and Message-IDs.
    key: bytes

    @property
    def sender(self) -> str:
        """The envelope's sender."""
        return parseaddr(self.settings.mail.sender)[1]

    @property
    def domain(self) -> str:
        """The domain of all our ids."""
        return self.sender.rpartition("@")[2]

    def masthead(self, edition: Edition, category: Category | None) -> Masthead:
        """All that surrounds the posts of an edition."""
        site = self.settings.site
        text = self.settings.category_text(edition.category)
        return Masthead(
            site_title=site.title,
            site_url=site.url,
            category_title=self.category_title(edition.category, category),
            description=text.description,
            number=edition.number,
            date=edition.cut_at,
            zone=site.zone,
            language=text.language or site.language,
            web_url=f"{self.settings.web.url}/editions/{edition.id}",
            postal_address=self.settings.mail.postal_address,
            cadence=edition.cadence,
        )

    def category_title(self, name: str, category: Category | None) -> str:
        """What readers call a category: the settings' word, or its posts', or its name."""
        text = self.settings.category_text(name)
        return text.title or (category.title if category else "") or name

    def compose(
        self, edition: Edition, category: Category | None, posts: Sequence[Post]
    ) -> Composed:
        """The edition as readers see it.

        Raises:
            MessageError: none of its posts is left.
            TemplateError: a template is wrong.
        """
        return compose(self.masthead(edition, category), posts)

    def template(
        self, mailing: int, edition: Edition, category: Category | None, composed: Composed
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
            date=edition.cut_at,
            list_id=list_id(edition.category, self.domain),
            list_name=self.category_title(edition.category, category),
            feedback_id=f"edition{edition.id}:{edition.cadence}:digest:syndicate",
            seed=f"mailing {mailing}",
        )
        return build(composed, headers)

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

    def messages(self, mailing: int, template: MessageTemplate) -> Callable[[int, str], bytes]:
        """Subscriber and address → the final bytes of his message, always the same."""
        key, domain, web = self.key, self.domain, self.settings.web.url

        def fill(subscriber: int, address: str) -> bytes:
            claim = Claim(Purpose.UNSUBSCRIBE, subscriber, mailing)
            return template.fill(
                Personal(
                    to_address=address,
                    message_id=message_id(key, mailing, subscriber, domain),
                    unsubscribe_url=f"{web}/u/{sign(key, claim)}",
                )
            )

        return fill
