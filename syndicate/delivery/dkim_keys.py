"""From the settings to keys that sign. Loading `cryptography` takes 60 ms, so this stands apart."""

from __future__ import annotations

from base64 import b64encode
from functools import partial
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from syndicate.delivery.sign import Signer
from syndicate.errors import SettingsError
from syndicate.settings.model import ENV_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.settings import Settings
    from syndicate.settings.dkim import SigningKey

#: Bits of an RSA key that verifiers take seriously (RFC 8301 §3.2 wants signers to have as many).
MIN_BITS = 2048
_DAY = 86400


def load(settings: Settings) -> tuple[Signer, ...]:
    """Who signs this site's mail: nobody, the RSA key, or it and the Ed25519 key.

    Raises:
        SettingsError: a key can't be read, is none, or is too short; names its file or variable.
    """
    dkim = settings.dkim
    if not dkim.selector:
        return ()
    domain = dkim.domain_of(settings.mail.sender)
    lifetime = int(dkim.days * _DAY) if dkim.days else None
    sign, public = _rsa(settings, dkim)
    signers = [Signer("rsa-sha256", domain, dkim.selector, sign, lifetime, public)]
    if second := dkim.ed25519.selector:
        sign, public = _ed25519(settings, dkim.ed25519)
        signers.append(Signer("ed25519-sha256", domain, second, sign, lifetime, public))
    return tuple(signers)


def _rsa(settings: Settings, key: SigningKey) -> tuple[Callable[[bytes], bytes], str]:
    where, found = _private_key(settings, key, "DKIM__KEY")
    if not isinstance(found, RSAPrivateKey):
        raise SettingsError(f"{where} holds no RSA key; [dkim.ed25519] is for the other kind")
    if found.key_size < MIN_BITS:
        raise SettingsError(
            f"{where} holds an RSA key of {found.key_size} bits, too few for verifiers; make one "
            f"of {MIN_BITS}: openssl genrsa -out dkim.pem {MIN_BITS}"
        )
    # PKCS#1 v1.5 adds nothing random: the same message has the same signature.
    sign = partial(found.sign, padding=PKCS1v15(), algorithm=Prehashed(SHA256()))
    der = found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return sign, b64encode(der).decode()


def _ed25519(settings: Settings, key: SigningKey) -> tuple[Callable[[bytes], bytes], str]:
    where, found = _private_key(settings, key, "DKIM__ED25519__KEY")
    if not isinstance(found, Ed25519PrivateKey):
        raise SettingsError(
            f"{where} holds no Ed25519 key; make one: openssl genpkey -algorithm ed25519"
        )
    # RFC 8463 §4: the 32 bytes alone.
    return found.sign, b64encode(found.public_key().public_bytes_raw()).decode()


def _private_key(settings: Settings, key: SigningKey, variable: str) -> tuple[str, object]:
    """Where the key is, and the key."""
    if key.key_file is None:
        where = f"{ENV_PREFIX}{variable}"
        pem = key.key.get_secret_value().replace("\\n", "\n").encode()
    else:
        path = settings.folder / key.key_file
        where = str(path)
        try:
            pem = path.read_bytes()
        except OSError as error:
            raise SettingsError(
                f"can't read {path}, a key_file of [dkim]: {error.strerror}"
            ) from error
    try:
        return where, load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        # OpenSSL's own words are about its internals.
        raise SettingsError(
            f"{where} holds no private key in PEM that can be read without a passphrase"
        ) from error
