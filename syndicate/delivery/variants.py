"""The messages of a mailing of all in one: each choice of editions composed once, then filled."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from syndicate.digests.merge import names
from syndicate.digests.message import build
from syndicate.digests.overrides import find
from syndicate.digests.together import Part, Sheet, compose_together, language_of, make_part
from syndicate.settings.words import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.delivery.model import Variant
    from syndicate.delivery.prepare import Postmaster
    from syndicate.digests.bundle import Bundle
    from syndicate.subscribers.model import Recipient

#: Variants whose message a process keeps ready: each has up to 150 KB, and many readers want the
#: same few.
_KEPT = 128


class Variants:
    """Composes and fills for one mailing; all that it makes follows from the frozen bundle."""

    def __init__(self, postmaster: Postmaster, mailing: int, bundle: Bundle) -> None:
        self._postmaster = postmaster
        self._mailing = mailing
        self._bundle = bundle
        self._headers = postmaster.headers_of_all(mailing, bundle.masthead)
        # As they are now: a mail's looks may change on the way, what it says doesn't.
        self._templates = find(postmaster.settings.folder)
        self._parts: dict[tuple[int, str], Part] = {}
        self._ready = lru_cache(_KEPT)(self.make)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The names of what it wants to know of each reader."""
        masthead = self._bundle.masthead
        return names(parse(masthead.subject, subject=""), parse(masthead.greeting))

    def message(self, variant: Variant, subscriber: int, recipient: Recipient) -> bytes:
        """The final bytes of one reader's message, always the same for the same editions.

        Raises:
            AddressError: mail can't be sent to his address.
            MessageError: the message isn't as the standards want it.
        """
        return self._ready(variant)(subscriber, recipient)

    def make(self, variant: Variant) -> Callable[[int, Recipient], bytes]:
        """What fills the message of these editions.

        Raises:
            MessageError: the message isn't as the standards want it.
            TemplateError: a template is wrong.
        """
        sections = self._bundle.chosen(variant)
        language = language_of(sections, self._bundle.masthead.language)
        sheet = Sheet(replace(self._bundle.masthead, language=language), self._templates)
        for section in sections:
            if (section.edition, language) not in self._parts:
                self._parts[section.edition, language] = make_part(sheet, section)
        parts = [self._parts[edition, language] for edition in variant]
        template = build(compose_together(sheet, parts), self._headers)
        return self._postmaster.messages(self._mailing, template)
