"""Redis with real files, killed, emptied, put back and failed over in the middle of an edition."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from syndicate.backups import unlocking
from syndicate.delivery.model import MailingState
from syndicate.digests.letters import Kind
from syndicate.errors import LockedError
from tests.backups.outage import READERS, Outage, Server, aof, empty, outage, put_back
from tests.running.machine import free_port, subscribe, until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

SOME, MORE = 8, 16


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("r")) as server:
        yield server


@pytest.fixture
def scene(server: Server, tmp_path: Path) -> Iterator[Outage]:
    with outage(tmp_path, server.url) as found:
        yield found


def beats(scene: Outage, times: int = 3) -> None:
    """The service goes on for so many sweeps' time."""
    app = scene.machine()
    for _ in range(times):
        scene.clock.advance(minutes=1)
        app.life.require()


def snapshot(server: Server, folder: Path) -> Path:
    """An RDB file of this moment."""
    with server.ask() as asked:
        asked.save()
    return Path(shutil.copy(server.folder / "dump.rdb", folder / "old.rdb"))


def test_an_old_rdb_put_in_place_while_the_service_was_stopped_sends_nothing(
    scene: Outage, server: Server, tmp_path: Path
) -> None:
    app = scene.machine()
    mailing = scene.order(app)
    scene.send(app, mailing, SOME)
    old = snapshot(server, tmp_path)
    before = scene.rest(app)
    assert set(before.values()) == {1}
    server.stop()
    put_back(server.folder, old)
    with server:
        again = scene.machine()
        with pytest.raises(LockedError, match="older state than this machine has sent by"):
            again.tick()
        # For a machine that has never seen it, too.
        with pytest.raises(LockedError, match="older state"):
            scene.machine("new").tick()
        assert scene.rest(again) == before
        assert [one.id for one in unlocking.outlook(again).mailings] == [mailing]
        unlocking.unlock(again, unlocking.Since.RETRY, "ops", "the disk failed")
        after = scene.rest(again)
    # What was open by then may go out a second time, as it was; what was known to be sent doesn't.
    assert set(after) == set(before)
    assert max(after.values()) == 2
    assert sum(count == 1 for count in after.values()) >= SOME
    assert scene.differ() == 0


def test_where_a_digest_wants_it_so_what_was_open_is_parked_and_nobody_gets_it_twice(
    scene: Outage, server: Server, tmp_path: Path
) -> None:
    settings = scene.site / "syndicate.toml"
    rule = '\n[[digests]]\ncategory = "tech"\nuncertain = "park"\n'
    settings.write_text(settings.read_text() + rule)
    app = scene.machine()
    mailing = scene.order(app)
    scene.send(app, mailing, SOME)
    old = snapshot(server, tmp_path)
    before = scene.rest(app)
    server.stop()
    put_back(server.folder, old)
    with server:
        again = scene.machine()
        with pytest.raises(LockedError):
            again.tick()
        unlocking.unlock(again, unlocking.Since.RETRY, "ops", "the disk failed")
        assert scene.rest(again) == before
        found = again.ledger.get(mailing)
    assert found.parked == READERS - found.sent > 0
    assert found.sent >= SOME


def test_an_old_rdb_under_a_running_worker_stops_it_before_its_chunk_ends(
    server: Server, tmp_path: Path
) -> None:
    with outage(tmp_path, server.url, delay=0.25) as scene, ThreadPoolExecutor(1) as threads:
        app = scene.machine()
        mailing = scene.order(app)
        at_work = threads.submit(app.deliver, mailing, 0)
        until(lambda: len(scene.relay.taken) >= SOME / 2, "some are out")
        old = snapshot(server, tmp_path)
        beats(scene)
        server.kill()
        put_back(server.folder, old)
        with server:
            assert at_work.result(60)
            before = scene.got()
            assert set(before.values()) == {1}
            assert before.total() < READERS
            assert "older state" in app.life.standing()
            assert scene.rest(app) == before


def test_letters_stop_with_the_one_in_hand_when_the_state_is_locked(
    server: Server, tmp_path: Path
) -> None:
    with outage(tmp_path, server.url, delay=0.3) as scene, ThreadPoolExecutor(1) as threads:
        app = scene.machine()
        for reader in map(app.subscribers.find, subscribe(app, 5, "tech")):
            app.post_letter(Kind.LINK, reader.id)
        at_work = threads.submit(app.send_letters)
        until(lambda: scene.relay.taken, "one is out")
        app.life.lock("a restore is under way")
        assert at_work.result(60) < 5
        assert at_work.result() == scene.got().total()
        with pytest.raises(LockedError, match="a restore is under way"):
            app.send_letters()


def test_an_rdb_that_redis_does_not_read_is_not_taken_for_a_new_beginning(
    scene: Outage, server: Server, tmp_path: Path
) -> None:
    app = scene.machine()
    mailing = scene.order(app)
    before = scene.send(app, mailing, SOME)
    old = snapshot(server, tmp_path)
    server.stop()
    empty(server.folder)
    # With `appendonly yes` Redis looks for its AOF alone.
    shutil.copy(old, server.folder / "dump.rdb")
    with server:
        assert app.store.text.dbsize() == 0
        with pytest.raises(LockedError, match="Redis is empty, though this machine has sent by"):
            scene.machine().tick()
    put_back(server.folder, old)
    with server:
        after = scene.rest(scene.machine())
    assert set(before) < set(after)
    assert (len(after), after.total()) == (READERS, READERS)


def test_flushall_in_the_middle_of_an_edition_ends_it_and_is_told(
    scene: Outage, server: Server
) -> None:
    app = scene.machine()
    mailing = scene.order(app)
    before = scene.send(app, mailing, SOME)
    with server.ask() as asked:
        asked.flushall()
    for act in (app.tick, app.send_letters, lambda: app.deliver(mailing, 0)):
        with pytest.raises(LockedError, match="Redis is empty"):
            act()
    with pytest.raises(LockedError, match="Redis is empty"):
        scene.machine("new").tick()
    assert scene.rest(app) == before
    unlocking.unlock(app, unlocking.Since.NOTHING, "ops", "we begin anew")
    assert app.tick() == []


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_a_redis_that_is_killed_and_comes_back_is_no_alarm(
    end: str, scene: Outage, server: Server
) -> None:
    app = scene.machine()
    mailing = scene.order(app)
    scene.send(app, mailing, SOME)
    getattr(server, end)()
    with server:
        assert not app.life.standing()
        after = scene.rest(app)
        assert app.ledger.get(mailing).state is MailingState.SENT
    assert (len(after), after.total()) == (READERS, READERS)


def test_a_power_failure_is_no_alarm_and_repeats_what_redis_lost(
    scene: Outage, server: Server
) -> None:
    app = scene.machine()
    mailing = scene.order(app)
    safe = scene.send(app, mailing, SOME)
    on_disk = aof(server.folder).stat().st_size
    lost = scene.send(app, mailing, MORE) - safe
    assert lost
    server.kill()
    with aof(server.folder).open("r+b") as file:
        file.truncate(on_disk)
    with server:
        assert not app.life.standing()
        after = scene.rest(app)
    assert len(after) == READERS
    assert {to for to, times in after.items() if times > 1} == set(lost)
    assert max(after.values()) == 2
    assert scene.differ() == 0


@pytest.mark.parametrize("lag", [0, MORE - SOME])
def test_a_replica_that_lags_by_moments_goes_on_and_repeats_what_it_never_heard_of(
    lag: int, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    port = str(free_port())
    with (
        Server(tmp_path_factory.mktemp("p"), "--port", port) as primary,
        Server(tmp_path_factory.mktemp("s"), "--replicaof", "127.0.0.1", port) as replica,
        outage(tmp_path, primary.url) as scene,
    ):
        app = scene.machine()
        mailing = scene.order(app)
        known = scene.send(app, mailing, SOME)
        promote(primary, replica)
        unheard = scene.send(app, mailing, SOME + lag) - known
        assert bool(unheard) is bool(lag)
        primary.kill()
        after = scene.rest(scene.machine(url=replica.url))
    assert len(after) == READERS
    assert {to for to, times in after.items() if times > 1} == set(unheard)
    assert max(after.values()) <= 2
    assert scene.differ() == 0


def test_a_replica_that_lags_further_sends_nothing(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    port = str(free_port())
    with (
        Server(tmp_path_factory.mktemp("p"), "--port", port) as primary,
        Server(tmp_path_factory.mktemp("s"), "--replicaof", "127.0.0.1", port) as replica,
        outage(tmp_path, primary.url) as scene,
    ):
        app = scene.machine()
        mailing = scene.order(app)
        scene.send(app, mailing, SOME)
        promote(primary, replica)
        for _ in range(3):
            scene.clock.advance(seconds=6)
            before = scene.send(app, mailing, scene.got().total() + 1)
        primary.kill()
        other = scene.machine(url=replica.url)
        with pytest.raises(LockedError, match="older state"):
            other.tick()
        assert scene.rest(other) == before


def promote(primary: Server, replica: Server) -> None:
    """Have a replica that has heard all be a server of its own; it hears no more."""
    with primary.ask() as one, replica.ask() as other:
        until(lambda: other.info("replication")["master_link_status"] == "up", "it follows")
        until(replica.has_whole_aof, "the replica's AOF is whole")
        assert one.wait(1, 10_000) == 1
        other.replicaof("NO", "ONE")
