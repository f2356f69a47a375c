"""DKIM: that the key in DNS is the other half of ours."""

from __future__ import annotations

import binascii
import hashlib
from base64 import b64decode
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from syndicate.doctor.model import Finding, fail, ok, warn
from syndicate.doctor.tags import tags_of

if TYPE_CHECKING:
    from syndicate.delivery.sign import Signer

#: Signed with our key and verified with the one in DNS: who can do both has the two halves.
_PROBE = hashlib.sha256(b"syndicate doctor").digest()


def place_of(signer: Signer) -> str:
    """Where DNS has a signer's key (RFC 6376 §3.6.2.1)."""
    return f"{signer.selector}._domainkey.{signer.domain}"


def judge(signer: Signer, records: list[str]) -> Finding:
    """What is to be said of a signer, whose place in DNS has these TXT records."""
    place, kind = place_of(signer), signer.algorithm.partition("-")[0]
    what = f"DKIM key {signer.selector}"
    remedy = f'publish a TXT record at {place}: "v=DKIM1; k={kind}; p={signer.public}"'
    if len(records) != 1:
        said = f"{place} has {len(records) or 'no'} TXT records"
        return fail(what, said, remedy if not records else "keep the one of the key in use")
    tags = tags_of(records[0])
    if fault := _fault(tags, kind):
        return fail(what, f"{place}: {fault}", remedy)
    if not _belongs(signer, kind, tags["p"]):
        return fail(what, f"{place} has the public key of another than the one that signs", remedy)
    if "y" in tags.get("t", "").split(":"):
        return warn(what, f"{place} says that it is a test (t=y)", "take t=y out of the record")
    return ok(what, f"{place} has the public key of the one that signs ({signer.algorithm})")


def _fault(tags: dict[str, str], kind: str) -> str:
    """Why verifiers take no signature by such a record, if they don't."""
    if tags.get("v", "DKIM1") != "DKIM1":
        return f"v={tags['v']} isn't DKIM1"
    if not tags.get("p"):
        return "its key is revoked (p is empty)" if "p" in tags else "no key (p) in it"
    if tags.get("k", "rsa").lower() != kind:
        return f"its key is for {tags.get('k', 'rsa')}, ours is for {kind}"
    if "h" in tags and "sha256" not in tags["h"].lower().split(":"):
        return f"h={tags['h']} leaves sha256 out"
    if not {"*", "email"} & set(tags.get("s", "*").lower().split(":")):
        return f"s={tags['s']} isn't for mail"
    return ""


def _belongs(signer: Signer, kind: str, text: str) -> bool:
    """Whether the public key in DNS verifies what ours signs."""
    try:
        key = b64decode("".join(text.split()), validate=True)
        if kind == "ed25519":
            Ed25519PublicKey.from_public_bytes(key).verify(signer.sign(_PROBE), _PROBE)
            return True
        public = load_der_public_key(key)
        if not isinstance(public, RSAPublicKey):
            return False
        public.verify(signer.sign(_PROBE), _PROBE, PKCS1v15(), Prehashed(SHA256()))
    except (binascii.Error, ValueError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
