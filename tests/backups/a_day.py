"""A day of the small site, in which all that a state holds comes up; it ends in the midst of work.

Each step leaves something behind that lasts. `WANTED` says what is owed at the end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from syndicate.delivery.bounces.verp import Claim, Purpose, sender_for
from syndicate.digests.letters import Kind
from syndicate.people.imports import Wishes
from syndicate.posts.inbound.draft import Draft
from syndicate.posts.remote.state import State
from syndicate.posts.remote.store import RemoteStore
from syndicate.schedules.scope import Scope
from syndicate.schedules.timetable import Timetable
from syndicate.subscribers import changes
from syndicate.subscribers.importing.store import ImportStore
from syndicate.subscribers.model import Digest, Reason, Status, Suppression
from syndicate.subscribers.moves import Moves
from syndicate.subscribers.signups import SignUp
from tests.backups.small_site import AUDIENCES, NEWS, TOGETHER, address, write
from tests.delivery.bounces.shapes import dsn, feedback

if TYPE_CHECKING:
    from syndicate.app import App
    from tests.conftest import Clock
    from tests.delivery.conftest import FaultyRelay

HOW = {"method": "form", "ip": "192.0.2.7"}
OPS = "ops"
NEWCOMER, LATER = "newcomer@mail.example", "someone.later@mail.example"
ERASED = "erased@mail.example"
SEA = Digest("daily", "harbour")


#: Who has which digest in the end. Who is unknown to the relay, or left, or was suppressed before
#: his turn, is in none of them; nor is who was parked.
_WANTED = {
    "daily:harbour": (2, 3, 4, 5),
    "daily:parcels": (3, 5, 6),
    "daily:markets": (3, 4, 5, 6, 7, 8, 9, 10, 11),
    # It is paused, and somebody has to resume it.
    "daily:TechWeb": (5, 6, 7, 8),
    "daily:Techweb": (6, 7, 8, 9, 10),
    # It was cancelled after these.
    "weekly:Techweb": (7, 8),
    "daily:央行": (1, 3, 5, 6, 7),
    "weekly:央行": (5, 6, 7),
    "evening:harbour": (7,),
    "evening:markets": (10, 11),
    "evening:together": TOGETHER,
}
#: Digests and letters by what `what` calls them, and whose they are to be in the end.
WANTED = {name: [address(number) for number in them] for name, them in _WANTED.items()} | {
    "link": [address(10), address(11)],
    "confirm": [LATER, NEWCOMER],
}
_FEEDBACK = re.compile(rb"^Feedback-ID: ([a-z]+)([0-9]*):([a-z]+):([a-z]+):?", re.MULTILINE)


def what(app: App, message: bytes) -> str:
    """What a message brings: a digest, all of a cadence together, or a letter of which kind."""
    found = _FEEDBACK.search(message)
    if found is None:
        raise ValueError("a message without a Feedback-ID")
    of, number, cadence, kind = (group.decode() for group in found.groups())
    if kind == "digest":
        return str(app.desk.digest_of(app.editions.get(int(number))))
    return f"{cadence}:together" if kind == "together" else of


@dataclass(frozen=True, slots=True)
class Day:
    """Those who take part in it."""

    app: App
    clock: Clock
    relay: FaultyRelay

    def live(self) -> None:
        """Have it go by."""
        self.posts()
        self.readers()
        self.lists()
        self.timetables()
        self.mailings()
        self.by_hand()
        self.evening()
        self.put_right()

    # What there is to read, and who reads it

    def posts(self) -> None:
        app, now = self.app, self.clock()
        app.sync()
        app.publish()
        app.tick()
        write(app.settings.folder, NEWS)
        draft = Draft(title="Notice", markdown="The bridge is shut.", categories=("harbour",))
        app.inbox.hand_in("notice-1", draft, now)
        app.sync()
        app.publish()
        (app.settings.folder / "_posts" / "2026-11-20-old-0.md").unlink()
        app.sync()
        RemoteStore(app.store).put("elsewhere", State(url="https://feeds.example/", etag='"1"'))
        app.pushes.note("call-1")

    def readers(self) -> None:
        app, now = self.app, self.clock()
        numbers = range(1 + max(max(them) for them in AUDIENCES.values()))
        ids = [app.subscribers.add(address(number), now) for number in numbers]
        for digest, them in AUDIENCES.items():
            for number in them:
                app.subscribers.change(ids[number], [digest], Status.ACTIVE, now, HOW)
        for number in TOGETHER:
            app.subscribers.choose_together(ids[number], "evening", ["markets"], now, HOW)
        told = {"name": "旺达", "language": "zh-Hans", "zone": "Europe/Berlin"}
        app.subscribers.alter(
            ids[1], lambda one: changes.describe(one, **told, fields={"city": "Bonn"}), now, HOW
        )
        self.others()

    def others(self) -> None:
        """Those who get nothing: each has a reason of his own."""
        app, now = self.app, self.clock()
        away, left, _, moving = (
            self.reader(f"{name}@mail.example") for name in ("away", "left", "gone", "moving")
        )
        app.preferences.pause(away, now + timedelta(days=9), HOW)
        app.subscribers.change(left, [SEA], Status.LEFT, now, HOW)
        barred = Suppression(Reason.OPERATOR, "a letter on paper", now)
        app.suppressions.add("gone@mail.example", barred, now, HOW)
        app.suppressions.add("@spam.example", barred, now, HOW)
        app.subscribers.change(moving, [SEA], Status.LEFT, now, HOW)
        Moves(app.store).ask(moving, "moved@mail.example", now)
        app.erasure.erase(self.reader(ERASED), HOW)

    def reader(self, name: str) -> int:
        made = self.app.subscribers.add(name, self.clock())
        self.app.subscribers.change(made, [SEA], Status.ACTIVE, self.clock(), HOW)
        return made

    def lists(self) -> None:
        """A list that was taken in, one that wasn't to its end, a sign-up, and letters."""
        app, now = self.app, self.clock()
        path = app.settings.folder / "list.csv"
        path.write_text("email\nlisted@mail.example\n")
        wishes = Wishes(categories=["markets"], cadences=["weekly"], consent="at the counter")
        app.imports.run(app.imports.look(path, wishes), OPS, lambda _done, _all: None)
        ImportStore(app.store).open("unfinished", now, {"file": "other.csv", "by": OPS})
        self.link(10)
        app.send_letters()
        app.signup.keep_text("1", "I want the news of the harbour.")
        app.signup.ask(SignUp(address=NEWCOMER, digests=(SEA,), at=now, how=HOW))
        app.signup.admit()
        app.signup.ask(SignUp(address=LATER, digests=(SEA,), at=now, how=HOW))
        self.link(11)

    def link(self, number: int) -> None:
        """A reader asks for a link to his preferences."""
        asks = self.app.subscribers.find(address(number)).id
        self.app.post_letter(Kind.LINK, asks, [SEA], act=f"link-{number}")

    # When

    def timetables(self) -> None:
        app, now = self.app, self.clock()
        weekly = Timetable("30 7 * * 5", "Europe/Berlin", 6)
        app.desk.timetables.set(Scope("weekly"), weekly, OPS)
        app.desk.timetables.set(Scope("daily", "harbour"), weekly, OPS)
        app.desk.timetables.once(Scope("daily", "markets"), now + timedelta(days=1), OPS)
        app.desk.timetables.skip(Scope("daily"), OPS)
        app.desk.pauses.pause(Scope("evening", "parcels"), OPS, "customs are on strike")

    # What goes out

    def mailings(self) -> None:
        """One for each state that a mailing can be in."""
        harbour = self.whole(Digest("daily", "harbour"))
        self.parked(Digest("daily", "parcels"))
        self.begun(Digest("daily", "markets"), planned=False)
        self.begun(Digest("daily", "Techweb"))
        self.begun(Digest("daily", "TechWeb"))
        self.app.desk.pause(self.latest(), OPS, "a wrong price")
        self.begun(Digest("weekly", "Techweb"))
        self.app.desk.cancel(self.latest(), OPS, "the same news twice")
        self.order(Digest("daily", "央行"))
        self.what_comes_back(harbour)

    def order(self, digest: Digest) -> int:
        edition = self.app.desk.cut(*digest, OPS)
        if edition is None:
            raise ValueError(f"nothing waits for {digest}")
        return self.app.desk.order(edition.id)

    def whole(self, digest: Digest) -> int:
        """All of it goes out, but to one who is unknown there and one who has left."""
        mailing, (unknown, leaver) = self.order(digest), map(address, (0, 1))
        chunks = list(self.app.plan(mailing))
        one = self.app.subscribers.find(leaver)
        self.app.subscribers.change(one.id, [digest], Status.LEFT, self.clock(), HOW)
        self.odd(unknown, "550 5.1.1 no such user")
        for chunk in chunks:
            self.app.deliver(mailing, chunk)
        self.odd()
        return mailing

    def begun(self, digest: Digest, *, planned: bool = True) -> None:
        """One is put off, of one nobody knows, two get it, and the others wait.

        Unless it is `planned`, whoever divided its audience died on the way.
        """
        mailing, them = self.order(digest), list(AUDIENCES[digest])
        self.odd(address(them[0]), "450 4.2.0 later", lost=address(them[1]))
        known = len(self.relay.taken)
        chunks = self.app.plan(mailing)
        self.app.deliver(mailing, next(chunks), lambda: len(self.relay.taken) >= known + 2)
        if planned:
            list(chunks)
        self.odd()

    def parked(self, digest: Digest) -> None:
        """All have it but one of whom nobody knows, and who isn't sent it again."""
        mailing = self.order(digest)
        self.odd(lost=address(AUDIENCES[digest][1]))
        for chunk in self.app.plan(mailing):
            self.app.deliver(mailing, chunk)
        self.odd()

    def odd(self, refused: str = "", said: str = "", lost: str = "") -> None:
        """Have the relay refuse one reader, and hang up when another's message has come."""

        def answer(verb: str, argument: str) -> str | None:
            if verb == "RCPT" and f"<{refused}>" in argument:
                return said
            return "drop" if verb == "DOT" and argument == lost else None

        self.relay.answer = answer

    def latest(self) -> int:
        """The edition that was cut last."""
        (edition,) = self.app.editions.latest(1)
        return edition.id

    def what_comes_back(self, mailing: int) -> None:
        """A box that is gone, one that is full, and somebody who calls us spam."""
        app = self.app
        for number, said in (
            (2, dsn("5.1.1", "550 5.1.1 no such user")),
            (3, dsn("4.2.2", "452 4.2.2 box full")),
            (4, feedback("abuse")),
        ):
            claim = Claim(Purpose.BOUNCE, mailing, app.subscribers.find(address(number)).id)
            key = app.postmaster.key_of(mailing)
            app.bounces.take(said, sender_for("bounces@gazette.example", key, claim))
        app.bounces.take(dsn("5.1.1", "550 5.1.1 whose is it?"))

    def evening(self) -> None:
        """A slot is cut, whose mail nobody has planned yet; another is found too late, and held."""
        self.clock.advance(hours=6, minutes=5)
        self.app.tick()

    def by_hand(self) -> None:
        """Editions that have no mailing: one is held, one cancelled, one nobody came to order."""
        desk = self.app.desk
        for category in ("harbour", "markets", "央行"):
            if desk.cut("weekly", category, OPS) is None:
                raise ValueError(f"nothing waits for weekly:{category}")
        harbour, markets, _ = sorted(edition.id for edition in self.app.editions.latest(3))
        desk.hold(harbour, OPS, "wait for the picture")
        desk.cancel(markets, OPS, "nothing in it")
        (post,) = self.app.posts.arrivals("parcels", 1)
        desk.skip(Digest("weekly", "parcels"), post, OPS, "old by then")
        self.app.roads.pause("spare", "new there")

    def put_right(self) -> None:
        """A post that went out is put right, of which neither feeds nor readers know yet."""
        write(self.app.settings.folder, NEWS[:1], correction="On Sundays, too.")
        self.app.sync()
