"""A key that won't do is refused at the start, in one line that names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from syndicate.delivery.prepare import signers
from syndicate.errors import SettingsError
from syndicate.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FROM = '[mail]\nfrom = "News <news@blog.example>"\n\n'
ONE = '[dkim]\nselector = "s1"\nkey_file = "one.pem"\n'


def write(folder: Path, text: str) -> Path:
    (folder / "syndicate.toml").write_text(FROM + text)
    return folder


def refused(folder: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        signers(load(folder))
    (line,) = str(caught.value).splitlines()
    return line


def test_without_a_selector_nothing_is_signed(tmp_path: Path) -> None:
    assert signers(load(write(tmp_path, ""))) == ()


def test_two_keys_sign_the_rsa_one_first(tmp_path: Path, write_keys: Callable[[Path], str]) -> None:
    first, second = signers(load(write(tmp_path, write_keys(tmp_path))))
    assert (first.algorithm, first.selector, first.domain) == ("rsa-sha256", "s1", "blog.example")
    assert (second.algorithm, second.selector) == ("ed25519-sha256", "s2")
    assert first.lifetime is None
    assert first.sign(b"d" * 32) == first.sign(b"d" * 32)


def test_a_key_may_come_from_the_environment(
    tmp_path: Path, write_keys: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_keys(tmp_path)
    pem = (tmp_path / "rsa.pem").read_text()
    monkeypatch.setenv("SYNDICATE_DKIM__KEY", pem.replace("\n", "\\n"))
    settings = load(write(tmp_path, '[dkim]\nselector = "s1"\ndays = 7\n'))
    (signer,) = signers(settings)
    assert signer.lifetime == 7 * 86400
    assert "PRIVATE" not in repr(settings)


@pytest.mark.parametrize(
    ("pem", "said"),
    [
        (None, "can't read {path}, a key_file of [dkim]: No such file or directory"),
        (b"", "{path} holds no private key in PEM that can be read without a passphrase"),
        (b"\xff\0 no PEM", "{path} holds no private key in PEM"),
    ],
)
def test_a_file_without_a_key_is_named(tmp_path: Path, pem: bytes | None, said: str) -> None:
    path = tmp_path / "one.pem"
    if pem is not None:
        path.write_bytes(pem)
    assert refused(write(tmp_path, ONE)).startswith(said.format(path=path))


def test_a_short_key_is_refused_and_told_how_to_make_one(tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505 - what is refused
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "one.pem").write_bytes(pem)
    line = refused(write(tmp_path, ONE))
    assert "one.pem holds an RSA key of 1024 bits" in line
    assert "openssl genrsa -out dkim.pem 2048" in line


def test_a_key_with_a_passphrase_is_refused(tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    (tmp_path / "one.pem").write_bytes(pem)
    assert "without a passphrase" in refused(write(tmp_path, ONE))


def test_keys_of_the_other_kind_are_refused(
    tmp_path: Path, write_keys: Callable[[Path], str]
) -> None:
    crossed = write_keys(tmp_path).replace("rsa.pem", "x").replace("ed25519.pem", "rsa.pem")
    assert "holds no Ed25519 key" in refused(write(tmp_path, crossed.replace('"x"', '"rsa.pem"')))
    alone = '[dkim]\nselector = "s1"\nkey_file = "ed25519.pem"\n'
    assert "holds no RSA key" in refused(write(tmp_path, alone))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[dkim]\nselector = "s1"\n', "[dkim] selector wants a key"),
        ('[dkim]\nkey_file = "one.pem"\n', "[dkim] selector is missing"),
        ('[dkim]\nselector = "s 1"\nkey_file = "x"\n', "[dkim] selector: 's 1' is no selector"),
        (ONE + 'domain = "nodot"\n', "[dkim] domain: 'nodot' is no domain"),
        (ONE + 'domain = "other.example"\n', "[dkim] domain: 'other.example' is not that of"),
        (ONE + 'domain = "g.example"\n', "[dkim] domain: 'g.example' is not that of"),
        (
            '[dkim.ed25519]\nselector = "s2"\nkey_file = "x"\n',
            "[dkim] ed25519 never signs alone",
        ),
    ],
)
def test_settings_that_cannot_hold_are_refused(tmp_path: Path, text: str, said: str) -> None:
    assert refused(write(tmp_path, text)).startswith(f"syndicate.toml: {said}")


@pytest.mark.parametrize(
    ("sender", "domain", "signed"),
    [
        ("n@blog.example", "", "blog.example"),
        ("n@mail.blog.example", "blog.example", "blog.example"),
        ("n@blog.example", "mail.blog.example", "mail.blog.example"),
        ("n@BLOG.example", "Blog.example", "blog.example"),
        ("n@例子.example", "xn--fsqu00a.example", "xn--fsqu00a.example"),
    ],
)
def test_the_domain_is_aligned_with_that_of_the_sender(
    tmp_path: Path, write_keys: Callable[[Path], str], sender: str, domain: str, signed: str
) -> None:
    text = write_keys(tmp_path).replace("[dkim]\n", f'[dkim]\ndomain = "{domain}"\n')
    (tmp_path / "syndicate.toml").write_text(f'[mail]\nfrom = "{sender}"\n\n{text}')
    assert {signer.domain for signer in signers(load(tmp_path))} == {signed}
