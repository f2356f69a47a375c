"""What the doctor reads in DNS, and what it makes of it; the server is a real one."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from syndicate.delivery.prepare import signers
from syndicate.delivery.sign import Signer
from syndicate.doctor import dkim, dmarc, hosts, names, spf
from syndicate.doctor.dmarc import Identities
from syndicate.doctor.model import Finding, Level
from syndicate.doctor.resolver import DnsError, Resolver
from syndicate.doctor.tags import tags_of
from syndicate.errors import SettingsError
from syndicate.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.nameserver import Zone


FROM = '[mail]\nfrom = "News <news@a.example>"\n\n'


def one(findings: list[Finding]) -> tuple[Level, str]:
    (found,) = findings
    assert bool(found.remedy) is (found.level is not Level.OK)
    return found.level, found.said


# The resolver


def test_a_long_text_is_put_together(zone: Zone, resolver: Resolver) -> None:
    zone.text("a.example", "x" * 700)
    assert resolver.texts("a.example") == ["x" * 700]


def test_what_is_not_there_is_nothing(zone: Zone, resolver: Resolver) -> None:
    zone.put("a.example", "A", "192.0.2.1")
    assert resolver.texts("a.example") == []
    assert resolver.texts("nowhere.example") == []


def test_a_question_is_asked_once(zone: Zone, resolver: Resolver) -> None:
    zone.text("a.example", "x")
    resolver.texts("a.example")
    resolver.texts("A.example.")
    assert zone.asked == [("a.example", "TXT")]


def test_mail_exchanges_come_in_their_order(zone: Zone, resolver: Resolver) -> None:
    zone.put("a.example", "MX", "20 b.example.", "10 A.example.")
    assert resolver.exchanges("a.example") == ["a.example", "b.example"]


def test_an_address_has_its_names(zone: Zone, resolver: Resolver) -> None:
    zone.put("1.2.0.192.in-addr.arpa", "PTR", "mail.a.example.")
    assert resolver.names("192.0.2.1") == ["mail.a.example"]


def test_a_server_that_fails_is_no_empty_answer(zone: Zone, resolver: Resolver) -> None:
    zone.broken = True
    with pytest.raises(DnsError, match=r"DNS can.t say what TXT a\.example has"):
        resolver.texts("a.example")


def test_a_server_that_is_silent_is_asked_no_second_question(
    zone: Zone, resolver: Resolver
) -> None:
    zone.silent = True
    with pytest.raises(DnsError, match=r"doesn't answer within 0\.2 s"):
        resolver.texts("a.example")
    asked = len(zone.asked)
    with pytest.raises(DnsError):
        resolver.texts("b.example")
    assert len(zone.asked) == asked


@pytest.mark.parametrize("server", ["dns.example", "127.0.0.1:x", ":53", "127.0.0.1:70000", "["])
def test_a_resolver_is_named_by_its_ip_address(server: str) -> None:
    with pytest.raises(SettingsError, match="must be an IP address") as caught:
        Resolver(server)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=300))
def test_any_record_has_tags_or_none(record: str) -> None:
    assert all("=" not in name for name in tags_of(record))


# SPF


def judged(zone: dict[str, list[str]], domain: str = "a.example") -> tuple[Level, str]:
    return one(list(spf.judge(domain, lambda name: zone.get(name, []))))


def test_a_record_that_names_its_senders_is_fine() -> None:
    record = "v=spf1 ip4:192.0.2.0/24 a mx include:b.example -all"
    level, said = judged({"a.example": ["other", record], "b.example": ["v=spf1 a ~all"]})
    assert (level, said) == (Level.OK, f"{record} (4 of 10 lookups)")


@pytest.mark.parametrize(
    ("records", "level", "said"),
    [
        ([], Level.FAIL, "has no SPF record"),
        (["v=spf10 -all", "spf1"], Level.FAIL, "has no SPF record"),
        (["v=spf1 -all", "V=SPF1 mx -all"], Level.FAIL, "has 2 SPF records, so none counts"),
        (["v=spf1 +all"], Level.FAIL, "+all: anybody may send"),
        (["v=spf1 all"], Level.FAIL, "all: anybody may send"),
        (["v=spf1 mx ?all"], Level.WARN, "says nothing of other senders"),
        (["v=spf1"], Level.WARN, "says nothing of other senders"),
        (["v=spf1 ipv4:192.0.2.1 -all"], Level.FAIL, "SPF knows no 'ipv4:192.0.2.1'"),
        (["v=spf1 include:gone.example -all"], Level.FAIL, "gone.example has no SPF record"),
        (["v=spf1 exp=why.example unknown=x -all"], Level.OK, "0 of 10"),
        (["v=spf1 exists:%{i}.b.example include:%{d}.c.example -all"], Level.OK, "2 of 10"),
    ],
)
def test_the_record_of_a_domain_is_judged(records: list[str], level: Level, said: str) -> None:
    found, words = judged({"a.example": records})
    assert found is level
    assert said in words


def test_the_lookups_of_all_includes_count_together() -> None:
    zone = {"a.example": ["v=spf1 include:b0.example -all"]}
    zone |= {f"b{n}.example": [f"v=spf1 include:b{n + 1}.example -all"] for n in range(9)}
    zone["b9.example"] = ["v=spf1 -all"]
    assert judged(zone)[0] is Level.OK
    zone["b9.example"] = ["v=spf1 mx -all"]
    level, said = judged(zone)
    assert level is Level.FAIL
    assert "more than 10 lookups" in said


def test_records_that_include_each_other_come_to_an_end() -> None:
    zone = {"a.example": ["v=spf1 redirect=b.example"], "b.example": ["v=spf1 include:a.example"]}
    assert "more than 10 lookups" in judged(zone)[1]


def test_what_stands_after_all_is_not_looked_up() -> None:
    record = "v=spf1 mx -all include:gone.example ~all"
    assert "(1 of 10" in judged({"a.example": [record]})[1]


@given(st.text(alphabet="vspf1= +-~?allinclude:mx.%{}/redirect", max_size=200))
def test_any_text_is_judged_in_one_line(text: str) -> None:
    found = list(spf.judge("a.example", lambda _: [f"v=spf1 {text}"]))
    assert len(found) == 1


# DMARC


OURS = Identities("news.a.example", "bounces.news.a.example", "news.a.example")


def aligned(record: str, who: Identities = OURS, place: str = "news.a.example") -> list[Finding]:
    zone = {f"_dmarc.{place}": [record]}
    return list(dmarc.judge(who, lambda name: zone.get(name, [])))


def test_the_policy_may_stand_at_a_domain_above() -> None:
    policy, alignment = aligned("v=DMARC1; p=reject; sp=none", place="a.example")
    assert (policy.level, policy.said) == (Level.OK, "p=none, at _dmarc.a.example")
    assert alignment.level is Level.OK


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([], "has no DMARC record"),
        (["v=DMARC1; p=none", "v=DMARC1; p=none"], "has 2 records"),
        (["v=DMARC1; rua=mailto:a@a.example"], "no policy"),
        (["v=DMARC1; p=rejct"], "no policy"),
    ],
)
def test_a_domain_without_a_policy_fails(records: list[str], said: str) -> None:
    zone = {"_dmarc.news.a.example": records}
    level, words = one(list(dmarc.judge(OURS, lambda name: zone.get(name, []))))
    assert level is Level.FAIL
    assert said in words


@pytest.mark.parametrize(
    ("modes", "signer", "level"),
    [
        ("", "news.a.example", Level.OK),
        ("", "a.example", Level.OK),
        ("", "", Level.WARN),
        ("; adkim=s", "a.example", Level.WARN),
        ("; aspf=s", "a.example", Level.WARN),
        ("; adkim=s; aspf=s", "a.example", Level.FAIL),
    ],
)
def test_one_of_dkim_and_spf_has_to_speak_of_the_sender(
    modes: str, signer: str, level: Level
) -> None:
    who = Identities("news.a.example", "bounces.news.a.example", signer)
    assert aligned(f"v=DMARC1; p=none{modes}", who)[1].level is level


# DKIM


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def signer(key: rsa.RSAPrivateKey) -> Signer:
    def sign(digest: bytes) -> bytes:
        return key.sign(digest, PKCS1v15(), Prehashed(SHA256()))

    return Signer("rsa-sha256", "a.example", "s1", sign)


def public(key: rsa.RSAPrivateKey) -> str:
    form = PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(key.public_key().public_bytes(Encoding.DER, form)).decode()


def test_the_other_half_of_our_key_is_recognised(signer: Signer, key: rsa.RSAPrivateKey) -> None:
    found = dkim.judge(signer, [f"v=DKIM1; k=rsa; p={public(key)}"])
    assert found.level is Level.OK
    assert found.said.startswith("s1._domainkey.a.example has the public key")


def test_white_space_in_a_key_is_none_of_it(signer: Signer, key: rsa.RSAPrivateKey) -> None:
    assert dkim.judge(signer, [f"p={public(key)[:90]} \t {public(key)[90:]}"]).level is Level.OK


def test_an_ed25519_key_is_recognised() -> None:
    ours, other = (ed25519.Ed25519PrivateKey.generate() for _ in range(2))
    signer = Signer("ed25519-sha256", "a.example", "s2", ours.sign)
    raw = [base64.b64encode(k.public_key().public_bytes_raw()).decode() for k in (ours, other)]
    assert dkim.judge(signer, [f"k=ed25519; p={raw[0]}"]).level is Level.OK
    assert dkim.judge(signer, [f"k=ed25519; p={raw[1]}"]).level is Level.FAIL


def test_a_key_of_somebody_else_is_told_apart(signer: Signer) -> None:
    other = rsa.generate_private_key(65537, 2048)
    found = dkim.judge(signer, [f"p={public(other)}"])
    assert found.level is Level.FAIL
    assert "another than the one that signs" in found.said


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([], "no TXT records"),
        (["p=x", "p=x"], "2 TXT records"),
        (["v=DKIM1; p="], "revoked"),
        (["v=DKIM1"], "no key"),
        (["v=DKIM2; p=x"], "v=DKIM2"),
        (["k=ed25519; p=x"], "for ed25519, ours is for rsa"),
        (["h=sha1; p=x"], "leaves sha256 out"),
        (["s=tlsrpt; p=x"], "isn't for mail"),
        (["p=!!!"], "another"),
        (["p=AAAA"], "another"),
    ],
)
def test_a_record_that_verifies_nothing_fails(
    signer: Signer, records: list[str], said: str
) -> None:
    found = dkim.judge(signer, records)
    assert found.level is Level.FAIL
    assert said in found.said
    assert found.remedy


def test_a_key_on_trial_is_a_warning(signer: Signer, key: rsa.RSAPrivateKey) -> None:
    assert dkim.judge(signer, [f"t=y:s; p={public(key)}"]).level is Level.WARN


def test_what_is_to_be_published_is_told_and_would_do(
    tmp_path: Path, write_keys: Callable[[Path], str]
) -> None:
    (tmp_path / "syndicate.toml").write_text(f"{FROM}{write_keys(tmp_path)}")
    for signer in signers(load(tmp_path)):
        missing = dkim.judge(signer, [])
        place, _, record = missing.remedy.partition(": ")
        assert place == f"publish a TXT record at {signer.selector}._domainkey.a.example"
        assert dkim.judge(signer, [record.strip('"')]).level is Level.OK


# Hosts


def reached(resolver: Resolver) -> tuple[Level, str]:
    return one(list(hosts.reachable("a.example", "answers go there", resolver)))


def test_mail_arrives_by_mx_or_else_by_address(zone: Zone, resolver: Resolver) -> None:
    zone.put("a.example", "A", "192.0.2.1")
    assert reached(resolver) == (Level.OK, "none, but an A record, which does")


@pytest.mark.parametrize(
    ("exchanges", "level"),
    [
        (["10 mx.a.example."], Level.OK),
        (["10 mx.a.example.", "20 gone.a.example."], Level.WARN),
        (["10 gone.a.example."], Level.FAIL),
        (["0 ."], Level.FAIL),
    ],
)
def test_exchanges_have_to_be_there(
    zone: Zone, resolver: Resolver, exchanges: list[str], level: Level
) -> None:
    zone.put("a.example", "MX", *exchanges)
    zone.put("mx.a.example", "AAAA", "2001:db8::1")
    assert reached(resolver)[0] is level


def test_a_domain_without_anything_takes_no_mail(resolver: Resolver) -> None:
    level, said = reached(resolver)
    assert level is Level.FAIL
    assert "neither MX nor A" in said


def test_a_relay_of_ours_is_known_by_its_address(zone: Zone, resolver: Resolver) -> None:
    zone.put("mail.a.example", "A", "192.0.2.1")
    level, said = one(list(hosts.reverse("mail.a.example", resolver)))
    assert level is Level.FAIL
    assert "192.0.2.1 has none" in said


def test_name_and_address_have_to_lead_to_each_other(zone: Zone, resolver: Resolver) -> None:
    zone.put("mail.a.example", "A", "192.0.2.1")
    zone.put("1.2.0.192.in-addr.arpa", "PTR", "mail.a.example.")
    assert one(list(hosts.reverse("mail.a.example", resolver)))[0] is Level.OK
    zone.put("other.a.example", "A", "192.0.2.2")
    zone.put("2.2.0.192.in-addr.arpa", "PTR", "mail.a.example.")
    level, said = one(list(hosts.reverse("other.a.example", resolver)))
    assert level is Level.FAIL
    assert "which isn't it" in said


# All of a site's


SETTINGS = """
[mail]
from = "News <news@a.example>"
relay = "smtp://mail.a.example:587"

[bounces]
address = "bounces@b.a.example"
"""


def test_what_is_asked_is_about_sender_envelope_and_our_relay(
    tmp_path: Path, zone: Zone, resolver: Resolver
) -> None:
    (tmp_path / "syndicate.toml").write_text(SETTINGS)
    zone.text("a.example", "v=spf1 mx -all")
    found = {each.what: each.level for each in names.look(load(tmp_path), resolver)}
    assert found == {
        "SPF of b.a.example": Level.FAIL,
        "SPF of a.example": Level.OK,
        "DMARC of a.example": Level.FAIL,
        "MX of b.a.example": Level.FAIL,
        "MX of a.example": Level.FAIL,
        "PTR of mail.a.example": Level.WARN,
    }


def test_where_dns_is_silent_each_check_says_so(
    tmp_path: Path, zone: Zone, resolver: Resolver
) -> None:
    (tmp_path / "syndicate.toml").write_text(SETTINGS)
    zone.silent = True
    found = list(names.look(load(tmp_path), resolver))
    assert {each.level for each in found} == {Level.WARN}
    assert all(each.said.startswith("can't ask: ") for each in found)


def test_captured_mail_asks_nobody(tmp_path: Path, zone: Zone, resolver: Resolver) -> None:
    (tmp_path / "syndicate.toml").write_text("")
    assert one(list(names.look(load(tmp_path), resolver)))[0] is Level.WARN
    assert zone.asked == []
