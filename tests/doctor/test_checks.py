"""What the doctor makes of a server, a clock, a disk, templates, settings and state."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from syndicate.delivery.model import Mailing, MailingState
from syndicate.delivery.relays.model import Condition, Standing
from syndicate.delivery.smtp import Security
from syndicate.doctor import clock, demands, disk, relays, server, state, templates
from syndicate.doctor.model import Finding, Level, worst
from syndicate.doctor.store import Server, look
from syndicate.net.client import Client
from syndicate.settings import load
from syndicate.settings.relays import Relay
from syndicate.stores import Stores
from tests import servers
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from syndicate.app import App
    from syndicate.settings import Settings
    from syndicate.store.client import Store
    from tests.conftest import Clock

AFAR = "rediss://syndicate:secret@redis.example:6379"


def levels(findings: Iterable[Finding]) -> dict[str, Level]:
    found = {each.what: each for each in findings}
    assert all(bool(each.remedy) is (each.level is not Level.OK) for each in found.values())
    return {what: each.level for what, each in found.items()}


def test_the_worst_counts() -> None:
    found = [Finding("", level, "") for level in (Level.WARN, Level.FAIL, Level.OK)]
    assert worst(found) is Level.FAIL
    assert worst(found[::2]) is Level.WARN
    assert worst([]) is Level.OK


# Redis

GOOD = Server(
    version="7.2.4",
    used=1_000_000,
    limit=0,
    eviction="noeviction",
    appends=True,
    written=True,
    open=False,
    user="syndicate",
    ahead=0.0,
)


def test_a_server_as_ours_is_set_up_is_fine() -> None:
    assert set(levels(server.judge(GOOD, AFAR)).values()) == {Level.OK}


@pytest.mark.parametrize(
    ("change", "what", "level"),
    [
        ({"version": "6.2.14"}, "version", Level.WARN),
        ({"version": "5.0.3"}, "version", Level.FAIL),
        ({"appends": False}, "persistence", Level.FAIL),
        ({"written": False}, "persistence", Level.FAIL),
        ({"eviction": "allkeys-lru"}, "eviction", Level.FAIL),
        ({"limit": 1_200_000}, "memory", Level.WARN),
        ({"limit": 1_010_000}, "memory", Level.FAIL),
        ({"limit": 9_000_000}, "memory", Level.OK),
        ({"open": True}, "access", Level.FAIL),
        ({"user": "default"}, "access", Level.WARN),
        ({"user": ""}, "access", Level.OK),
    ],
)
def test_what_is_wrong_with_a_server_is_told(
    change: dict[str, Any], what: str, level: Level
) -> None:
    found = levels(server.judge(replace(GOOD, **change), AFAR))
    assert found.pop(what) is level
    assert set(found.values()) == {Level.OK}


def test_what_goes_over_a_network_in_clear_is_a_warning() -> None:
    assert levels(server.judge(GOOD, AFAR.replace("rediss", "redis")))["encryption"] is Level.WARN


@pytest.mark.parametrize("url", ["", "unix:///run/redis.sock", "redis://127.0.0.1:6379"])
def test_on_this_machine_alone_no_password_is_needed(url: str) -> None:
    alone = replace(GOOD, open=True, user="default")
    assert set(levels(server.judge(alone, url)).values()) == {Level.OK}


def test_the_embedded_server_may_be_older() -> None:
    assert levels(server.judge(replace(GOOD, version="6.2.14"), ""))["version"] is Level.OK


def test_a_real_server_tells_all_of_it(store: Store, redis_url: str) -> None:
    found = look(store, redis_url, lambda: datetime.now(UTC))
    assert found.appends
    assert found.eviction == "noeviction"
    assert found.open
    assert found.user == "default"
    assert found.used > 0
    assert abs(found.ahead) < 1


# Clocks


@pytest.mark.parametrize(
    ("ahead", "level"),
    [(0.4, Level.OK), (-0.9, Level.OK), (2, Level.WARN), (-60, Level.FAIL)],
)
def test_the_clock_of_redis_is_ours(ahead: float, level: Level) -> None:
    assert clock.against_redis(ahead).level is level


@pytest.mark.parametrize(("off", "level"), [(5, Level.OK), (-600, Level.FAIL), (600, Level.FAIL)])
def test_the_date_of_the_sites_server_is_ours(off: int, level: Level) -> None:
    client = Client(agent="test", allow_private=True)
    with servers.running() as web:
        web.pages["/"] = servers.Page()
        now = datetime.now(UTC) + timedelta(seconds=off)
        found = clock.against_web(f"{web.url}/", client, lambda: now)
    assert found
    assert found.level is level


def test_where_no_server_has_a_date_nothing_is_said() -> None:
    client = Client(agent="test", allow_private=True)
    assert clock.against_web("http://127.0.0.1:1/", client, lambda: NOW) is None


# Disk


@pytest.mark.parametrize(
    ("free", "level"),
    [(5_000_000_000, Level.OK), (500_000_000, Level.WARN), (50_000_000, Level.FAIL)],
)
def test_a_disk_needs_room(tmp_path: Path, free: int, level: Level) -> None:
    assert disk.judge("state", tmp_path, free).level is level


def test_a_folder_that_is_to_be_made_is_looked_for_above(tmp_path: Path) -> None:
    assert "no folder" not in disk.look("state", tmp_path / "not" / "yet").said


def test_a_file_in_the_way_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = disk.look("state", tmp_path / "file" / "below")
    assert (found.level, found.said) == (Level.FAIL, f"{tmp_path / 'file'} is no folder")


def settings_of(folder: Path, text: str) -> Settings:
    (folder / "syndicate.toml").write_text(text)
    return load(folder)


# Templates


def test_a_site_without_templates_has_ours(tmp_path: Path) -> None:
    (found,) = templates.look(settings_of(tmp_path, ""))
    assert (found.level, found.said) == (Level.OK, "ours alone")


def test_every_template_is_compiled_those_of_categories_too(tmp_path: Path) -> None:
    folder = tmp_path / "templates" / "email" / "digest"
    (folder / "tech").mkdir(parents=True)
    (folder / "subject.txt").write_text("{{ title }}\n")
    (folder / "tech" / "body.txt").write_text("ok\n{% if %}\n")
    (folder / "tech" / "style.css").write_text("a { color: {{ red }")
    faults = [each.said for each in templates.look(settings_of(tmp_path, ""))]
    assert any(each.startswith("templates/email/digest/tech/body.txt:2: ") for each in faults)
    assert {each.level for each in templates.look(settings_of(tmp_path, ""))} == {Level.FAIL}
    for name in ("body.txt", "style.css"):
        (folder / "tech" / name).unlink()
    (found,) = templates.look(settings_of(tmp_path, ""))
    assert (found.level, found.said) == (Level.OK, "1 of the site's own")


def test_folders_that_rules_name_are_looked_into_and_have_to_be_there(tmp_path: Path) -> None:
    weekly = '[[cadences]]\nname = "weekly"\ncron = "0 8 * * 1"\ntemplate = "weekly"\n'
    (found,) = templates.look(settings_of(tmp_path, weekly))
    assert found.said == "templates/weekly: is no folder, though a digest wants it"
    folder = tmp_path / "templates" / "weekly" / "digest"
    folder.mkdir(parents=True)
    (folder / "body.txt").write_text("{% if %}\n")
    (found,) = templates.look(settings_of(tmp_path, weekly))
    assert found.said.startswith("templates/weekly/digest/body.txt:1: ")


# Settings


READY = """
[web]
url = "https://news.a.example"
[mail]
from = "News <news@a.example>"
postal_address = "1 Example Road"
relay = "smtp://mail.a.example:587"
"""


def test_settings_that_may_mail_to_strangers(
    tmp_path: Path, write_keys: Callable[[Path], str]
) -> None:
    found = levels(demands.judge(settings_of(tmp_path, READY + write_keys(tmp_path))))
    assert set(found.values()) == {Level.OK}


def test_settings_that_may_not_are_told_what_they_lack(tmp_path: Path) -> None:
    text = '[mail]\nrelay = "smtp://mail.a.example:587"\n'
    assert levels(demands.judge(settings_of(tmp_path, text))) == {
        "postal address": Level.FAIL,
        "web address": Level.FAIL,
        "sender": Level.FAIL,
        "signing key": Level.OK,
        "DKIM keys": Level.FAIL,
    }


def test_what_is_captured_may_come_from_anywhere(tmp_path: Path) -> None:
    found = levels(demands.judge(settings_of(tmp_path, "")))
    assert found["web address"] is found["sender"] is Level.WARN
    assert "DKIM keys" not in found


def test_a_key_that_others_can_read_is_told(
    tmp_path: Path, write_keys: Callable[[Path], str]
) -> None:
    settings = settings_of(tmp_path, READY + write_keys(tmp_path))
    (tmp_path / "rsa.pem").chmod(0o644)
    settings.state_folder.mkdir()
    (settings.state_folder / "secret.key").touch(0o644)
    found = levels(demands.judge(settings))
    assert found["private files"] is Level.WARN
    assert found["signing key"] is Level.FAIL


def test_a_key_of_one_machine_is_not_for_several(tmp_path: Path) -> None:
    text = '[redis]\nurl = "redis://redis.example"\n'
    assert levels(demands.judge(settings_of(tmp_path, text)))["signing key"] is Level.WARN


# Relays


@pytest.mark.parametrize(
    ("days", "level"), [(60, Level.OK), (10, Level.WARN), (1, Level.FAIL), (-1, Level.FAIL)]
)
def test_a_certificate_is_renewed_in_time(days: int, level: Level) -> None:
    secure = Security("TLSv1.3", ("mail.a.example",), NOW + timedelta(days=days))
    assert relays.security("main", secure, NOW).level is level


def test_without_pipelining_mail_is_slow() -> None:
    assert levels(relays.offered("main", {"size": "1000"}))["main extensions"] is Level.WARN
    all_of_it = {"pipelining": "", "size": "1", "enhancedstatuscodes": "", "8bitmime": ""}
    assert levels(relays.offered("main", all_of_it))["main extensions"] is Level.OK


def test_a_relay_that_is_left_alone_is_told() -> None:
    assert relays.standing("main", Standing()) is None
    down = relays.standing("main", Standing(Condition.DOWN, "no answer"))
    assert down
    assert (down.level, down.said) == (Level.FAIL, "down: no answer")
    paused = relays.standing("main", Standing(Condition.PAUSED))
    assert paused
    assert paused.level is Level.WARN


def test_a_relay_that_is_away_is_one_line(app: App) -> None:
    relay = Relay(name="main", url="smtp://127.0.0.1:1")
    (found,) = relays.look(app.settings, relay, NOW)
    assert found.level is Level.FAIL
    assert "127.0.0.1:1" in found.said


def test_a_relay_says_what_it_offers(app: App, sink: Path) -> None:
    del sink
    found = list(relays.look(app.settings, app.settings.roads[0], NOW))
    assert [each.level for each in found] == [Level.OK, Level.OK]


# State


def mailing(state: MailingState, **rest: Any) -> Mailing:  # noqa: ANN401 - any field of it
    return Mailing(id=3, editions=(1,), state=state, ordered_at=NOW, **rest)


def test_a_mailing_that_somebody_works_on_is_not_idle() -> None:
    now = NOW.timestamp()
    assert state.waits(mailing(MailingState.SENDING), now, now - 180) == ""
    assert state.waits(mailing(MailingState.SENDING), None, now) == ""
    assert state.waits(mailing(MailingState.PAUSED), now, now + 9999) == ""


def test_a_mailing_that_nobody_works_on_is_told() -> None:
    late = NOW.timestamp() + 200
    assert state.waits(mailing(MailingState.SENDING), late - 20, late) == "m3 waits for a worker"
    ordered = mailing(MailingState.ORDERED, trouble="no address")
    assert state.waits(ordered, None, late) == "m3 was ordered and never planned (no address)"


def found_in(app: App, clock: Clock) -> dict[str, Level]:
    stores = Stores.of(app.settings, app.store)
    return levels(state.look(app.settings, app.store, stores, clock(), lambda _done, _all: None))


def test_a_state_that_agrees_is_fine(
    app: App, clock: Clock, write_post: Callable[..., Path]
) -> None:
    write_post("one", "tech")
    app.sync()
    assert set(found_in(app, clock).values()) == {Level.OK}


def test_what_lies_about_is_told(
    app: App, clock: Clock, store: Store, write_post: Callable[..., Path]
) -> None:
    write_post("one", "tech")
    app.sync(announce=True)
    edition = app.desk.cut("daily", "tech")
    assert edition
    app.subscribers.add("a@b.example", clock())
    store.text.hincrby(store.keys.subscriber_counts, "people:active", 7)
    store.text.delete(store.keys.log("tech"))
    clock.advance(hours=1)
    app.life.lock("it was restored")
    assert found_in(app, clock) == {
        "sending": Level.FAIL,
        "subscribers": Level.FAIL,
        "categories": Level.WARN,
        "mailings": Level.OK,
        "editions": Level.FAIL,
    }
    app.desk.order(edition.id)
    clock.advance(hours=1)
    assert found_in(app, clock)["mailings"] is Level.FAIL
