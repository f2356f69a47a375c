"""Each reader gets it once, at his own hour, within the window and on no quiet day."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicate.app import App
from syndicate.delivery.model import CHUNK, MailingState
from syndicate.digests.model import Life
from syndicate.schedules.model import slot_name
from syndicate.settings import load
from syndicate.store import client
from syndicate.subscribers import changes
from syndicate.subscribers.model import Digest, Status
from tests.conftest import Clock, on_a_machine_of_its_own

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from tests.delivery.conftest import FaultyRelay

TECH, MONEY = Digest("daily", "tech"), Digest("daily", "money")
SHANGHAI = ZoneInfo("Asia/Shanghai")
#: A Tuesday at 08:00 in Shanghai, where the site is.
SLOT = datetime(2026, 11, 24, tzinfo=UTC)
ZONES = ["", "Asia/Shanghai", "Asia/Tokyo", "Pacific/Kiritimati", "Asia/Kathmandu"]
ZONES += ["Europe/Berlin", "America/New_York", "Pacific/Pago_Pago"]


@pytest.fixture
def cadence(site: Path, open_app: Callable[[], App]) -> Callable[[str], App]:
    """The site's service with a daily cadence of which this is said."""
    plain = (site / "syndicate.toml").read_text()

    def write(said: str) -> App:
        text = f'{plain}\n[[cadences]]\nname = "daily"\ncron = "0 8 * * *"\n{said}\n'
        (site / "syndicate.toml").write_text(text)
        return open_app()

    return write


def join(app: App, name: str, zone: str = "", *, digests: tuple[Digest, ...] = (TECH,)) -> int:
    number = app.subscribers.add(f"{name}@y.example", app.clock())
    app.subscribers.change(number, digests, Status.ACTIVE, app.clock(), {})
    move(app, number, zone)
    return number


def move(app: App, reader: int, zone: str) -> None:
    app.subscribers.alter(reader, lambda one: changes.describe(one, zone=zone), app.clock(), {})


def order(
    app: App, write_post: Callable[..., Path], slot: str = slot_name(SLOT), *categories: str
) -> list[int]:
    """The mailings of a slot for which these categories have a post each."""
    app.sync()
    for category in categories or ("tech",):
        write_post(f"about-{category}", category)
    app.sync()
    for category in categories or ("tech",):
        digest = Digest("daily", category)
        app.editions.cut(digest, slot, app.clock(), most=9, life=Life.SCHEDULED, by="tick")
    return app.desk.orders.slot("daily", slot)


def work(app: App) -> None:
    """What workers do until nothing is due."""
    while (found := app.sweep()).plan or found.deliver:
        for mailing in found.plan:
            list(app.plan(mailing))
        for mailing, chunk in found.deliver:
            app.deliver(mailing, chunk)


def watch(app: App, clock: Clock, relay: FaultyRelay, until: datetime) -> dict[str, datetime]:
    """Work every half hour; when each reader got his mail. None gets two."""
    got: dict[str, datetime] = {}
    while clock.now <= until:
        before = len(relay.taken)
        work(app)
        for recipient, _ in relay.taken[before:]:
            assert recipient not in got
            got[recipient] = clock.now
        clock.advance(minutes=30)
    return got


@pytest.mark.slow
def test_each_zone_gets_it_when_its_clocks_show_the_hour(
    cadence: Callable[[str], App],
    write_post: Callable[..., Path],
    clock: Clock,
    relay: FaultyRelay,
) -> None:
    app = cadence("local = true")
    readers = {f"reader{n}@y.example": join(app, f"reader{n}", z) for n, z in enumerate(ZONES)}
    # It is 08:00 on the first of all clocks.
    clock.now = SLOT - timedelta(hours=6)
    (mailing,) = order(app, write_post)
    got = watch(app, clock, relay, SLOT + timedelta(hours=20))
    assert set(got) == set(readers)
    for n, zone in enumerate(ZONES):
        shown = got[f"reader{n}@y.example"].astimezone(ZoneInfo(zone) if zone else SHANGHAI)
        # Of Kathmandu, 5:45 ahead, it is looked at a quarter of an hour later.
        assert f"{shown:%Y-%m-%d %H}" == "2026-11-24 08", zone
    assert app.ledger.get(mailing).state is MailingState.SENT


def test_a_slot_is_cut_when_the_first_readers_clock_shows_its_hour_whoever_comes(
    cadence: Callable[[str], App], write_post: Callable[..., Path], clock: Clock
) -> None:
    app = cadence('local = true\ntimezone = "America/New_York"\ngrace = 1')
    join(app, "ann", "America/New_York")
    app.sync()
    app.tick()
    write_post("one", "tech")
    app.sync()
    # 08:00 in Shanghai, 19:00 the day before in New York.
    clock.now = SLOT
    assert app.tick() == []
    # A reader in Kiritimati has had his eight o'clock six hours ago.
    join(app, "bob", "Pacific/Kiritimati")
    assert len(app.tick()) == 1
    assert app.editions.get(1).slot == slot_name(SLOT + timedelta(hours=13))
    clock.now = SLOT + timedelta(hours=14)
    assert app.tick() == []


@pytest.mark.parametrize("late", [-20, 3])
def test_the_day_that_a_mail_is_headed_with_is_its_slots_or_that_of_its_cut_if_later(
    app: App, write_post: Callable[..., Path], clock: Clock, late: int
) -> None:
    clock.now = SLOT + timedelta(hours=late)
    order(app, write_post)
    edition = app.editions.get(1)
    assert app.postmaster.masthead(edition, None).date == max(SLOT, clock.now)
    assert app.postmaster.masthead_of_all(edition).date == max(SLOT, clock.now)


@pytest.mark.parametrize("together", [False, True])
def test_a_message_is_dated_when_it_is_due_to_its_reader_whatever_the_settings_say_by_then(
    cadence: Callable[[str], App],
    write_post: Callable[..., Path],
    clock: Clock,
    relay: FaultyRelay,
    together: bool,
) -> None:
    """An inbox sorts by it: dated by its cut, it would stand below what came hours before it."""
    app = cadence("local = true")
    due = {
        "Pacific/Kiritimati": SLOT - timedelta(hours=6),
        "Europe/Berlin": SLOT + timedelta(hours=7),
    }
    for zone in due:
        reader = join(app, zone.partition("/")[2].lower(), zone)
        if together:
            app.subscribers.choose_together(reader, "daily", (), clock.now, {})
    clock.now = SLOT - timedelta(hours=6, minutes=5)
    order(app, write_post, slot_name(SLOT), "tech", "money")
    work(app)
    # It fails once, and in between the cadence goes by other clocks.
    relay.answer = lambda verb, _: "451 4.3.0 later" if verb == "DATA" else None
    clock.now = due["Europe/Berlin"] + timedelta(minutes=10)
    work(app)
    relay.answer = lambda _verb, _argument: None
    app = cadence('window = "09:00-22:00"\ntimezone = "Asia/Tokyo"')
    clock.advance(hours=2)
    work(app)
    dates = {
        recipient: parsedate_to_datetime(str(message_from_bytes(raw)["Date"]))
        for recipient, raw in relay.taken
    }
    for zone, moment in due.items():
        assert dates[f"{zone.partition('/')[2].lower()}@y.example"] == moment


def test_what_was_approved_days_after_its_cut_is_dated_then(
    cadence: Callable[[str], App],
    write_post: Callable[..., Path],
    clock: Clock,
    relay: FaultyRelay,
) -> None:
    app = cadence("approval = true")
    join(app, "ann")
    app.sync()
    write_post("about-tech", "tech")
    app.sync()
    assert app.desk.cut("daily", "tech")
    clock.advance(days=2)
    app.desk.approve(1, "ann")
    work(app)
    ((_, raw),) = relay.taken
    assert parsedate_to_datetime(str(message_from_bytes(raw)["Date"])) == clock.now


def test_it_waits_until_his_hour_and_the_operator_is_told_until_when(
    cadence: Callable[[str], App],
    write_post: Callable[..., Path],
    clock: Clock,
    site: Path,
    syndicate: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = cadence("local = true")
    join(app, "ann", "Europe/Berlin")
    clock.now = SLOT
    (mailing,) = order(app, write_post)
    work(app)
    assert app.ledger.waits_until(mailing, clock()) == SLOT + timedelta(hours=7)
    monkeypatch.setattr("syndicate.app.wall_clock", clock)
    monkeypatch.setattr(App.__init__, "__defaults__", (clock,))
    said = syndicate("editions", "show", "1", "--site", site)
    assert "waits until  2026-11-24 15:00" in said.output
    said = syndicate("delivery", "explain", "ann@y.example", "--site", site)
    line = "Its turn comes at 2026-11-24 15:00:00, when it is 08:00 where he is (Europe/Berlin)"
    assert line in said.output.replace("\n", " ")


def test_who_says_where_he_is_after_it_was_planned_gets_it_once(
    cadence: Callable[[str], App],
    write_post: Callable[..., Path],
    clock: Clock,
    relay: FaultyRelay,
) -> None:
    app = cadence("local = true")
    ann = join(app, "ann", "Europe/Berlin")
    clock.now = SLOT
    order(app, write_post)
    work(app)
    move(app, ann, "Asia/Shanghai")
    got = watch(app, clock, relay, SLOT + timedelta(hours=8))
    assert got == {"ann@y.example": SLOT + timedelta(hours=7)}


def test_a_mail_of_all_in_one_comes_at_his_hour_too(
    cadence: Callable[[str], App],
    write_post: Callable[..., Path],
    clock: Clock,
    relay: FaultyRelay,
) -> None:
    app = cadence("local = true\nexpiry = 0.01")
    for name, zone in (("ann", "America/New_York"), ("bob", "Asia/Shanghai")):
        reader = join(app, name, zone, digests=(TECH, MONEY))
        app.subscribers.choose_together(reader, "daily", (), clock(), {})
    clock.now = SLOT
    mailings = order(app, write_post, slot_name(SLOT), "tech", "money")
    got = watch(app, clock, relay, SLOT + timedelta(hours=14))
    assert got == {"bob@y.example": SLOT, "ann@y.example": SLOT + timedelta(hours=13)}
    # What its messages are made of, and whom it is for, was kept till the last zone had its time.
    key = app.store.keys.part(mailings[0], "bundle")
    assert timedelta(seconds=app.store.text.ttl(key)) > timedelta(hours=20)


@pytest.mark.slow
def test_what_no_relay_takes_is_given_up_as_long_after_his_hour_in_every_zone(
    cadence: Callable[[str], App],
    write_post: Callable[..., Path],
    clock: Clock,
    relay: FaultyRelay,
) -> None:
    app = cadence("local = true\nexpiry = 0.25")
    join(app, "ann", "Europe/Berlin")
    join(app, "bob")
    clock.now = SLOT
    (mailing,) = order(app, write_post)
    relay.answer = lambda verb, _: "450 4.2.0 later" if verb == "RCPT" else None
    failed = {}
    for hour in range(15):
        clock.now = SLOT + timedelta(hours=hour)
        work(app)
        failed[hour] = app.ledger.get(mailing).failed
    assert [hour for hour in range(1, 15) if failed[hour] > failed[hour - 1]] == [5, 12]


@pytest.mark.slow
def test_nothing_leaves_outside_the_window_and_nothing_is_lost(
    cadence: Callable[[str], App],
    write_post: Callable[..., Path],
    clock: Clock,
    relay: FaultyRelay,
) -> None:
    app = cadence('window = "09:00-09:30"\nquiet = ["wed"]')
    join(app, "ann")
    clock.now = SLOT
    (mailing,) = order(app, write_post)
    relay.answer = lambda verb, _: "450 4.2.0 later" if verb == "RCPT" else None
    asked = []
    for half in range(96):
        clock.now = SLOT + timedelta(minutes=30 * half)
        before = relay.connections
        work(app)
        if relay.connections > before:
            asked.append(f"{clock.now.astimezone(SHANGHAI):%a %H:%M}")
    # A retry waits for the window, too; and Wednesday doesn't count among the days of its expiry.
    assert asked == ["Tue 09:00"]
    relay.answer = lambda _verb, _argument: None
    got = watch(app, clock, relay, SLOT + timedelta(days=3))
    assert got == {"ann@y.example": SLOT + timedelta(days=2, hours=1)}
    assert app.ledger.get(mailing).sent == 1


def test_a_window_that_ends_meanwhile_ends_the_turn_and_the_rest_waits(
    cadence: Callable[[str], App],
    write_post: Callable[..., Path],
    clock: Clock,
    relay: FaultyRelay,
) -> None:
    app = cadence('window = "08:00-08:10"')
    for name in ("ann", "bob", "eve"):
        join(app, name)
    clock.now = SLOT
    (mailing,) = order(app, write_post)
    relay.at_dot = lambda _recipient: clock.advance(minutes=6)
    work(app)
    assert len(relay.taken) == 2
    assert app.ledger.waits_until(mailing, clock()) == SLOT + timedelta(days=1)
    clock.now = SLOT + timedelta(days=1)
    work(app)
    assert sorted(relay.recipients()) == ["ann@y.example", "bob@y.example", "eve@y.example"]


def test_what_is_ordered_by_hand_leaves_at_once_within_each_readers_window(
    cadence: Callable[[str], App],
    write_post: Callable[..., Path],
    clock: Clock,
    relay: FaultyRelay,
) -> None:
    app = cadence('local = true\nwindow = "08:00-20:00"')
    join(app, "ann", "Europe/Berlin")
    join(app, "bob")
    clock.now = SLOT + timedelta(hours=2)
    order(app, write_post, "by-hand-x")
    got = watch(app, clock, relay, SLOT + timedelta(hours=8))
    assert got == {"bob@y.example": SLOT + timedelta(hours=2)} | {
        "ann@y.example": SLOT + timedelta(hours=7)
    }


class _DiedError(Exception):
    """The planner's process is gone."""


@dataclass
class Story:
    """What befalls a mailing."""

    #: Those of its readers.
    zones: list[str]
    #: Hours by which the clock goes on, or back, before workers look.
    jumps: list[int]
    #: How many calls of the planner's script are its last.
    dies: int


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    story=st.builds(
        Story,
        zones=st.lists(st.sampled_from(ZONES), min_size=1, max_size=8),
        jumps=st.lists(st.integers(-9, 15), min_size=6, max_size=12),
        dies=st.integers(0, 3),
    )
)
@pytest.mark.slow
def test_planners_that_die_and_clocks_that_jump_lose_nobody(
    site: Path,
    redis_url: str,
    relay: FaultyRelay,
    tmp_path_factory: pytest.TempPathFactory,
    story: Story,
) -> None:
    prefix = tmp_path_factory.mktemp("run").name
    text = (site / "syndicate.toml").read_text().partition("\n[[cadences]]")[0]
    (site / "syndicate.toml").write_text(
        text + '\n[[cadences]]\nname = "daily"\ncron = "0 8 * * *"\nlocal = true\n'
        'window = "07:00-21:00"\nquiet = ["wed"]\n'
    )
    for old in (site / "_posts").iterdir():
        old.unlink()
    store, clock = client.connect(redis_url, prefix), Clock(SLOT - timedelta(hours=6))
    settings = on_a_machine_of_its_own(load(site), prefix)
    app, relay.taken[:] = App(settings, store, clock), []
    readers = [join(app, f"reader{n}", zone) for n, zone in enumerate(story.zones)]

    def write_post(slug: str, category: str) -> Path:
        path = site / "_posts" / f"2026-11-20-{slug}.md"
        path.write_text(f"---\ntitle: One\ncategories: [{category}]\n---\nText.\n")
        return path

    order(app, write_post)
    script = store.run

    def dying(verb: str, *args: object) -> object:
        reply = script(verb, *args)  # type: ignore[arg-type]  # handed on as it came
        if verb == "plan_chunk":
            story.dies -= 1
            if story.dies >= 0:
                raise _DiedError
        return reply

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(client.Store, "run", lambda _self, *args: dying(*args))
        for jump in story.jumps:
            clock.advance(hours=jump)
            try:
                work(app)
            except _DiedError:
                continue
    for _ in range(24 * 8):
        clock.advance(hours=1)
        work(app)
    store.close()
    assert Counter(relay.recipients()) == {f"reader{n}@y.example": 1 for n in range(len(readers))}


@pytest.mark.slow
def test_a_zones_readers_are_in_chunks_of_their_own_that_are_full(
    cadence: Callable[[str], App], write_post: Callable[..., Path], clock: Clock
) -> None:
    app = cadence("local = true")
    readers = {zone: CHUNK + n for n, zone in enumerate(ZONES[1:4])}
    for zone, many in readers.items():
        for n in range(many):
            join(app, f"{zone.lower().replace('/', '-')}{n}", zone)
    clock.now = SLOT - timedelta(hours=6)
    (mailing,) = order(app, write_post)
    chunks = list(app.plan(mailing))
    keys = app.store.keys
    begins = cast("dict[str, str]", app.store.text.hgetall(keys.part(mailing, "begins")))
    zones = {chunk: planned.partition(" ")[2] for chunk, planned in begins.items()}
    sizes = {
        chunk: len(packed) // 4
        for chunk, packed in app.store.raw.hgetall(keys.part(mailing, "chunks")).items()
    }
    assert len(chunks) == len(sizes) == len(zones) == 5
    assert app.ledger.get(mailing).audience == sum(sizes.values()) == sum(readers.values())
    found = Counter[str]()
    for chunk, zone in zones.items():
        found[zone] += sizes[str(chunk).encode()]
    assert found == readers
