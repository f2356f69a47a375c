"""The log has a line for each chunk, and one for each delivery that isn't plainly sent; by ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from syndicate.subscribers.model import Status
from tests.delivery.tales import move, order, run, subscribe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App
    from tests.delivery.conftest import FaultyRelay


def test_each_delivery_that_is_not_plainly_sent_is_a_line_and_each_chunk_one(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay
) -> None:
    fine, gone, slow, left = subscribe(app, "fine", "gone", "slow", "left")
    number = order(app, write_post)
    answers = {
        "TO:<gone@y.example>": "550 5.1.1 no <gone@y.example> here",
        "TO:<slow@y.example>": "451 come later",
    }
    relay.answer = lambda _verb, said: answers.get(said)
    (chunk,) = app.plan(number)
    move(app, left, Status.LEFT)
    with capture_logs() as lines:
        app.deliver(number, chunk)
    told = {line["subscriber"]: line for line in lines if line["event"] == "delivery"}
    assert sorted(told) == sorted([gone, slow, left])
    assert told[gone] == {
        "event": "delivery",
        "log_level": "warning",
        "state": "failed",
        "mailing": number,
        "edition": "1",
        "chunk": chunk,
        "delivery": 512 * chunk + 1,
        "subscriber": gone,
        "relay": "default",
        "code": "550 5.1.1",
        "reply": "550 5.1.1 no <recipient> here",
    }
    assert (told[slow]["state"], told[slow]["code"]) == ("deferred", "451")
    assert (told[left]["state"], told[left]["relay"]) == ("skipped", "")
    (line,) = [line for line in lines if line["event"] == "chunk"]
    assert (line["mailing"], line["edition"], line["sent"], line["relays"]) == (
        number,
        "1",
        1,
        "default",
    )
    assert "@" not in str(lines)
    assert fine not in told


def test_a_chunk_that_is_plainly_sent_is_one_line(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay
) -> None:
    subscribe(app, "one", "two")
    number = order(app, write_post)
    with capture_logs() as lines:
        run(app, number)
    assert len(relay.taken) == 2
    said = [line["event"] for line in lines if "mailing" in line]
    assert sorted(said) == ["chunk", "mailing planned"]


def test_the_ids_of_the_log_lead_from_a_post_to_its_messages(
    app: App, write_post: Callable[..., Path], relay: FaultyRelay
) -> None:
    app.sync()
    (one,) = subscribe(app, "one")
    relay.answer = lambda _verb, said: "550 5.1.1 nobody" if said.startswith("TO:") else None
    with capture_logs() as lines:
        number = order(app, write_post)
        run(app, number)
    said = {line["event"]: line for line in lines}
    post, cut = said["taken in"]["post"], said["edition cut"]
    assert str(post) in cut["posts"].split()
    planned, chunk, ended = said["mailing planned"], said["chunk"], said["delivery"]
    assert planned["edition"] == chunk["edition"] == ended["edition"] == str(cut["edition"])
    assert planned["mailing"] == chunk["mailing"] == ended["mailing"] == number
    assert ended["chunk"] == chunk["chunk"]
    assert ended["subscriber"] == one
    assert "@" not in str(lines)
