"""What the Redis user that we recommend is let do: every command, the workers, and every page.

The state is that of the small site of tests/backups, in which there is one of each.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections import deque
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Timer
from typing import TYPE_CHECKING

import click
import pytest
import redis

from syndicate.app import App, wall_clock
from syndicate.backups.backup import restore
from syndicate.settings import SITE_VARIABLE, load
from syndicate.store import client
from syndicate.store.keys import SCHEMA
from syndicate.store.pulse import Sign
from syndicate.subscribers.model import Digest, Status
from syndicate.subscribers.tokens import Claim, Purpose, sign
from syndicate.tasks import QUEUES
from tests.backups import small_site
from tests.backups.make_dump import DUMPS
from tests.cli.conftest import told
from tests.cli.test_main import ALL, found
from tests.deploy.test_redis_acl import PASSWORD, REFUSED, refused, relay, store, url
from tests.web.conftest import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from click.testing import Result

    from tests.delivery.conftest import FaultyRelay

pytestmark = pytest.mark.slow

DUMP = DUMPS / f"schema-{SCHEMA}.backup"
TEA = Digest("tea", "harbour")
BACKUPS = Path(__file__).parents[2] / "docs" / "backups.md"

#: Fixtures of the neighbours.
__all__ = ["refused", "relay", "store", "url"]

#: All that a person types, one after the other; {work} is a folder.
TYPED = """\
unlock --since-snapshot nothing --why proof
migrate
sync --rebuild
posts check
posts list
posts show 22
posts explain 22
posts fetch
posts skip 21 --category TechWeb --cadence weekly
posts requeue 21 --category TechWeb --cadence weekly
feeds list
feeds check
editions list
editions show 3
editions hold 10 --why proof
editions approve 10
editions pause 10
editions resume 10
editions cancel 10
digest plan
digest preview harbour --cadence tea --no-serve
digest send harbour --cadence tea
digest send markets --cadence tea --test me@mail.example
delivery list
delivery explain reader2@mail.example
delivery export m3
delivery retry m1 --failed
delivery release m2
bounces list
bounces stats
bounces poll
bounces read {work}/came-back
schedule list
schedule next
schedule show daily
schedule set daily --grace 3
schedule remove daily
schedule skip weekly
schedule once daily --at 2099-12-24T18:00Z
schedule run-held tea 2026-11-23T11:00:00Z
schedule drop-held tea 2026-11-23T11:00:00Z
schedule export
schedule apply {work}/none.toml
pause weekly --why proof
resume weekly
relays list
relays show main
relays pause main --why proof
relays resume main
relays test main
subscribers add ann@mail.example --category harbour
subscribers confirm ann@mail.example
subscribers list
subscribers find reader
subscribers show reader1@mail.example
subscribers stats
subscribers verify --repair
subscribers export
subscribers import {work}/people.csv --category harbour --consent stand
subscribers tag ann@mail.example city=Bonn
subscribers together ann@mail.example --first harbour
subscribers unsubscribe ann@mail.example --yes
subscribers suppress @mail.example --yes
subscribers lift @mail.example
subscribers forget ann@mail.example --yes
keys list
keys rotate
keys retire 3f
templates eject digest
status
doctor --only settings,redis,disk,templates,relays,state
"""
#: What anybody can open; {mine} is a reader's own.
PAGES = (
    *("/categories/harbour/rss.xml", "/digests/daily", "/digests/daily/harbour", "/editions/1"),
    *("/healthz", "/help", "/metrics", "/preferences", "/readyz", "/subscribe", "/subscribe/sent"),
    *("/preferences/{mine}", "/preferences/{mine}/data.json", "/preferences/{mine}/erase"),
)
FORM = "application/x-www-form-urlencoded"
#: What is posted to them: a path, its type, and its body.
POSTED = (
    ("/u/{leave}", FORM, "List-Unsubscribe=One-Click"),
    ("/preferences/{mine}/erase", FORM, "do=erase"),
    ("/preferences", FORM, "address=reader6%40mail.example"),
    ("/subscribe", FORM, "category=harbour&address=new%40mail.example"),
    ("/api/posts", "application/json", '{{"title": "Boats", "markdown": "They float."}}'),
)
#: They run until they are stopped, make a site of their own, or know nothing of Redis.
ELSEWHERE = {("bounces", "listen"), ("completion",), ("demo",), ("init",), ("outbox",)}
ELSEWHERE |= {("up",), ("web",)}
#: They want rights that the service has no use for.
WANTING = {("backup",), ("restore",)}


@pytest.fixture
def site(tmp_path: Path, url: str, relay: FaultyRelay) -> Path:
    folder = tmp_path / "site"
    small_site.make(folder, url, "syndicate", relay.port)
    small_site.write(folder, small_site.NEWS)
    # No hub is told of anything.
    settings = folder / "syndicate.toml"
    settings.write_text(re.sub("^hub = .*", "", settings.read_text(), flags=re.MULTILINE))
    put_back(folder, url.replace(f"syndicate:{PASSWORD}", "admin:admin"))
    return folder


def put_back(folder: Path, admin: str) -> None:
    """Have Redis hold the state of the dump."""
    found = client.connect(admin, "syndicate")
    restore(load(folder), found, DUMP, wall_clock)
    found.close()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "none.toml").touch()
    (folder / "people.csv").write_text("email\nben@mail.example\n")
    (folder / "came-back").write_bytes(b"From: mail@mail.example\n\nIt could not be delivered.\n")
    return folder


def test_every_command_is_allowed(
    app: App,
    site: Path,
    work: Path,
    syndicate: Callable[..., Result],
    refused: Callable[[], list[str]],
) -> None:
    lines = [line.format(work=work) for line in TYPED.splitlines()]
    for line in lines:
        # So nobody asks Celery, which knows one Redis a process.
        app.pulse.sign("one", Sign(wall_clock().timestamp(), 0, ""))
        result = syndicate(*shlex.split(line), "--site", site)
        assert result.exception is None or isinstance(result.exception, SystemExit), line
        assert refused() == [], line
    typed = {path for path in leaves() for line in lines if line.split()[: len(path)] == [*path]}
    assert typed == leaves() - ELSEWHERE - WANTING


def test_every_page_is_allowed(app: App, refused: Callable[[], list[str]]) -> None:
    app.life.unlock()
    app.republish()
    app.publish()
    one = app.subscribers.find(small_site.address(5)).id
    tokens = {
        "mine": sign(app.key, Claim.at(Purpose.PREFERENCES, one, app.clock())),
        "leave": sign(app.key, Claim(Purpose.UNSUBSCRIBE, one, 1)),
    }
    with served(app) as port, closing(HTTPConnection("127.0.0.1", port)) as browser:
        for page in PAGES:
            browser.request("GET", page.format(**tokens))
            assert answered(browser) == 200, page
        for page, kind, body in POSTED:
            headers = {"Content-Type": kind, "Authorization": f"Bearer {small_site.TOKEN}"}
            browser.request("POST", page.format(**tokens), body.format(**tokens), headers)
            assert answered(browser) in (200, 201, 303), page
    app.signup.admit()
    app.send_letters()
    assert refused() == []


def answered(browser: HTTPConnection) -> int:
    answer = browser.getresponse()
    answer.read()
    return answer.status


@pytest.fixture
def start(site: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts programs of the site, which end with the test."""
    environment = os.environ | {SITE_VARIABLE: str(site)}
    with ExitStack() as stack:

        def go(*argv: str) -> subprocess.Popen[str]:
            command, pipe = [sys.executable, *argv], subprocess.PIPE
            made = subprocess.Popen(command, env=environment, cwd=site, stderr=pipe, text=True)
            stack.callback(made.communicate, timeout=60)
            stack.callback(made.terminate)
            return made

        yield go


def until(process: subprocess.Popen[str], said: str) -> None:
    """Wait until it says that, for a minute at most."""
    assert process.stderr
    before: deque[str] = deque(maxlen=20)
    end = Timer(60, process.terminate)
    end.start()
    try:
        for line in process.stderr:
            if said in line:
                return
            before.append(line)
    finally:
        end.cancel()
    pytest.fail("".join(before))


def test_a_service_is_allowed_all_from_a_post_to_a_message(
    site: Path,
    store: client.Store,
    start: Callable[..., subprocess.Popen[str]],
    relay: FaultyRelay,
    refused: Callable[[], list[str]],
) -> None:
    """Workers and beat as deploy/ has them, and who asks how they are."""
    app, arrived = App(load(site), store), Event()
    app.life.unlock()
    ann = app.subscribers.add("ann@mail.example", app.clock())
    app.subscribers.change(ann, [TEA], Status.ACTIVE, app.clock(), {"method": "test"})
    relay.at_dot = lambda to: arrived.set() if to == "ann@mail.example" else None
    celery = ("-m", "celery", "--app", "syndicate.tasks", "--quiet")
    queues = ("--queues", ",".join(QUEUES), "--concurrency", "1", "--loglevel", "info")
    worker = start(*celery, "worker", *queues)
    start(*celery, "beat", "--pidfile=", "--schedule", str(site / "beat"))
    until(worker, "ready")
    small_site.write(site, [("tide", "harbour", "A tide")])
    for task in ("tick", "sync"):
        assert start("-c", f"from syndicate import tasks; tasks.{task}.delay()").wait(60) == 0
    until(worker, "event=publish ")
    edition = app.desk.cut(*TEA)
    assert edition
    app.desk.order(edition.id)
    assert start("-c", "from syndicate import tasks; tasks.sweep.delay()").wait(60) == 0
    assert arrived.wait(60)
    command = [sys.executable, "-m", "syndicate", "status", "--json", "--site", str(site)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    fine = {each["name"]: each["fine"] for each in json.loads(done.stdout)["services"]}
    assert fine == {"redis": True, "workers": True, "beat": True, "web": False}
    assert refused() == []


@pytest.fixture
def keeper(url: str, redis_7: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of the user of docs/backups.md who takes backups, and does nothing else."""
    (said,) = re.findall(r"^user syndicate-backup .*$", BACKUPS.read_text(), re.MULTILINE)
    rules = said.replace("#…", f">{PASSWORD}").split()[2:]
    with closing(redis.Redis.from_url(url.replace(f"syndicate:{PASSWORD}", "admin:admin"))) as it:
        it.execute_command("ACL", "SETUSER", "syndicate-backup", *rules)  # type: ignore[no-untyped-call]  # no stub
    found = url.replace("syndicate:", "syndicate-backup:")
    monkeypatch.setenv("SYNDICATE_REDIS__URL", found)
    # What it hands out is read by a server as new as itself.
    monkeypatch.setenv("PATH", str(Path(redis_7).parent), prepend=os.pathsep)
    return found


def test_backups_have_a_user_of_their_own_who_can_do_nothing_else(
    keeper: str,
    site: Path,
    work: Path,
    syndicate: Callable[..., Result],
    refused: Callable[[], list[str]],
) -> None:
    file = work / "monday.backup"
    result = syndicate("backup", file, "--site", site)
    assert result.exit_code == 0, result.stderr
    assert refused() == []
    assert syndicate("restore", file, "--check").exit_code == 0
    with closing(redis.Redis.from_url(keeper)) as thief:
        for words in (*REFUSED, "SET syndicate:schema 9", "GET syndicate:state", "SCAN 0"):
            with pytest.raises(redis.exceptions.NoPermissionError):
                thief.execute_command(*words.split())  # type: ignore[no-untyped-call]  # no stub


@pytest.mark.parametrize("words", ["backup", "restore --replace"])
def test_the_service_itself_may_neither_take_nor_put_back_and_is_told_who_may(
    words: str, site: Path, work: Path, syndicate: Callable[..., Result]
) -> None:
    file = work / "new.backup" if words == "backup" else DUMP
    line = told(syndicate(*words.split(), file, "--site", site))
    assert "docs/backups.md" in line


def leaves() -> set[tuple[str, ...]]:
    return {path for path in ALL if not isinstance(found(path), click.Group)}
