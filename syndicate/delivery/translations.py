"""The messages of a mailing of one edition: a template for each language that its readers have."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from syndicate.chrome import spoken
from syndicate.digests.template import MessageTemplate
from syndicate.errors import MessageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from syndicate.delivery.kept import Kept
    from syndicate.delivery.prepare import Postmaster
    from syndicate.delivery.stuffing import Data
    from syndicate.subscribers.model import Recipient


class Translations:
    """Made by the first process that needs a language, kept for all and for good.

    Which language those get who wish for none is kept too: whatever the settings say by then, a
    message that is sent again has the same bytes.
    """

    def __init__(
        self,
        kept: Kept,
        postmaster: Postmaster,
        mailing: int,
        language: str,
        make: Callable[[str], MessageTemplate],
    ) -> None:
        """`make` composes the edition as it reads now in a language, which is `language` if any.

        Raises:
            MessageError: none of its posts is left, or its message can't be built.
            TemplateError: a template is wrong.
        """
        self._kept = kept
        self._postmaster = postmaster
        self._mailing = mailing
        self._make = make
        self._templates: dict[str, MessageTemplate] = {}
        #: By language and date.
        self._fills: dict[tuple[str, float], Callable[[int, Recipient], Data]] = {}
        known = kept.language(mailing)
        if known is None:
            self._template(language)
            known = kept.keep_language(mailing, language)
        self._language = known
        #: The names of what it wants to know of each reader.
        self.fields = self._template(known).fields

    def prepare(self, wishes: Collection[str]) -> None:
        """Have the templates of these languages at hand.

        Raises:
            TemplateError: a template is wrong.
        """
        for wish in wishes:
            # What can't be built any more is told to whom it is for, when his turn comes.
            with suppress(MessageError):
                self._template(spoken(wish, self._language))

    def message(self, subscriber: int, recipient: Recipient, date: float) -> Data:
        """The final bytes of one reader's message: the same for the same language and date.

        Raises:
            AddressError: mail can't be sent to his address.
            MessageError: none of its posts is left, or its message can't be built.
        """
        language = spoken(recipient.language, self._language)
        fill = self._fills.get((language, date))
        if fill is None:
            template = self._template(language).dated(date)
            fill = self._fills[language, date] = self._postmaster.data(self._mailing, template)
        return fill(subscriber, recipient)

    def _template(self, language: str) -> MessageTemplate:
        if language not in self._templates:
            found = self._kept.template(self._mailing, language)
            if found is None:
                made = self._make(language).dumps()
                found = self._kept.keep_template(self._mailing, language, made)
            self._templates[language] = MessageTemplate.loads(found)
        return self._templates[language]
