"""Imports: whatever the file, whoever stops them, however often they are repeated."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from syndicate.digests.letters import Kind
from syndicate.errors import BusyError, ImportFileError, NotFoundError, SettingsError
from syndicate.people.imports import Report, Wishes
from syndicate.posts.categories import Category
from syndicate.subscribers import changes
from syndicate.subscribers.address import parse_address
from syndicate.subscribers.importing.decide import Outcome
from syndicate.subscribers.model import Digest, Reason, Status, Subscriber, Suppression
from syndicate.subscribers.verify import Verify

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.app import App
    from syndicate.subscribers.importing.rejected import Rejected
    from syndicate.subscribers.importing.rows import Rows
    from syndicate.subscribers.importing.table import Record
    from syndicate.subscribers.steps import Step
    from tests.conftest import Clock

TECH, MONEY = Digest("daily", "tech"), Digest("daily", "money")
HOW = {"method": "test"}
WISHES = Wishes(categories=["tech"], cadences=["daily"], consent="at our stand")
#: Of Redis's stores: batches are this short in tests, so that there are many.
BATCH = 4

Take = Callable[..., Report]


@pytest.fixture(autouse=True)
def categories(app: App, clock: Clock) -> None:
    app.categories.add(
        Category(name=name, slug=name, title="", feed_id=f"tag:{name}", since=clock())
        for name in ("tech", "money")
    )


@pytest.fixture(autouse=True)
def short_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syndicate.people.imports._BATCH", BATCH)


@pytest.fixture
def listed(tmp_path: Path) -> Callable[..., Path]:
    """Writes a list: `listed("a@mail.example", "b@mail.example,Name")`."""

    def write(*rows: str, header: str = "email,name", name: str = "list.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
        return path

    return write


@pytest.fixture
def take(app: App) -> Take:
    """Imports a file: `take(path, wishes)`."""

    def run(path: Path, wishes: Wishes = WISHES) -> Report:
        plan = app.imports.look(path, wishes)
        return app.imports.run(plan, "ops", lambda _done, _all: None)

    return run


def counts(report: Report) -> dict[Outcome, int]:
    return {outcome: many for outcome, many in report.counts.items() if many}


def everybody(app: App) -> dict[str, Subscriber]:
    return {one.address: one for one in app.subscribers.all()}


def agrees(app: App) -> bool:
    """Whether records, sets, counts and the index agree."""
    check = Verify(app.store, app.subscribers, app.suppressions)
    return not list(check.run(app.clock()))


def rows(many: int, start: int = 0) -> list[str]:
    return [f"reader{n}@mail.example,Reader {n}" for n in range(start, start + many)]


def rejected(path: Path) -> list[dict[str, str]]:
    with path.with_name(f"{path.name}.rejected.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# What an import does


def test_everybody_in_a_list_gets_its_digest(
    app: App, take: Take, listed: Callable[..., Path]
) -> None:
    report = take(listed(*rows(11)))
    assert counts(report) == {Outcome.NEW: 11}
    assert app.subscribers.audience(TECH) == 11
    one = app.subscribers.find("reader7@mail.example")
    assert one.name == "Reader 7"
    assert one.states == {TECH: Status.ACTIVE}
    assert agrees(app)


def test_an_import_tells_of_each_where_he_agreed(
    app: App, take: Take, listed: Callable[..., Path], clock: Clock
) -> None:
    take(listed(*rows(3)))
    one = app.subscribers.find("reader1@mail.example")
    (entry,) = app.subscribers.consents(one.id)
    assert entry["at"] == clock()
    assert entry["active"] == [str(TECH)]
    number, _, line = entry["how"]["import"].partition(":")
    assert line == "3"
    assert app.imports.facts(int(number)) == {
        "file": "list.csv",
        "consent": "at our stand",
        "by": "ops",
    }


def test_the_dates_of_a_row_are_those_of_its_consent(
    app: App, take: Take, listed: Callable[..., Path]
) -> None:
    path = listed(
        "wanda@mail.example,2024-03-01 10:00:00,2024-03-02 11:00:00,192.0.2.7",
        header="Email Address,OPTIN_TIME,CONFIRM_TIME,CONFIRM_IP",
    )
    take(path, Wishes(categories=["tech"], cadences=["daily"]))
    one = app.subscribers.find("wanda@mail.example")
    assert one.created_at == datetime(2024, 3, 1, 10, tzinfo=UTC)
    assert one.subscriptions[TECH].since == datetime(2024, 3, 2, 11, tzinfo=UTC)
    (entry,) = app.subscribers.consents(one.id)
    assert entry["how"] == {
        "import": "1:2",
        "signed_up": "2024-03-01T10:00:00Z",
        "confirmed": "2024-03-02T11:00:00Z",
        "ip": "192.0.2.7",
    }


def test_people_of_whom_nobody_knows_where_they_agreed_are_not_taken(
    app: App, take: Take, listed: Callable[..., Path]
) -> None:
    silent = Wishes(categories=["tech"], cadences=["daily"])
    with pytest.raises(ImportFileError, match=r"when these people agreed; .* --consent TEXT"):
        take(listed(*rows(1)), silent)
    path = listed("a@mail.example,2024-01-01,", "b@mail.example,,", header="email,date,x")
    report = take(
        path, Wishes(categories=["tech"], cadences=["daily"], columns={"date": "created"})
    )
    assert counts(report) == {Outcome.NEW: 1, Outcome.REJECTED: 1}
    assert "doesn't say when he agreed" in rejected(path)[0]["rejected_reason"]
    assert list(everybody(app)) == ["a@mail.example"]


def test_importing_a_file_again_changes_nothing(
    app: App, take: Take, listed: Callable[..., Path], clock: Clock
) -> None:
    path = listed(*rows(10))
    take(path)
    before, said = everybody(app), app.subscribers.consents(1)
    clock.advance(days=30)
    assert counts(take(path)) == {Outcome.UNCHANGED: 10}
    assert everybody(app) == before
    assert app.subscribers.consents(1) == said


def test_a_person_who_is_there_twice_is_one_whatever_the_case(
    app: App, take: Take, listed: Callable[..., Path]
) -> None:
    path = listed(*rows(6), "READER1@mail.example,Other", "reader1@MAIL.EXAMPLE,", *rows(6))
    assert counts(take(path)) == {Outcome.NEW: 6, Outcome.UNCHANGED: 8}
    assert len(everybody(app)) == 6
    assert app.subscribers.find("reader1@mail.example").name == "Reader 1"


def test_the_rows_of_a_person_add_up(app: App, take: Take, listed: Callable[..., Path]) -> None:
    tags = ("tech", "money", "tech", "third")
    path = listed(*(f"a@mail.example,{tag}" for tag in tags), header="email,tag")
    app.categories.add(
        [Category(name="third", slug="third", title="", feed_id="tag:3", since=app.clock())]
    )
    wishes = Wishes(
        cadences=["daily", "weekly"],
        columns={"tag": "lists"},
        lists={tag: tag for tag in tags},
        consent="x",
    )
    assert counts(take(path, wishes)) == {
        Outcome.NEW: 1,
        Outcome.ADDED: 2,
        Outcome.UNCHANGED: 1,
    }
    assert len(app.subscribers.find("a@mail.example").states) == 6
    assert agrees(app)


def test_the_rows_of_a_person_are_taken_in_their_order(
    app: App, take: Take, listed: Callable[..., Path]
) -> None:
    people = [f"p{n}@mail.example" for n in range(20)]
    first = [f"{address},subscribed" for address in people]
    then = [f"{address},unsubscribed" for address in people]
    take(listed(*first, *then, header="email,status"))
    assert {one.status for one in app.subscribers.all()} == {Status.ACTIVE}


# What is known here is newer


def test_who_left_stays_left(app: App, take: Take, listed: Callable[..., Path]) -> None:
    path = listed(*rows(5))
    take(path)
    one = app.subscribers.find("reader2@mail.example")
    app.subscribers.change(one.id, [TECH], Status.LEFT, app.clock(), HOW)
    assert counts(take(path)) == {Outcome.UNCHANGED: 4, Outcome.LEFT: 1}
    assert app.subscribers.find("reader2@mail.example").states == {TECH: Status.LEFT}


def test_who_is_active_stays_active_whatever_a_file_says(
    app: App, take: Take, listed: Callable[..., Path]
) -> None:
    take(listed("a@mail.example,", "b@mail.example,"))
    path = listed("a@mail.example,cleaned", "b@mail.example,unsubscribed", header="email,status")
    assert counts(take(path)) == {Outcome.UNCHANGED: 2}
    assert app.subscribers.audience(TECH) == 2


def test_who_had_asked_is_confirmed_by_a_file_that_says_so(
    app: App, take: Take, listed: Callable[..., Path]
) -> None:
    number = app.subscribers.add("a@mail.example", app.clock())
    app.subscribers.change(number, [TECH], Status.PENDING, app.clock(), HOW)
    assert counts(take(listed("a@mail.example,Ann"))) == {Outcome.CONFIRMED: 1}
    assert app.subscribers.find("a@mail.example").states == {TECH: Status.ACTIVE}


def test_a_second_list_adds_to_what_somebody_gets_and_overwrites_nothing(
    app: App, take: Take, listed: Callable[..., Path]
) -> None:
    take(listed("a@mail.example,Ann"))
    wishes = Wishes(categories=["money"], cadences=["daily"], consent="x")
    assert counts(take(listed("a@mail.example,Other"), wishes)) == {Outcome.ADDED: 1}
    one = app.subscribers.find("a@mail.example")
    assert (one.name, set(one.states)) == ("Ann", {TECH, MONEY})


def test_the_suppression_list_is_respected(
    app: App, take: Take, listed: Callable[..., Path]
) -> None:
    why = Suppression(Reason.COMPLAINT, "x", app.clock())
    app.suppressions.add("a@mail.example", why, app.clock(), HOW)
    app.suppressions.add("@trap.example", why, app.clock(), HOW)
    erased = app.subscribers.add("gone@mail.example", app.clock())
    app.erasure.erase(erased, HOW)
    people = ("A@mail.example,", "b@trap.example,", "Gone@mail.example,", "c@mail.example,")
    assert counts(take(listed(*people))) == {Outcome.SUPPRESSED: 3, Outcome.NEW: 1}
    assert list(everybody(app)) == ["c@mail.example"]


# What other programs say


def test_who_left_elsewhere_never_becomes_active(
    app: App, take: Take, listed: Callable[..., Path]
) -> None:
    path = listed(
        "left@mail.example,unsubscribed",
        "gone@mail.example,cleaned",
        "angry@mail.example,complained",
        "barred@mail.example,blocklisted",
        "asked@mail.example,unconfirmed",
        header="email,status",
    )
    assert counts(take(path)) == {
        Outcome.LEFT: 1,
        Outcome.SUPPRESSED: 3,
        Outcome.UNCONFIRMED: 1,
    }
    assert app.subscribers.audience(TECH) == 0
    people = everybody(app)
    assert people["left@mail.example"].states == {TECH: Status.LEFT}
    assert "asked@mail.example" not in people
    reasons = {
        address: one.suppression.reason for address, one in people.items() if one.suppression
    }
    assert reasons == {
        "gone@mail.example": Reason.HARD_BOUNCE,
        "angry@mail.example": Reason.COMPLAINT,
        "barred@mail.example": Reason.OPERATOR,
    }
    assert app.suppressions.which(list(reasons)).keys() == reasons.keys()
    assert agrees(app)
    # Nor do they by another list, which knows nothing of it.
    again = take(listed(*(f"{address}," for address in people), name="old.csv"))
    assert counts(again) == {Outcome.LEFT: 1, Outcome.SUPPRESSED: 3}


def test_the_unconfirmed_are_asked_one_after_the_other(
    app: App, take: Take, listed: Callable[..., Path], clock: Clock
) -> None:
    path = listed(*(f"p{n}@mail.example,pending" for n in range(9)), header="email,status")
    wishes = Wishes(categories=["tech"], cadences=["daily"], consent="x", letters=60)
    assert counts(take(path, wishes)) == {Outcome.ASKED: 9}
    assert not app.letters.is_due(clock())
    letters = []
    for _ in range(30):
        clock.advance(minutes=1)
        while found := app.letters.lease(clock(), clock().timestamp() + 86_400):
            letters.append(found.letter)
    assert {letter.kind for letter in letters} == {Kind.CONFIRM}
    assert len({letter.subscriber for letter in letters}) == 9
    sent = sorted(letter.asked_at for letter in letters)
    assert {later - one for one, later in pairwise(sent)} == {timedelta(minutes=1)}
    for letter in letters:
        (one,) = app.subscribers.get([letter.subscriber])
        # What the link confirms is what was pending when it went out.
        assert one.subscriptions[TECH].since == letter.asked_at
    assert counts(take(path, wishes)) == {Outcome.UNCHANGED: 9}
    assert not app.letters.is_due(clock() + timedelta(hours=12))


def test_the_lists_of_a_file_become_categories(
    app: App, take: Take, listed: Callable[..., Path]
) -> None:
    path = listed(
        'a@mail.example,"VIP, Old"',
        'b@mail.example,"[""vip"", ""Cash""]"',
        "c@mail.example,",
        "d@mail.example,Old",
        header="email,labels",
    )
    wishes = Wishes(
        cadences=["daily", "weekly"],
        columns={"labels": "lists"},
        lists={"VIP": "tech", "cash": "money"},
        consent="x",
    )
    assert counts(take(path, wishes)) == {Outcome.NEW: 2, Outcome.REJECTED: 2}
    people = everybody(app)
    weekly = [Digest("weekly", name) for name in ("tech", "money")]
    assert set(people["a@mail.example"].states) == {TECH, weekly[0]}
    assert set(people["b@mail.example"].states) == {TECH, MONEY, *weekly}
    assert "none of 'Old' is in --map-list" in rejected(path)[1]["rejected_reason"]


# Bad rows


def test_a_bad_row_is_kept_with_its_line_and_its_reason(
    app: App, take: Take, listed: Callable[..., Path]
) -> None:
    bad = ["nobody,Nobody", "x@mail.example", '"y@mail.example",Y,more', 'a@mail.example,"\x07"']
    path = listed(*rows(5), *bad[:2], *rows(3, 5), *bad[2:])
    report = take(path)
    assert counts(report) == {Outcome.NEW: 8, Outcome.REJECTED: 4}
    assert report.rejected == path.with_name("list.csv.rejected.csv")
    text = report.rejected.read_text(encoding="utf-8")
    assert text.splitlines()[0] == "email,name,rejected_line,rejected_reason"
    lines = list(csv.reader(text.splitlines()[1:]))
    assert [line[-2] for line in lines] == ["7", "8", "12", "13"]
    assert "is no mail address" in lines[0][-1]
    assert lines[1] == ["x@mail.example", "8", "has 1 cells, and the header 2"]
    assert lines[2][:3] == ["y@mail.example", "Y", "more"]
    assert len(everybody(app)) == 8


def test_mended_rows_are_imported_from_the_file_of_rejected_ones(
    app: App, take: Take, listed: Callable[..., Path]
) -> None:
    path = take(listed("a.mail.example,Ann", "b@@mail.example,Ben")).rejected
    assert path
    path.write_text(path.read_text().replace("a.mail", "a@mail", 1))
    report = take(path)
    assert counts(report) == {Outcome.NEW: 1, Outcome.REJECTED: 1}
    assert report.rejected
    (left,) = rejected(path)
    assert list(left) == ["email", "name", "rejected_line", "rejected_reason"]
    assert left["rejected_line"] == "3"
    assert list(everybody(app)) == ["a@mail.example"]


def test_a_quote_left_open_costs_the_rows_that_it_takes_in_and_no_others(
    app: App, take: Take, listed: Callable[..., Path]
) -> None:
    path = listed(*rows(2), 'a@mail.example,"open', *rows(3, 2), 'b@mail.example,"x"', *rows(2, 9))
    report = take(path)
    assert counts(report) == {Outcome.NEW: 4, Outcome.REJECTED: 1}
    assert report.rejected
    (lost,) = csv.reader(report.rejected.read_text().splitlines()[1:])
    assert lost[0] == "4"
    assert lost[1].startswith("lines 4 to 8 are no CSV")
    assert {"reader1@mail.example", "reader9@mail.example"} <= everybody(app).keys()


# Stopping and going on


class _StoppedError(Exception):
    """What a test stops an import with."""


def _stopping_after(many: int) -> Callable[[int, int], None]:
    """Goes on for so many batches."""
    left = iter(range(many))

    def move(_done: int, _all: int) -> None:
        if next(left, None) is None:
            raise _StoppedError

    return move


@pytest.mark.parametrize("batches", [0, 1, 3])
def test_an_import_that_was_stopped_goes_on_where_it_was(
    app: App,
    open_app: Callable[[], App],
    take: Take,
    listed: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    batches: int,
) -> None:
    path = listed(*rows(7), "nobody,", *rows(8, 7), "no one,", *rows(7, 15))
    plan = app.imports.look(path, WISHES)
    with pytest.raises(_StoppedError):
        app.imports.run(plan, "ops", _stopping_after(batches))
    read: list[int] = []
    monkeypatch.setattr("syndicate.people.imports._entries", _counting(read))
    later = open_app().imports
    report = later.run(later.look(path, WISHES), "ops", lambda _done, _all: None)
    assert report.resumed_at == (batches + 1) * BATCH
    assert sum(read) == 24 - report.resumed_at
    assert sum(report.counts.values()) == 24
    assert report.counts[Outcome.REJECTED] == 2
    assert [row["rejected_line"] for row in rejected(path)] == ["9", "18"]
    assert len(everybody(app)) == 22
    assert agrees(app)
    # It is over: the next time begins anew, and does nothing.
    assert counts(take(path)) == {Outcome.UNCHANGED: 22, Outcome.REJECTED: 2}


def _counting(read: list[int]) -> Callable[..., object]:
    """Notes how many rows are read, before they are."""
    from syndicate.people.imports import _entries  # noqa: PLC0415 - the one that is replaced

    def counting(rows: Rows, some: list[Record], now: datetime, bad: list[Rejected]) -> object:
        read.append(len(some))
        return _entries(rows, some, now, bad)

    return counting


def test_another_wish_is_another_import(app: App, listed: Callable[..., Path]) -> None:
    path = listed(*rows(9))
    with pytest.raises(_StoppedError):
        app.imports.run(app.imports.look(path, WISHES), "ops", _stopping_after(1))
    other = app.imports.look(path, Wishes(categories=["money"], cadences=["daily"], consent="x"))
    assert app.imports.run(other, "ops", lambda _done, _all: None).resumed_at == 0
    path.write_text(path.read_text() + "new@mail.example,\n")
    changed = app.imports.look(path, WISHES)
    assert app.imports.run(changed, "ops", lambda _done, _all: None).resumed_at == 0


def test_one_import_runs_at_a_time(app: App, listed: Callable[..., Path]) -> None:
    plan = app.imports.look(listed(*rows(9)), WISHES)

    def another(_done: int, _all: int) -> None:
        with pytest.raises(BusyError, match="import is already running"):
            app.imports.run(plan, "ops", lambda _done, _all: None)

    app.imports.run(plan, "ops", another)


def test_who_is_changed_while_an_import_looks_at_him_is_looked_at_again(
    app: App, take: Take, listed: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """He signs up, and another leaves, between the look and the save."""
    leaving = app.subscribers.add("b@mail.example", app.clock())
    app.subscribers.change(leaving, [TECH], Status.PENDING, app.clock(), HOW)
    begin, early = app.subscribers.begin_saving, ["a@mail.example"]

    def slow(steps: Sequence[Step]) -> Callable[[], list[str]]:
        monkeypatch.undo()
        number = app.subscribers.add(early.pop(), app.clock())
        app.subscribers.change(number, [TECH], Status.PENDING, app.clock(), HOW)
        app.subscribers.alter(
            leaving, lambda one: changes.leave(one, [TECH], app.clock()), app.clock(), HOW
        )
        return begin(steps)

    monkeypatch.setattr(app.subscribers, "begin_saving", slow)
    report = take(listed("A@mail.example,Ann", "b@mail.example,Ben"))
    assert counts(report) == {Outcome.CONFIRMED: 1, Outcome.LEFT: 1}
    people = everybody(app)
    assert people["a@mail.example"].states == {TECH: Status.ACTIVE}
    assert people["b@mail.example"].states == {TECH: Status.LEFT}
    assert agrees(app)


# Rehearsing


@pytest.mark.slow
def test_a_dry_run_says_what_would_be_and_changes_nothing(
    app: App, listed: Callable[..., Path]
) -> None:
    path = listed(*rows(9), "nobody,", "READER3@mail.example,")
    before = dump(app)
    report = app.imports.rehearse(app.imports.look(path, WISHES), lambda _done, _all: None)
    assert counts(report) == {Outcome.NEW: 9, Outcome.REJECTED: 1, Outcome.UNCHANGED: 1}
    assert report.examples[Outcome.NEW][0] == "line 2: reader0@mail.example"
    assert report.rejected is None
    assert dump(app) == before
    assert [each.name for each in path.parent.iterdir() if "rejected" in each.name] == []


def dump(app: App) -> dict[str, bytes | None]:
    """All that Redis has of this site."""
    store = app.store
    names = store.text.scan_iter(f"{store.keys.prefix}:*")
    return {name: store.raw.dump(name) for name in names if ":lock:" not in name}


# Mistakes of a person


@pytest.mark.parametrize(
    ("wishes", "error", "match"),
    [
        (Wishes(categories=["tecc"], consent="x"), NotFoundError, "did you mean 'tech'"),
        (Wishes(cadences=["hourly"], consent="x"), SettingsError, "no cadence 'hourly'"),
        (Wishes(columns={"mail": "address"}), ImportFileError, "did you mean 'email'"),
        (Wishes(columns={"name": "adress"}), ImportFileError, "no field 'adress'"),
        (Wishes(columns={"name": "address"}), ImportFileError, "several columns are the address"),
        (Wishes(columns={"email": "-"}), ImportFileError, "no column is the address"),
        (Wishes(encoding="utf-9"), ImportFileError, "no encoding 'utf-9'"),
    ],
)
def test_a_wrong_wish_is_refused_before_anything_is_read(
    app: App, listed: Callable[..., Path], wishes: Wishes, error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        app.imports.look(listed(*rows(1)), wishes)


def test_a_file_that_is_none_is_refused_in_one_line(app: App, tmp_path: Path) -> None:
    for path, match in ((tmp_path / "no.csv", "can't read"), (tmp_path, "can't read")):
        with pytest.raises(ImportFileError, match=match):
            app.imports.look(path, WISHES)
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    with pytest.raises(ImportFileError, match="first line must name the columns"):
        app.imports.look(empty, WISHES)


def test_an_address_of_another_script_is_found_in_either_form(
    app: App, take: Take, listed: Callable[..., Path]
) -> None:
    take(listed("lan@例子.中国,林"))
    assert counts(take(listed("LAN@xn--fsqu00a.xn--fiqs8s,", name="b.csv"))) == {
        Outcome.UNCHANGED: 1
    }
    assert app.subscribers.find(parse_address("lan@例子.中国")).name == "林"
