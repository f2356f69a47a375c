"""A letter that was posted reaches its reader, whatever the relay and the workers do."""

from __future__ import annotations

import email
import email.policy
import threading
from base64 import b64encode
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import dkim
import pytest
import structlog.testing
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from syndicate.delivery.letters import Leased, Letter
from syndicate.delivery.model import RELAY_REST, RETRIES, State
from syndicate.delivery.secretary import EVERYTHING
from syndicate.digests.letters import Kind
from syndicate.digests.template import MessageTemplate
from syndicate.errors import StoreError
from syndicate.subscribers import changes
from syndicate.subscribers.model import Digest, Reason, Status, Suppression
from syndicate.subscribers.moves import Moves
from syndicate.subscribers.tokens import Purpose, verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage
    from pathlib import Path

    from syndicate.app import App
    from tests.conftest import Clock
    from tests.delivery.conftest import FaultyRelay

TECH, MACRO = Digest("daily", "tech"), Digest("weekly", "macro")
READER = "reader@y.example"


def subscriber(app: App, address: str = READER, state: Status = Status.PENDING) -> int:
    found = app.subscribers.add(address, app.clock())
    app.subscribers.change(found, [TECH, MACRO], state, app.clock(), {"method": "test"})
    return found


def ask(app: App, address: str = READER, act: str = "") -> int:
    """Somebody asks for digests."""
    return app.post_letter(Kind.CONFIRM, subscriber(app, address), [TECH, MACRO], act=act)


def parsed(message: bytes) -> EmailMessage:
    found = email.message_from_bytes(message, policy=email.policy.default)
    assert isinstance(found, email.message.EmailMessage)
    return found


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part
    return str(part.get_content())


def token_in(message: EmailMessage, page: str) -> str:
    (line,) = (line for line in text_of(message).splitlines() if f"/{page}/" in line)
    return line.rpartition("/")[2]


@pytest.fixture
def moves(app: App) -> Moves:
    return Moves(app.store)


def waiting(app: App) -> list[str]:
    """All that Redis holds of letters, the counts and what was done apart."""
    keys = app.store.keys
    found = [str(key) for key in app.store.text.scan_iter(f"{keys.prefix}:letter*")]
    return sorted(set(found) - {keys.letter_seq, keys.letter_counts})


def test_who_asks_is_asked_whether_he_means_it(app: App, relay: FaultyRelay) -> None:
    number = subscriber(app)
    app.post_letter(Kind.CONFIRM, number, [TECH, MACRO])
    assert app.sweep().letters
    assert app.send_letters() == 1
    ((recipient, message),) = relay.taken
    assert recipient == READER
    letter = parsed(message)
    assert letter["To"] == READER
    assert "List-Unsubscribe" not in letter
    assert "tech" in text_of(letter)
    assert "macro" in text_of(letter)
    claim = verify(app.keyring, token_in(letter, "confirm"), Purpose.CONFIRM)
    assert claim.subscriber == number
    assert claim.number == int(app.clock().timestamp())
    assert waiting(app) == []
    assert not app.sweep().letters
    assert app.letters.counts() == {(Kind.CONFIRM, State.SENT): 1}


def test_the_welcome_is_left_by_one_click_and_leads_to_all_that_can_be_changed(
    app: App, relay: FaultyRelay
) -> None:
    number = subscriber(app, state=Status.ACTIVE)
    app.post_letter(Kind.WELCOME, number, [TECH, MACRO])
    app.send_letters()
    letter = parsed(relay.taken[0][1])
    choose = verify(app.keyring, token_in(letter, "preferences"), Purpose.PREFERENCES)
    assert choose.subscriber == number
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = letter["List-Unsubscribe"].strip("<>").rpartition("/")[2]
    assert token == token_in(letter, "u")
    leave = verify(app.keyring, token, Purpose.UNSUBSCRIBE)
    assert (leave.subscriber, leave.number) == (number, EVERYTHING)


def test_a_welcome_shows_the_newest_edition_that_went_out(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay
) -> None:
    app.sync()
    write_post("one", "tech")
    app.sync()
    edition = app.desk.cut("daily", "tech")
    assert edition
    number = subscriber(app, state=Status.ACTIVE)
    for order in (lambda _edition: None, app.desk.order):
        order(edition.id)
        app.post_letter(Kind.WELCOME, number, [TECH])
        app.send_letters()
    before, after = (f"/editions/{edition.id}" in text_of(parsed(m)) for _, m in relay.taken)
    assert (before, after) == (False, True)


def test_a_move_goes_to_the_new_address_and_all_else_to_the_one_he_has_by_then(
    app: App, relay: FaultyRelay, moves: Moves
) -> None:
    number = subscriber(app, state=Status.ACTIVE)
    moves.ask(number, "new@y.example", app.clock())
    app.post_letter(Kind.MOVE, number)
    app.post_letter(Kind.LINK, number)
    app.subscribers.alter(number, lambda one: changes.move(one, "moved@y.example"), app.clock(), {})
    app.send_letters()
    assert relay.recipients() == ["new@y.example", "moved@y.example"]
    claim = verify(app.keyring, token_in(parsed(relay.taken[0][1]), "move"), Purpose.MOVE)
    assert (claim.subscriber, claim.number) == (number, int(app.clock().timestamp()))


def test_a_move_that_was_thought_over_asks_at_the_last_address_alone(
    app: App, clock: Clock, relay: FaultyRelay, moves: Moves
) -> None:
    number = subscriber(app, state=Status.ACTIVE)
    for address in ("first@y.example", "second@y.example"):
        clock.advance(seconds=1)
        moves.ask(number, address, clock())
        app.post_letter(Kind.MOVE, number, asked_at=clock())
    app.send_letters()
    assert relay.recipients() == ["second@y.example"]
    app.post_letter(Kind.MOVE, number)
    moves.forget(number)
    assert app.send_letters() == 0
    assert waiting(app) == []


def test_the_readers_own_language_and_zone_win(app: App, relay: FaultyRelay) -> None:
    number = subscriber(app)
    app.post_letter(Kind.CONFIRM, number, [TECH])
    app.subscribers.alter(
        number,
        lambda one: changes.describe(one, language="zh-Hans", zone="Europe/Berlin"),
        app.clock(),
        {},
    )
    app.send_letters()
    letter = parsed(relay.taken[0][1])
    assert "请确认" in letter["Subject"]
    # 06:00 UTC.
    assert "7:00 GMT+01:00" in text_of(letter)


def test_the_same_act_gives_one_letter(app: App, relay: FaultyRelay) -> None:
    first = ask(app, act="confirm 1 at 1763880000")
    assert ask(app, act="confirm 1 at 1763880000") == first
    assert ask(app, act="confirm 1 at 1763880060") != first
    app.send_letters()
    assert len(relay.taken) == 2
    assert ask(app, act="confirm 1 at 1763880000") == first
    assert app.send_letters() == 0


def test_letters_that_the_settings_do_not_want_are_not_posted(
    app: App, site: Path, open_app: Callable[[], App]
) -> None:
    number = subscriber(app, state=Status.ACTIVE)
    assert app.post_letter(Kind.WELCOME, number, [TECH])
    assert not app.post_letter(Kind.GOODBYE, number, [TECH])
    path = site / "syndicate.toml"
    path.write_text(path.read_text().replace("[mail]", "[mail]\nwelcome = false\ngoodbye = true"))
    other = open_app()
    assert not other.post_letter(Kind.WELCOME, number, [TECH])
    assert other.post_letter(Kind.GOODBYE, number, [TECH])


def test_nothing_goes_to_who_is_gone_suppressed_or_has_left_meanwhile(
    app: App, relay: FaultyRelay
) -> None:
    gone, barred, left = (subscriber(app, f"{n}@y.example", Status.ACTIVE) for n in range(3))
    for number in (gone, barred, left):
        app.post_letter(Kind.WELCOME, number, [TECH])
    now = app.clock()
    app.subscribers.alter(gone, lambda _one: None, now, {})
    why = Suppression(Reason.COMPLAINT, "test", now)
    app.subscribers.alter(barred, lambda one: changes.suppress(one, why), now, {})
    app.subscribers.change(left, [TECH], Status.LEFT, now, {})
    assert app.send_letters() == 0
    assert relay.taken == []
    assert waiting(app) == []
    assert app.letters.counts() == {(Kind.WELCOME, State.SKIPPED): 3}


def test_a_letter_holds_no_address(app: App, relay: FaultyRelay, moves: Moves) -> None:
    relay.answer = lambda verb, _argument: "451 later" if verb == "RCPT" else None
    number = subscriber(app)
    moves.ask(number, "new@y.example", app.clock())
    for kind in Kind:
        app.post_letter(kind, number, [TECH])
    app.send_letters()
    records = [key for key in waiting(app) if ":letter:" in key]
    assert len(records) == len([Kind.CONFIRM, Kind.MOVE, Kind.LINK])
    for record in records:
        kept = cast("dict[bytes, bytes]", app.store.raw.hgetall(record))
        assert b"message" in kept
        message = MessageTemplate.loads(kept.pop(b"message")).join([b"TO"])
        whole = b"".join(kept.values()) + b"".join(
            str(part.get_content()).encode() for part in parsed(message).iter_parts()
        )
        for address in (READER.encode(), b"new@y.example"):
            assert address not in whole


def test_a_retry_has_the_same_bytes_whatever_changed_meanwhile(
    app: App, site: Path, open_app: Callable[[], App], clock: Clock, relay: FaultyRelay
) -> None:
    relay.answer = lambda verb, _argument: "drop after taking" if verb == "DOT" else None
    ask(app)
    assert app.send_letters() == 0
    path = site / "syndicate.toml"
    path.write_text(path.read_text().replace('title = "Lanjiang"', 'title = "Otherwise"'))
    clock.advance(seconds=RETRIES[0] * 1.25)
    relay.answer = lambda _verb, _argument: None
    assert open_app().send_letters() == 1
    first, second = relay.taken
    assert first == second
    assert app.letters.counts() == {(Kind.CONFIRM, State.SENT): 1}


def test_what_a_relay_puts_off_is_tried_again_ever_later_until_its_time_is_over(
    app: App, clock: Clock, relay: FaultyRelay
) -> None:
    relay.answer = lambda verb, _argument: "451 4.7.1 greylisted" if verb == "RCPT" else None
    ask(app)
    tries, began = [], clock()
    while app.letters.counts() == {}:
        if app.letters.is_due(clock()):
            app.send_letters()
            tries.append((clock() - began).total_seconds())
        clock.advance(seconds=60)
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    for pause, least in zip(pauses, RETRIES, strict=False):
        assert least <= pause <= least * 1.25 + 60
    assert tries[-1] < timedelta(hours=48).total_seconds()
    assert app.letters.counts() == {(Kind.CONFIRM, State.FAILED): 1}
    assert waiting(app) == []


def test_a_letter_that_nobody_sent_for_two_days_is_sent_no_more(
    app: App, clock: Clock, relay: FaultyRelay
) -> None:
    ask(app)
    clock.advance(hours=48, seconds=1)
    assert app.send_letters() == 0
    assert relay.taken == []
    assert app.letters.counts() == {(Kind.CONFIRM, State.FAILED): 1}


def test_a_refusal_is_final_and_its_reason_is_logged_without_the_address(
    app: App, relay: FaultyRelay
) -> None:
    relay.answer = lambda verb, _argument: (
        f"550 5.1.1 <{READER.upper()}> is unknown" if verb == "RCPT" else None
    )
    ask(app)
    with structlog.testing.capture_logs() as logs:
        assert app.send_letters() == 0
    assert app.letters.counts() == {(Kind.CONFIRM, State.FAILED): 1}
    assert waiting(app) == []
    assert any("5.1.1" in str(line.get("reason")) for line in logs)
    assert READER not in str(logs).lower()


def test_a_relay_in_trouble_costs_no_tries_and_stops_the_rest(
    app: App, clock: Clock, relay: FaultyRelay
) -> None:
    relay.answer = lambda verb, _argument: "421 going down" if verb == "MAIL" else None
    for n in range(3):
        ask(app, f"reader{n}@y.example")
    assert app.send_letters() == 0
    assert relay.connections == 1
    assert app.letters.is_due(clock())
    relay.answer = lambda _verb, _argument: None
    clock.advance(seconds=10)
    assert app.send_letters() == 2
    clock.advance(seconds=RELAY_REST)
    assert app.send_letters() == 1
    assert len(set(relay.recipients())) == 3


def test_one_refused_letter_holds_up_no_other(app: App, relay: FaultyRelay) -> None:
    relay.answer = lambda verb, argument: (
        "550 no" if verb == "RCPT" and "reader1@" in argument else None
    )
    for n in range(3):
        ask(app, f"reader{n}@y.example")
    assert app.send_letters() == 2
    assert relay.connections == 1


def test_a_letter_whose_template_is_wrong_waits_until_it_is_mended_and_others_go(
    app: App, site: Path, clock: Clock, relay: FaultyRelay
) -> None:
    folder = site / "templates" / "email" / "confirm"
    folder.mkdir(parents=True)
    (folder / "body.txt").write_text("{{ masthead.postal_address }}")
    ask(app)
    app.post_letter(Kind.LINK, subscriber(app))
    with structlog.testing.capture_logs() as logs:
        assert app.send_letters() == 1
    assert "preferences" in parsed(relay.taken[0][1])["Subject"]
    assert "templates/email/confirm/body.txt: has no line {{ link }}" in str(logs)
    (folder / "body.txt").unlink()
    clock.advance(seconds=RELAY_REST)
    assert app.send_letters() == 1


def test_without_a_postal_address_none_is_sent(
    site: Path, open_app: Callable[[], App], relay: FaultyRelay
) -> None:
    path = site / "syndicate.toml"
    path.write_text(path.read_text().replace("postal_address", "# "))
    app = open_app()
    ask(app)
    assert app.send_letters() == 0
    assert relay.taken == []
    assert app.sweep().letters is False
    assert len(waiting(app)) > 0


def test_a_worker_that_dies_with_a_letter_in_hand_loses_none(
    app: App, open_app: Callable[[], App], clock: Clock, relay: FaultyRelay
) -> None:
    ask(app)
    dead_at = clock().timestamp() + app.settings.delivery.heartbeat
    assert app.letters.lease(clock(), dead_at)
    other = open_app()
    assert other.send_letters() == 0
    assert not other.sweep().letters
    clock.advance(seconds=app.settings.delivery.heartbeat)
    assert other.sweep().letters
    assert other.send_letters() == 1
    assert relay.recipients() == [READER]


def test_a_relay_that_goes_away_at_the_final_dot_takes_the_next_letter_on_a_new_connection(
    app: App, relay: FaultyRelay
) -> None:
    relay.answer = lambda verb, argument: (
        "drop" if verb == "DOT" and argument.startswith("reader0@") else None
    )
    for n in range(3):
        ask(app, f"reader{n}@y.example")
    assert app.send_letters() == 2
    assert relay.connections == 2
    assert relay.recipients() == ["reader1@y.example", "reader2@y.example"]


def test_a_slow_relay_has_a_letter_to_itself(
    site: Path,
    open_app: Callable[[], App],
    clock: Clock,
    relay: FaultyRelay,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with (site / "syndicate.toml").open("a") as file:
        file.write("heartbeat = 0.3\n")
    app = open_app()
    ask(app)
    renewed, renew = threading.Event(), app.letters.renew
    others: list[int] = []

    def noted(leased: Leased, dead_at: float) -> bool:
        done = renew(leased, dead_at)
        renewed.set()
        return done

    def slowly(_recipient: str) -> None:
        clock.advance(seconds=60)
        renewed.clear()
        assert renewed.wait(10)
        others.append(open_app().send_letters())

    monkeypatch.setattr(app.letters, "renew", noted)
    relay.at_dot = slowly
    assert app.send_letters() == 1
    assert others == [0]
    assert len(relay.taken) == 1


def test_a_worker_whose_time_is_over_leaves_the_rest_to_the_next(
    app: App, clock: Clock, relay: FaultyRelay
) -> None:
    for n in range(3):
        ask(app, f"reader{n}@y.example")
    limits = app.settings.delivery
    # The first takes half of it, the second the other and a little more.
    half = (limits.hard_limit - limits.final_dot) / 2 + 1
    relay.at_dot = lambda _recipient: clock.advance(seconds=half)
    assert app.send_letters() == 2
    assert app.letters.is_due(clock())


def test_redis_away_after_the_final_dot_makes_a_second_copy_and_never_none(
    app: App, clock: Clock, relay: FaultyRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(app)

    def away(*_: object) -> bool:
        raise StoreError("away")

    with monkeypatch.context() as broken:
        for verb in ("end", "defer"):
            broken.setattr(app.letters, verb, away)
        with pytest.raises(StoreError):
            app.send_letters()
    clock.advance(seconds=app.settings.delivery.heartbeat)
    assert app.send_letters() == 1
    first, second = relay.taken
    assert first == second


def test_a_fault_of_ours_holds_up_no_other_letter(
    app: App, relay: FaultyRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(app, "bad@y.example")
    ask(app, "good@y.example")
    real = app._courier._secretary.__class__.address

    def address(self: object, message: bytes, to: str) -> bytes:
        if to.startswith("bad"):
            raise ZeroDivisionError
        return real(self, message, to)  # type: ignore[arg-type]

    monkeypatch.setattr(app._courier._secretary.__class__, "address", address)
    with pytest.raises(ZeroDivisionError):
        app.send_letters()
    assert app.send_letters() == 1
    assert relay.recipients() == ["good@y.example"]


def test_a_worker_that_lost_its_lease_changes_nothing_but_what_is_a_fact(
    app: App, clock: Clock
) -> None:
    ask(app)
    slow = app.letters.lease(clock(), clock().timestamp() + 1)
    clock.advance(seconds=1)
    quick = app.letters.lease(clock(), clock().timestamp() + 9)
    assert slow
    assert quick
    assert quick.token > slow.token
    assert not app.letters.renew(slow, clock().timestamp() + 99)
    assert app.letters.keep(slow, b"its own") is None
    assert not app.letters.defer(slow, clock().timestamp() + 99, 1)
    assert app.letters.keep(quick, b"first") == b"first"
    assert app.letters.keep(quick, b"second") == b"first"
    assert app.letters.renew(quick, clock().timestamp() + 99)
    assert app.letters.end(slow.letter, State.SENT)
    assert not app.letters.end(quick.letter, State.SENT)
    assert waiting(app) == []
    assert app.letters.counts() == {(Kind.CONFIRM, State.SENT): 1}


def test_ten_workers_send_none_twice(
    app: App, open_app: Callable[[], App], relay: FaultyRelay
) -> None:
    addresses = [f"reader{n}@y.example" for n in range(40)]
    for address in addresses:
        ask(app, address)
    with ThreadPoolExecutor(10) as pool:
        sent = sum(pool.map(lambda worker: worker.send_letters(), [open_app() for _ in range(10)]))
    assert sent == 40
    assert Counter(relay.recipients()) == Counter(addresses)


def test_a_letter_is_read_as_it_was_posted(app: App, clock: Clock) -> None:
    letter = Letter(
        kind=Kind.CONFIRM,
        subscriber=7,
        asked_at=clock(),
        digests=(TECH, Digest("weekly", "a: b")),
    )
    number = app.letters.post(letter)
    leased = app.letters.lease(clock(), clock().timestamp() + 9)
    assert leased
    assert leased.letter == replace(letter, id=number)


def test_letters_are_signed_as_digests_are(
    site: Path,
    open_app: Callable[[], App],
    write_keys: Callable[[Path], str],
    relay: FaultyRelay,
) -> None:
    with (site / "syndicate.toml").open("a") as file:
        file.write(write_keys(site))
    app = open_app()
    ask(app)
    app.send_letters()
    ((_, message),) = relay.taken
    assert len(parsed(message).get_all("DKIM-Signature", [])) == 2
    key = load_pem_private_key((site / "rsa.pem").read_bytes(), None)
    info = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    record = b"v=DKIM1; k=rsa; p=" + b64encode(info)

    def verifies(signed: bytes) -> bool:
        return bool(dkim.DKIM(signed).verify(dnsfunc=lambda _name, timeout=5: record))  # noqa: ARG005 - its port

    assert verifies(message)
    assert not verifies(b"List-Unsubscribe: <https://evil.example/>\r\n" + message)
    assert not verifies(message.replace(b"Auto-Submitted: auto-generated", b"Auto-Submitted: no"))
