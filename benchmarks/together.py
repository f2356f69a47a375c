"""What all in one costs: an edition composed, a variant of several, and a thousand of them sent.

CPU time of one core; nothing is handed to a relay. Readers share no variant, and posts are in
several categories, as those of a large site are.
"""

from __future__ import annotations

import random
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.message import NOON, make_masthead, make_post, make_postmaster
from benchmarks.rows import Row
from syndicate.delivery.variants import Variants
from syndicate.digests import blocks
from syndicate.digests.bundle import Bundle, Section
from syndicate.digests.compose import compose
from syndicate.subscribers.model import Recipient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from syndicate.delivery.prepare import Postmaster

#: Posts of an edition by itself, and milliseconds to compose it.
POSTS, COLD, KEPT = 20, 50, 5
#: Of a slot; posts are what a week brings.
CATEGORIES, A_CATEGORY, ALL_POSTS = 2_000, 3, 700
#: Readers, categories of each; milliseconds of a variant, messages a second.
READERS, CHOSEN, VARIANT, SENT = 1_000, 10, 3, 250
_ROUNDS = 5


def measure(work: Path) -> Iterator[Row]:
    """Every row."""
    postmaster = make_postmaster(work)
    only_rsa = replace(postmaster, signers=postmaster.signers[:1])
    for language in ("en", "zh-CN"):
        yield from _edition(language)
        bundle = _bundle(language)
        yield from _variants(language, bundle, only_rsa)


def _edition(language: str) -> Iterator[Row]:
    masthead = make_masthead(language)
    posts = [make_post(number, language) for number in range(POSTS)]

    def cold() -> object:
        blocks.forget()
        return compose(masthead, posts)

    name = f"composing and inlining {POSTS} posts of 5 KB, {language}"
    # Templates are compiled once in a process.
    cold()
    yield Row(name, _best(cold), "ms", COLD)
    yield Row("the same, blocks kept", _best(lambda: compose(masthead, posts)), "ms", KEPT)


def _variants(language: str, bundle: Bundle, postmaster: Postmaster) -> Iterator[Row]:
    dice = random.Random(1)  # noqa: S311 - the same readers in each run
    editions = [section.edition for section in bundle.sections]
    variants = [tuple(sorted(dice.sample(editions, CHOSEN))) for _ in range(READERS)]
    messages = Variants(postmaster, 1, NOON, bundle)
    kept = {post.id: post for section in bundle.sections for post in section.posts}
    for post in kept.values():
        blocks.block(post, language, bundle.masthead.zone)
    start = time.process_time()
    for variant in variants:
        messages.make(variant, language)
    first = 1000 * (time.process_time() - start) / READERS
    yield Row(f"a variant of {CHOSEN} editions, the first time, {language}", first, "ms")
    some = variants[:50]
    best = _best(lambda: [messages.make(variant, language) for variant in some]) / len(some)
    posts = CHOSEN * A_CATEGORY
    yield Row(f"a variant of {CHOSEN} editions and {posts} posts", best, "ms", VARIANT)
    reader = Recipient("reader@mailbox.example")
    start = time.process_time()
    for number, variant in enumerate(variants):
        messages.message(variant, number, reader, 0.0)
    rate = READERS / (time.process_time() - start)
    what = f"{READERS} readers, each with {CHOSEN} others of {CATEGORIES} categories, signed"
    yield Row(what, rate, "/s", SENT, False)


def _bundle(language: str) -> Bundle:
    dice = random.Random(2)  # noqa: S311 - the same posts in each run
    posts = [make_post(number, language) for number in range(ALL_POSTS)]
    sections = tuple(
        Section(
            edition=number,
            category=f"category-{number}",
            title=f"Category {number}",
            number=1,
            language=language,
            web_url=f"https://bench.example/editions/{number}",
            posts=tuple(dice.sample(posts, A_CATEGORY)),
        )
        for number in range(1, CATEGORIES + 1)
    )
    return Bundle(masthead=replace(make_masthead(language), date=NOON), sections=sections)


def _best(act: Callable[[], object]) -> float:
    """Milliseconds of CPU that it takes, at best: a busy machine has worse rounds."""
    best = float("inf")
    for _ in range(_ROUNDS):
        start = time.process_time()
        act()
        best = min(best, time.process_time() - start)
    return 1000 * best
