"""What a reader's message costs, once its template is there: filled in, and signed.

A digest of five posts of 5 KB, in English and in Chinese. CPU time of one core; signing is compared
with what the RSA key alone does in the same run.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks import sites
from benchmarks.rows import Row
from syndicate.delivery.prepare import Postmaster, signers
from syndicate.digests.compose import compose
from syndicate.digests.message import Headers, build
from syndicate.digests.model import Masthead
from syndicate.digests.template import MessageTemplate, Personal
from syndicate.posts.model import Post
from syndicate.settings import load
from syndicate.settings.key import Key
from syndicate.subscribers.model import Recipient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

POSTS = 5
#: Messages a second of one core, and parts of what the RSA key alone does.
UNSIGNED, SIGNED = 100_000, 0.5
#: Readers in a round, and rounds, of which the best counts: a busy machine has worse ones.
_FILLED, _SIGNED, _ROUNDS = 20_000, 500, 5
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
_ENGLISH = "<p>The harbour board has published its plan for the <a href='/p'>new pier</a>.</p>\n"
_CHINESE = "<p>港务局公布了<a href='/p'>新码头</a>的规划，预计明年春天动工。</p>\n"
_BODIES = {"en": _ENGLISH, "zh-CN": _CHINESE}
_GREETED = {"subject": "{name|Reader}: {subject}", "greeting": "Good morning, {name|reader}!"}


def measure(work: Path) -> Iterator[Row]:
    """Every row."""
    for language in _BODIES:
        made = _template(language)
        yield Row(
            f"filling the template, unsigned, {language}", _fills(made), "/s", UNSIGNED, False
        )
        yield Row(f"the same with names, {language}", _fills(_template(language, **_GREETED)), "/s")
    postmaster = make_postmaster(work)
    (rsa_key, _) = postmaster.signers
    digests = (number.to_bytes(32, "big") for number in itertools.count())
    bare = _rate(lambda: rsa_key.sign(next(digests)), _SIGNED)
    yield Row("bare RSA-2048 signing", bare, "/s")
    only_rsa = replace(postmaster, signers=(rsa_key,))
    for language in _BODIES:
        made = _template(language)
        one, two = (_sends(sender, made) for sender in (only_rsa, postmaster))
        yield Row(f"id, links and signature of a message, {language}", one, "/s")
        yield Row(f"the same against bare signing, {language}", one / bare, "ratio", SIGNED, False)
        yield Row(f"the same with an Ed25519 signature too, {language}", two, "/s")


def _template(language: str, **words: str) -> MessageTemplate:
    masthead = make_masthead(language, **words)
    headers = Headers(
        sender="Bench <news@bench.example>",
        date=NOON,
        list_id="harbour.bench.example",
        list_name="Harbour",
        feedback_id="1:daily:digest:syndicate",
        seed="mailing 1",
    )
    return build(
        compose(masthead, [make_post(number, language) for number in range(POSTS)]), headers
    )


def make_masthead(language: str, **words: str) -> Masthead:
    """What surrounds an edition of the benchmarks."""
    return Masthead(
        site_title="Bench",
        site_url="https://bench.example",
        category_title="Harbour",
        description="",
        number=1,
        date=NOON,
        zone=ZoneInfo("UTC"),
        language=language,
        web_url="https://bench.example/editions/1",
        postal_address="1 Example Road",
        cadence="daily",
        **words,
    )


def make_post(number: int, language: str) -> Post:
    """A post of 5 KB."""
    body = _BODIES[language]
    return Post(
        source=f"_posts/{number}.md",
        id=f"tag:bench.example,2026:{number}",
        url=f"https://bench.example/{number}",
        title=f"Post {number}",
        published=NOON,
        updated=NOON,
        language=language,
        html=body * (sites.POST_BYTES // len(body.encode())),
        summary="",
    )


def make_postmaster(work: Path) -> Postmaster:
    """Who sends mail of a small site, signed twice."""
    folder = sites.make(work / "site", 1, 1)
    keys: dict[str, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey] = {
        "rsa": rsa.generate_private_key(65537, 2048),
        "ed25519": ed25519.Ed25519PrivateKey.generate(),
    }
    with (folder / "syndicate.toml").open("a") as file:
        file.write('from = "Bench <news@bench.example>"\n')
        for name, key in keys.items():
            pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            (folder / name).write_bytes(pem)
            section = "dkim" if name == "rsa" else f"dkim.{name}"
            file.write(f'[{section}]\nselector = "{name}"\nkey_file = "{name}"\n')
    settings = load(folder)
    return Postmaster(settings, lambda _mailing: Key(b"k" * 32), signers(settings))


def _fills(template: MessageTemplate) -> float:
    readers = itertools.cycle(
        Personal(
            f"reader{number}@mailbox.example",
            f"<{number:032x}@bench.example>",
            f"https://bench.example/u/{number:035}",
            f"https://bench.example/preferences/{number:035}",
            fields={"name": f"Reader {number}"},
        )
        for number in range(_FILLED)
    )
    return _rate(lambda: template.fill(next(readers)), _FILLED)


def _sends(postmaster: Postmaster, template: MessageTemplate) -> float:
    message, numbers = postmaster.messages(1, template), itertools.count(1)
    return _rate(lambda: message(next(numbers), Recipient("reader@mailbox.example")), _SIGNED)


def _rate(act: Callable[[], object], times: int) -> float:
    """How often a second of CPU does it."""
    best = 0.0
    for _ in range(_ROUNDS):
        start = time.process_time()
        for _ in range(times):
            act()
        best = max(best, times / (time.process_time() - start))
    return best
