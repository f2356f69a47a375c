"""Every message verifies, by a verifier that isn't ours, and none that was changed does."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from syndicate.delivery.sign import Seal, Signer
from syndicate.digests import slots
from syndicate.digests.message import Headers, build
from syndicate.digests.model import Composed
from syndicate.digests.template import MessageTemplate, Personal
from syndicate.settings.words import parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DOMAIN = "finance.example"
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
#: Oversigned, those named twice are there (STANDARDS 84).
THERE = (
    *("from", "to", "subject", "date", "message-id", "mime-version", "content-type", "list-id"),
    *("list-unsubscribe", "list-unsubscribe-post", "feedback-id"),
)
NOT_THERE = ("cc", "reply-to", "content-transfer-encoding")
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
BODIES = {
    "7bit": "Plain words,\n  two  blanks \tand a tab \n",
    "quoted-printable": "Café, crème,  dotted lines\n.\n..x\nFrom here on \n\n\n",
    "base64": "央行宣布，\n降低存款准备金率。\n",
}


class Keys:
    """A key of each kind, and DNS."""

    def __init__(self) -> None:
        first = rsa.generate_private_key(65537, 2048)
        second = ed25519.Ed25519PrivateKey.generate()
        sign = partial(first.sign, padding=PKCS, algorithm=Prehashed(SHA256()))
        self.rsa = Signer("rsa-sha256", DOMAIN, "s1", sign)
        self.ed25519 = Signer("ed25519-sha256", DOMAIN, "s2", second.sign)
        info = first.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        raw = second.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.records = {
            f"s1._domainkey.{DOMAIN}.".encode(): b"v=DKIM1; k=rsa; p=" + b64encode(info),
            f"s2._domainkey.{DOMAIN}.".encode(): b"v=DKIM1; k=ed25519; p=" + b64encode(raw),
        }

    def verify(self, message: bytes, number: int = 0) -> bool:
        try:
            found = dkim.DKIM(message, minkey=1024)
            return bool(found.verify(number, dnsfunc=lambda name, timeout=5: self.records[name]))  # noqa: ARG005 - its port
        except dkim.DKIMException:
            return False


PKCS = padding.PKCS1v15()


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys()


def template(body: str, subject: str = "News", greeting: str = "") -> MessageTemplate:
    hello = f"{greeting.replace('{name|reader}', 'reader')}\n" if greeting else ""
    composed = Composed(
        subject,
        f"<p>\n{hello}</p>{body}<a {slots.UNSUBSCRIBE_HREF}>x</a>{body}",
        f"{hello}{body}\n{slots.UNSUBSCRIBE_URL}\n{body}",
        subject_words=parse(subject),
        greeting=parse(greeting),
    )
    headers = Headers(
        sender=f'"澜江财经" <news@{DOMAIN}>',
        date=NOON,
        list_id=f"tech.{DOMAIN}",
        list_name="A list with a name so long that its field takes two lines or even more",
        help_url=f"https://n.{DOMAIN}/help",
        feedback_id="3:tech:digest:syndicate",
        seed="mailing 42",
    )
    return build(composed, headers)


def reader(number: int = 1, **changes: object) -> Personal:
    personal = Personal(
        f"reader{number}@mailbox.example",
        f"<{number:032x}@{DOMAIN}>",
        f"https://n.{DOMAIN}/u/{number:035}",
        f"https://n.{DOMAIN}/preferences/{number:035}",
    )
    return replace(personal, **changes)  # type: ignore[arg-type]


def tags(message: bytes) -> dict[str, str]:
    """Of the first signature."""
    field = message.replace(b"\r\n ", b"").partition(b"\r\n")[0].decode()
    found = (tag.partition("=") for tag in field.removeprefix("DKIM-Signature:").split(";"))
    return {name.strip(): value for name, _, value in found}


@pytest.mark.parametrize("coding", BODIES)
@pytest.mark.parametrize("greeting", ["", "Good morning,  {name|reader}!"])
def test_both_signatures_verify_however_the_body_is_encoded(
    keys: Keys, coding: str, greeting: str
) -> None:
    made = template(BODIES[coding], greeting=greeting)
    assert greeting or made.text == coding
    message = Seal([keys.rsa, keys.ed25519], made).fill(reader(fields={"name": "A  B"}))
    assert keys.verify(message, 0)
    assert keys.verify(message, 1)
    assert [line[:31] for line in message.split(b"\r\n") if line.startswith(b"DKIM")] == [
        b"DKIM-Signature: v=1; a=rsa-sha2",
        b"DKIM-Signature: v=1; a=ed25519-",
    ]


@given(number=st.integers(0, 2**32 - 1), name=NAMES, local=st.from_regex(r"\A[a-z0-9+]{1,60}\Z"))
def test_any_readers_message_verifies(keys: Keys, number: int, name: str, local: str) -> None:
    made = template(BODIES["quoted-printable"], "{name|You}: 新闻", "Hello {name|reader}")
    personal = reader(number, to_address=f"{local}@例子.example", fields={"name": name})
    assert keys.verify(Seal([keys.rsa], made).fill(personal))


@given(data=st.data())
def test_any_flipped_byte_fails(keys: Keys, data: st.DataObject) -> None:
    message = Seal([keys.rsa], template(BODIES["base64"])).fill(reader())
    start = message.index(b"Date: ")
    place = data.draw(st.integers(start, len(message) - 3))
    bit = data.draw(st.integers(0, 6))
    byte = message[place] ^ (1 << bit)
    changed = message[:place] + bytes([byte]) + message[place + 1 :]
    # The case of a field's name and the kind of a blank don't count (RFC 6376 §3.4.2), and dkimpy
    # takes a bare LF for a line's end, which SMTP lets nobody send.
    if message[place] != ord("\r") and relaxed(changed) != relaxed(message):
        assert not keys.verify(changed)


def relaxed(message: bytes) -> list[bytes]:
    head, _, body = message.partition(b"\r\n\r\n")
    fields = [line.partition(b":") for line in head.replace(b"\r\n ", b" ").split(b"\r\n")]
    return [name.lower() + b":" + b" ".join(value.split()) for name, _, value in fields] + [body]


@pytest.mark.parametrize(
    "field",
    [
        b"From: <x@y.example>",
        b"To: <x@y.example>",
        b"Cc: <x@y.example>",
        b"Subject: x",
        b"Reply-To: <x@y.example>",
        b"List-Unsubscribe: <https://y.example/>",
        b"Content-Type: text/plain",
        b"Content-Transfer-Encoding: 8bit",
    ],
)
def test_a_field_that_is_added_breaks_it(keys: Keys, field: bytes) -> None:
    message = Seal([keys.rsa], template(BODIES["7bit"])).fill(reader())
    assert keys.verify(message)
    assert not keys.verify(field + b"\r\n" + message)
    head, _, rest = message.partition(b"\r\nDate: ")
    assert not keys.verify(head + b"\r\n" + field + b"\r\nDate: " + rest)


def test_every_field_is_signed_and_the_telling_ones_once_more(keys: Keys) -> None:
    message = Seal([keys.rsa], template(BODIES["7bit"])).fill(reader())
    found = tags(message)
    named = found["h"].split(":")
    header = message.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b"").decode().split("\r\n")[1:]
    present = [line.partition(":")[0].lower() for line in header]
    for name in present:
        assert named.count(name) == (2 if name in THERE else 1)
    assert [named.count(name) for name in NOT_THERE] == [1] * len(NOT_THERE)
    assert set(named) == {*present, *NOT_THERE}
    assert (found["c"], found["d"], found["s"]) == ("relaxed/relaxed", DOMAIN, "s1")
    assert "l" not in found


def test_the_time_is_the_editions_and_the_end_counts_from_it(keys: Keys) -> None:
    made = template(BODIES["7bit"])
    found = tags(Seal([keys.rsa], made).fill(reader()))
    assert int(found["t"]) == NOON.timestamp()
    assert "x" not in found
    for_a_week = replace(keys.rsa, lifetime=7 * 86400)
    found = tags(Seal([for_a_week], made).fill(reader()))
    assert int(found["x"]) == (NOON + timedelta(days=7)).timestamp()


def test_no_line_is_too_long_but_the_readers_own_url(keys: Keys) -> None:
    long = replace(keys.rsa, domain="a." * 60 + DOMAIN, selector="s" * 60)
    url = f"https://n.{DOMAIN}/u/" + "T" * 180
    message = Seal([long, keys.ed25519], template(BODIES["7bit"])).fill(reader(unsubscribe_url=url))
    lines = [line for line in message.split(b"\r\n") if b"TTT" not in line]
    assert [line for line in lines if len(line) > 78] == [f" d={long.domain};".encode()]
    assert f"List-Unsubscribe: <{url}>\r\n".encode() in message


def test_the_signature_stands_before_what_it_signs_and_changes_none_of_it(keys: Keys) -> None:
    made = template(BODIES["7bit"])
    assert Seal([keys.rsa], made).fill(reader()).endswith(made.fill(reader()))


def test_a_template_from_redis_signs_the_same(keys: Keys) -> None:
    made = template(BODIES["quoted-printable"], "{name|You}: new", "Hello {name|reader}")
    kept = MessageTemplate.loads(made.dumps())
    signers = [keys.rsa, keys.ed25519]
    assert Seal(signers, kept).fill(reader()) == Seal(signers, made).fill(reader())


RETRY = """
import sys
from pathlib import Path
from syndicate.delivery.prepare import Postmaster, signers
from syndicate.digests.template import MessageTemplate
from syndicate.settings import load
from syndicate.settings.key import Key
from syndicate.subscribers.model import Recipient
settings = load(Path(sys.argv[1]))
kept = MessageTemplate.loads(Path(sys.argv[2]).read_bytes())
postmaster = Postmaster(settings, lambda _mailing: Key(b"k" * 32), signers(settings))
message = postmaster.messages(7, kept)(11, Recipient("reader@mailbox.example", {"name": "林"}))
sys.stdout.buffer.write(message)
"""


@pytest.mark.slow
def test_a_retry_in_another_process_is_the_same_bytes(
    tmp_path: Path, write_keys: Callable[[Path], str]
) -> None:
    settings = f'[mail]\nfrom = "News <news@{DOMAIN}>"\n\n{write_keys(tmp_path)}'
    (tmp_path / "syndicate.toml").write_text(settings)
    made = template(BODIES["base64"], "{name|You}: new", "Hello {name|reader}")
    (tmp_path / "template").write_bytes(made.dumps())
    argv = [sys.executable, "-c", RETRY, str(tmp_path), str(tmp_path / "template")]
    first, second = (subprocess.run(argv, capture_output=True, check=True).stdout for _ in "12")
    assert first == second
    assert first.count(b"DKIM-Signature:") == 2
    assert b"To: <reader@mailbox.example>" in first
