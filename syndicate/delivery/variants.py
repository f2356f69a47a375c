"""The messages of a mailing of all in one: each choice of editions composed once, then filled."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from syndicate.chrome import spoken
from syndicate.digests.merge import names
from syndicate.digests.message import build
from syndicate.digests.together import Part, Sheet, compose_together, language_of, make_part
from syndicate.errors import MessageError
from syndicate.settings.words import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from syndicate.delivery.model import Variant
    from syndicate.delivery.prepare import Postmaster
    from syndicate.delivery.stuffing import Data
    from syndicate.digests.bundle import Bundle, Section
    from syndicate.subscribers.model import Recipient

#: Variants whose message a process keeps ready, each in a language: each has up to 150 KB, and many
#: readers want the same few.
_KEPT = 128


class Variants:
    """Composes and fills for one mailing; all that it makes follows from the frozen bundle."""

    def __init__(
        self, postmaster: Postmaster, mailing: int, ordered_at: datetime, bundle: Bundle
    ) -> None:
        self._postmaster = postmaster
        self._mailing, self._ordered_at = mailing, ordered_at
        self._bundle = bundle
        # As they are now: a mail's looks may change on the way, what it says doesn't.
        self._templates = postmaster.templates(bundle.masthead.cadence)
        self._parts: dict[tuple[int, str], Part] = {}
        self._ready = lru_cache(_KEPT)(self.make)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The names of what it wants to know of each reader."""
        masthead = self._bundle.masthead
        return names(parse(masthead.subject, subject=""), parse(masthead.greeting))

    def prepare(self, wishes: Collection[str]) -> None:
        """See that messages in these languages can be made, by one of them.

        Raises:
            TemplateError: a template is wrong.
        """
        some = (self._bundle.sections[0].edition,)
        for wish in wishes:
            # What can't be built is told to whom it is for, when his turn comes.
            with suppress(MessageError):
                self._ready(some, self.language(some, wish), 0.0)

    def message(self, variant: Variant, subscriber: int, recipient: Recipient, date: float) -> Data:
        """The final bytes of a reader's message: the same for these editions, language and date.

        Raises:
            AddressError: mail can't be sent to his address.
            MessageError: the message isn't as the standards want it.
        """
        language = self.language(variant, recipient.language)
        return self._ready(variant, language, date)(subscriber, recipient)

    def language(self, variant: Variant, wish: str) -> str:
        """The language of a message: what its reader wishes, or its sections', or the site's."""
        sections = self._bundle.chosen(variant)
        return spoken(wish, language_of(sections, self._bundle.masthead.language))

    def make(
        self, variant: Variant, language: str, date: float = 0.0
    ) -> Callable[[int, Recipient], Data]:
        """What fills the message of these editions in a language, dated no earlier than that.

        Raises:
            MessageError: the message isn't as the standards want it.
            TemplateError: a template is wrong.
        """
        masthead = replace(self._bundle.masthead, language=language)
        sheet = Sheet(masthead, self._templates)
        parts = [self._part(sheet, section) for section in self._bundle.chosen(variant)]
        headers = self._postmaster.headers_of_all(self._mailing, masthead, self._ordered_at)
        template = build(compose_together(sheet, parts), headers).dated(date)
        return self._postmaster.data(self._mailing, template)

    def _part(self, sheet: Sheet, section: Section) -> Part:
        key = section.edition, sheet.masthead.language
        if key not in self._parts:
            self._parts[key] = make_part(sheet, section)
        return self._parts[key]
