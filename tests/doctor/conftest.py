"""A DNS server of the test's own, and findings on one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from syndicate.doctor.resolver import Resolver
from tests import nameserver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.nameserver import Zone


@pytest.fixture
def zone() -> Iterator[Zone]:
    """What DNS holds."""
    with nameserver.running() as found:
        yield found


@pytest.fixture
def resolver(zone: Zone) -> Resolver:
    return Resolver(zone.address, patience=0.2)


@pytest.fixture(scope="session")
def keys() -> dict[str, bytes]:
    """A key for each algorithm, by the name of its file."""
    made: list[rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey] = [
        rsa.generate_private_key(65537, 2048),
        ed25519.Ed25519PrivateKey.generate(),
    ]
    forms = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pems = [key.private_bytes(*forms) for key in made]
    return dict(zip(("rsa.pem", "ed25519.pem"), pems, strict=True))


@pytest.fixture
def write_keys(keys: dict[str, bytes]) -> Callable[[Path], str]:
    """Writes keys into a folder, for us alone to read; returns the settings that name them."""

    def write(folder: Path) -> str:
        for name, pem in keys.items():
            (folder / name).write_bytes(pem)
            (folder / name).chmod(0o600)
        return (
            '[dkim]\nselector = "s1"\nkey_file = "rsa.pem"\n\n'
            '[dkim.ed25519]\nselector = "s2"\nkey_file = "ed25519.pem"\n'
        )

    return write
