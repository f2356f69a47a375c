"""What the deliveries of a mailing have in common: composed by the first to ask, kept for all."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from syndicate.delivery.job import Job
from syndicate.delivery.timing import timing_of
from syndicate.delivery.translations import Translations
from syndicate.delivery.variants import Variants
from syndicate.digests.bundle import Bundle, ordered
from syndicate.errors import MessageError
from syndicate.posts.store import newest_first
from syndicate.subscribers.model import Digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from syndicate.delivery.model import Mailing, Variant
    from syndicate.delivery.prepare import Postmaster
    from syndicate.desk.desk import Desk
    from syndicate.digests.bundle import Section
    from syndicate.digests.model import Edition
    from syndicate.digests.template import MessageTemplate
    from syndicate.posts.model import Post
    from syndicate.schedules.timing import Timing
    from syndicate.settings import Settings
    from syndicate.settings.digest import Rules
    from syndicate.stores import Stores


class Jobs:
    """Prepares the mailings of one site."""

    def __init__(
        self, settings: Settings, stores: Stores, desk: Desk, postmaster: Postmaster
    ) -> None:
        self._settings = settings
        self._stores = stores
        self._desk = desk
        self._postmaster = postmaster

    def of(self, mailing: int) -> Job:
        """The job of a mailing.

        Raises:
            MessageError: none of its posts is left, or its message can't be built.
            NotFoundError: no such mailing.
            SettingsError: the key that it was begun with is gone.
            TemplateError: a template is wrong.
        """
        found = self._stores.ledger.get(mailing)
        # Asked for before anything of it goes out: without its key nothing does.
        self._postmaster.key_of(mailing)
        return self._together(found) if found.together else self._single(found)

    def _single(self, mailing: Mailing) -> Job:
        (edition,) = map(self._stores.editions.get, mailing.editions)
        digests = (self._desk.digest_of(edition),)
        category = self._stores.categories.get(digests[0].category)

        def make(language: str) -> MessageTemplate:
            composed = self._desk.compose(edition, language)
            return self._postmaster.template(
                mailing.id, mailing.ordered_at, edition, category, composed
            )

        own = self._postmaster.masthead(edition, category).language
        rules = self._postmaster.rules(edition.cadence, edition.category)
        timing = self._timing(mailing)
        messages = Translations(self._stores.kept, self._postmaster, mailing.id, own, make)
        return Job(
            mailing=mailing.id,
            editions=mailing.editions,
            digests=digests,
            sender=partial(self._postmaster.envelope, mailing.id),
            timing=timing,
            relay=self._relay(digests[0].cadence),
            again=rules.uncertain != "park",
            fields=messages.fields,
            variants=lambda _ids: {},
            digests_in=lambda _variant: digests,
            prepare=messages.prepare,
            message=lambda _variant, *who: messages.message(*who),
        )

    def _together(self, mailing: Mailing) -> Job:
        rules = self._rules_of_all(mailing)
        timing = self._timing(mailing)
        bundle = self._bundle(mailing, timing)
        cadence = bundle.masthead.cadence
        messages = Variants(self._postmaster, mailing.id, mailing.ordered_at, bundle)

        def digests_in(variant: Variant) -> tuple[Digest, ...]:
            names = dict.fromkeys(section.category for section in bundle.chosen(variant))
            return tuple(Digest(cadence, name) for name in names)

        def variants(ids: Sequence[int]) -> dict[int, Variant]:
            out = self._stores.ledger.taken_out(mailing.id)
            found: dict[int, Variant] = dict.fromkeys(ids, ())
            for reader in self._stores.subscribers.get(ids):
                first = [self._now_called(name) for name in reader.together.get(cadence, ())]
                names = [digest.category for digest in reader.active(cadence)]
                chosen = bundle.variant(names, first)
                found[reader.id] = tuple(edition for edition in chosen if edition not in out)
            return found

        return Job(
            mailing=mailing.id,
            editions=mailing.editions,
            digests=digests_in(tuple(section.edition for section in bundle.sections)),
            sender=partial(self._postmaster.envelope, mailing.id),
            timing=timing,
            relay=self._relay(cadence),
            again=rules.uncertain != "park",
            fields=messages.fields,
            variants=variants,
            digests_in=digests_in,
            prepare=messages.prepare,
            message=messages.message,
        )

    def _timing(self, mailing: Mailing) -> Timing:
        """When it is due; all editions of a mailing are of one slot."""
        edition = self._stores.editions.get(mailing.editions[0])
        digest = self._desk.digest_of(edition)
        if mailing.together:
            digest = Digest(edition.cadence, "")
        begun_at = mailing.again_at or mailing.ordered_at
        return timing_of(self._settings, self._stores.schedules, digest, edition.slot, begun_at)

    def _relay(self, cadence: str) -> str:
        known = self._settings.known_cadence(cadence)
        return known.relay if known else ""

    def _rules_of_all(self, mailing: Mailing) -> Rules:
        """What holds for all in one: what the cadence says of no category in particular."""
        return self._postmaster.rules(self._stores.editions.get(mailing.editions[0]).cadence, "")

    def _bundle(self, mailing: Mailing, timing: Timing) -> Bundle:
        """What its messages are made of, their categories as they are called now."""
        kept = self._stores.kept.bundle(mailing.id)
        if kept is None:
            made = self._gather(mailing)
            # What can't be composed at all is known before anybody gets it.
            first = made.sections[0]
            messages = Variants(self._postmaster, mailing.id, mailing.ordered_at, made)
            messages.make((first.edition,), first.language)
            seconds = math.ceil(timing.ends - timing.begun_at.timestamp())
            kept = self._stores.kept.keep_bundle(mailing.id, made.dumps(), seconds)
        bundle = Bundle.loads(kept)
        sections = (
            replace(section, category=self._now_called(section.category))
            for section in bundle.sections
        )
        return replace(bundle, sections=tuple(sections))

    def _gather(self, mailing: Mailing) -> Bundle:
        """Its editions as they read now: with posts as corrected, without those withdrawn."""
        editions = list(map(self._stores.editions.get, mailing.editions))
        wanted = [post for one in editions for post in (*one.posts, *one.corrections)]
        posts = self._stores.posts.get(wanted)
        sections = [self._section(edition, posts) for edition in editions]
        sections = [section for section in sections if section.posts]
        if not sections:
            raise MessageError("none of its posts is left")
        site = [category.name for category in self._settings.categories]
        masthead = self._postmaster.masthead_of_all(editions[0])
        return Bundle(masthead=masthead, sections=ordered(sections, site))

    def _section(self, edition: Edition, posts: Mapping[int, Post]) -> Section:
        category = self._stores.categories.get(self._desk.digest_of(edition).category)
        shown = newest_first({number: posts[number] for number in edition.posts if number in posts})
        corrected = tuple(posts[number] for number in edition.corrections if number in posts)
        return self._postmaster.section(edition, category, shown, corrected)

    def _now_called(self, category: str) -> str:
        return self._settings.renamed.get(category, category)
