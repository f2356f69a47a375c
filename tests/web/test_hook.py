"""The hook of a git server: what it can prove, it may start; what was pushed is in the feed."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from syndicate.errors import BusyError, PullError
from syndicate.posts.inbound import checkout
from syndicate.web.hook import verified
from syndicate.web.site import make_site
from tests.web.conftest import FORM, NO_QUEUE, Browser

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.app import App
    from tests.conftest import Clock
    from tests.web.conftest import Answer

SECRET = "hush-" * 7
MAIN = b'{"ref": "refs/heads/main", "repository": {"clone_url": "https://evil.example/x"}}'
POST = "---\ntitle: Pushed\ncategories: [tech]\n---\nIt came by git.\n"


def digest(data: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), data, hashlib.sha256).hexdigest()


def github(body: bytes, event: str = "push", secret: str = SECRET) -> dict[str, str]:
    return {"x_github_event": event, "x_hub_signature_256": f"sha256={digest(body, secret)}"}


def gitlab(token: str = SECRET, event: str = "Push Hook") -> dict[str, str]:
    return {"x_gitlab_event": event, "x_gitlab_token": token}


def timed(body: bytes, at: float, secret: str = SECRET) -> dict[str, str]:
    t = str(int(at))
    return {"x_syndicate_signature": f"t={t},v1={digest(t.encode() + b'.' + body, secret)}"}


@dataclass
class Server:
    """A git server that calls the hook of a site."""

    app: App
    #: How often workers were asked to pull.
    pulls: list[None] = field(default_factory=list)

    def __post_init__(self) -> None:
        queue = replace(NO_QUEUE, pull=lambda: self.pulls.append(None))
        self._browser = Browser(make_site(self.app, queue))

    def __call__(self, body: bytes = MAIN, method: str = "POST", /, **headers: str) -> Answer:
        headers = {"content_type": "application/json"} | headers
        return self._browser(method, "/api/hooks/push", [body], **headers)


def add_hook(site: Path, more: str = "") -> None:
    with (site / "syndicate.toml").open("a") as file:
        file.write(f'[hook]\nsecret = "{SECRET}"\n{more}\n')


@pytest.fixture
def server(site: Path, open_app: Callable[[], App]) -> Server:
    add_hook(site)
    return Server(open_app())


# Who may call


def test_a_push_that_proves_itself_is_followed(server: Server, clock: Clock) -> None:
    proofs = [github(MAIN), gitlab(), timed(MAIN, clock().timestamp())]
    for number, proof in enumerate(proofs, 1):
        answer = server(**proof)
        assert (answer.status, json.loads(answer.body)) == (202, {"state": "accepted"})
        assert answer["cache-control"] == "no-store"
        assert len(server.pulls) == number
    assert len(server.app.pushes.waiting()) == 3
    assert server.app.sweep().pull


@pytest.mark.parametrize(
    "proof",
    [
        {},
        github(MAIN, secret="x" * 35),
        github(MAIN + b" "),
        {"x_hub_signature_256": digest(MAIN)},
        {"x_hub_signature_256": "sha256="},
        {"x_hub_signature_256": "sha256=ü"},
        {"x_hub_signature": "sha1=" + "0" * 40},
        github(MAIN, secret="x") | gitlab(),
        gitlab(""),
        gitlab(SECRET + "x"),
        timed(MAIN, 0),
        {"x_syndicate_signature": "t=,v1="},
        {"x_syndicate_signature": "t=" + "9" * 5000},
    ],
)
def test_a_call_that_proves_nothing_does_nothing(server: Server, proof: dict[str, str]) -> None:
    with capture_logs() as logs:
        answer = server(**proof)
    assert answer.status == 403
    assert "no valid signature" in answer.text
    assert not server.pulls
    assert not server.app.pushes.waiting()
    assert SECRET not in str(logs) + answer.text


def test_a_call_is_taken_for_five_minutes_before_and_after_its_time(
    server: Server, clock: Clock
) -> None:
    now = clock().timestamp()
    statuses = [server(**timed(MAIN, now + off)).status for off in (-301, -300, 300, 301)]
    assert statuses == [403, 202, 202, 403]


def test_a_secret_can_be_replaced_for_two_signatures_are_looked_at(clock: Clock) -> None:
    now = int(clock().timestamp())
    signed = f"{now}.".encode() + MAIN
    value = f"t={now},v1={digest(signed, 'old')},v1={digest(signed)}"
    assert verified({"x-syndicate-signature": value}, MAIN, SECRET.encode(), now)


@given(st.text(max_size=200), st.binary(max_size=100))
def test_nothing_that_is_made_up_is_a_proof(value: str, body: bytes) -> None:
    for name in ("x-hub-signature-256", "x-gitlab-token", "x-syndicate-signature"):
        assert verified({name: value}, body, SECRET.encode(), 0) is None


@pytest.mark.parametrize("value", ["t=" + "1" * 100_000, "t=1" + ",v1=" * 50_000])
def test_a_made_up_signature_costs_what_it_weighs(value: str) -> None:
    begun = time.process_time()
    assert verified({"x-syndicate-signature": value}, b"", b"x", 0) is None
    assert time.process_time() - begun < 0.1


def test_without_a_secret_there_is_no_such_place(app: App) -> None:
    assert Server(app)(**gitlab("")).status == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_looking_at_the_hook_does_nothing(server: Server, method: str) -> None:
    answer = server(b"", method, **timed(b"", server.app.clock().timestamp()))
    assert (answer.status, answer["allow"]) == (405, "POST")
    assert not server.pulls


def test_a_call_that_is_too_large_is_not_read(server: Server) -> None:
    assert server(content_length="5000001", **github(MAIN)).status == 413


# Which calls


@pytest.mark.parametrize("proof", ["github", "timed"])
def test_the_same_call_again_does_nothing(server: Server, clock: Clock, proof: str) -> None:
    sent = github(MAIN) if proof == "github" else timed(MAIN, clock().timestamp())
    assert server(**sent).status == 202
    # What isn't signed can be changed by who listened.
    again = server(**sent, x_github_delivery="another")
    assert (again.status, json.loads(again.body)) == (200, {"state": "known"})
    assert len(server.pulls) == 1


def test_a_ping_is_answered(server: Server) -> None:
    body = b'{"zen": "Keep it simple."}'
    assert server(body, **github(body, "ping")).status == 200
    assert not server.pulls


@pytest.mark.parametrize(
    ("body", "event"),
    [
        (b'{"ref": "refs/heads/draft"}', "push"),
        (b'{"ref": "refs/tags/main"}', "push"),
        (b'{"ref": "main"}', "push"),
        (MAIN, "issues"),
        (MAIN, ""),
    ],
)
def test_what_is_no_push_of_the_branch_is_heard_and_left(
    server: Server, body: bytes, event: str
) -> None:
    answer = server(body, **github(body, event))
    assert (answer.status, answer.body) == (204, b"")
    assert not server.pulls


def test_another_branch_can_be_the_one(site: Path, open_app: Callable[[], App]) -> None:
    add_hook(site, 'branch = "live/site"')
    server = Server(open_app())
    body = b'{"ref": "refs/heads/live/site"}'
    assert server(body, **github(body)).status == 202
    assert server(**github(MAIN)).status == 204


def test_a_form_is_read_as_well_for_github_sends_one_unless_told_otherwise(server: Server) -> None:
    body = urlencode({"payload": MAIN.decode()}).encode()
    assert server(body, content_type=FORM, **github(body)).status == 202


def test_a_call_of_our_own_needs_no_body(server: Server, clock: Clock) -> None:
    assert server(b"", **timed(b"", clock().timestamp())).status == 202


@pytest.mark.parametrize("body", [b"x", b"[]", b"{}", b'{"ref": 3}', b"[" * 100_000, b"\xff"])
def test_a_body_that_names_no_branch_is_told(server: Server, body: bytes) -> None:
    answer = server(body, **github(body))
    assert answer.status == 400
    assert "JSON with a 'ref'" in answer.text
    form = server(body, content_type=FORM, **github(body))
    assert form.status == 400


# Following


def git(folder: Path, *argv: str) -> str:
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@blog.example", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *who, "-C", str(folder), *argv], check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.fixture
def desk(site: Path, tmp_path: Path) -> Path:
    """Somebody's clone of the site; what is pushed there goes to a bare repository."""
    bare, clone = tmp_path / "site.git", tmp_path / "desk"
    (site / ".gitignore").write_text("/syndicate.toml\n/public\n/.syndicate\n")
    (site / "_posts" / "2026-11-20-first.md").write_text(POST.replace("Pushed", "First"))
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    git(site, "init", "--quiet", "--initial-branch=main")
    git(site, "remote", "add", "origin", str(bare))
    git(site, "add", ".")
    git(site, "commit", "--quiet", "-m", "First")
    git(site, "push", "--quiet", "--set-upstream", "origin", "main")
    git(tmp_path, "clone", "--quiet", str(bare), str(clone))
    return clone


def push(desk: Path, name: str = "2026-11-21-pushed.md", text: str = POST) -> None:
    (desk / "_posts" / name).write_text(text)
    git(desk, "add", ".")
    git(desk, "commit", "--quiet", "-m", name)
    git(desk, "push", "--quiet")


def test_what_was_pushed_is_pulled_and_in_the_feed(server: Server, site: Path, desk: Path) -> None:
    app = server.app
    app.sync()
    push(desk)
    # What was handed in lies in the same folder.
    (site / "_posts" / "2026-11-22-here.md").write_text(POST.replace("Pushed", "Here"))
    assert server(**github(MAIN)).status == 202
    app.pull()
    assert not app.sweep().pull
    app.sync()
    app.publish()
    items = json.loads((site / "public" / "feed.json").read_text())["items"]
    assert {item["title"] for item in items} == {"First", "Pushed", "Here"}


def test_what_fails_is_one_line_and_is_tried_again(server: Server, site: Path, desk: Path) -> None:
    push(desk)
    (site / "_posts" / "2026-11-21-pushed.md").write_text("in the way")
    server(**github(MAIN))
    with pytest.raises(PullError) as failed:
        server.app.pull()
    assert str(failed.value).startswith(f"git pull in {site}: error: The following untracked")
    assert "\n" not in str(failed.value)
    assert server.app.sweep().pull
    (site / "_posts" / "2026-11-21-pushed.md").unlink()
    server.app.pull()
    assert not server.app.sweep().pull
    assert (site / "_posts" / "2026-11-21-pushed.md").read_text() == POST


def test_a_checkout_that_went_its_own_way_is_left_alone(
    server: Server, site: Path, desk: Path
) -> None:
    push(desk)
    (site / "_posts" / "2026-11-22-own.md").write_text(POST)
    git(site, "add", ".")
    git(site, "commit", "--quiet", "-m", "Own")
    before = git(site, "rev-parse", "HEAD")
    server(**github(MAIN))
    with pytest.raises(PullError, match="Not possible to fast-forward"):
        server.app.pull()
    assert git(site, "rev-parse", "HEAD") == before


def test_only_one_pulls_and_it_sees_to_what_comes_meanwhile(
    server: Server, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulled = []

    def pull(_folder: Path) -> None:
        pulled.append(len(server.app.pushes.waiting()))
        if len(pulled) == 1:
            server(**gitlab())
            with pytest.raises(BusyError):
                server.app.pull()

    assert desk
    monkeypatch.setattr(checkout, "pull", pull)
    server(**github(MAIN))
    server.app.pull()
    assert pulled == [1, 1]
    assert not server.app.pushes.waiting()


def test_somebody_else_may_do_the_pulling(
    site: Path, open_app: Callable[[], App], desk: Path
) -> None:
    add_hook(site, "pull = false")
    server = Server(open_app())
    push(desk)
    server(**github(MAIN))
    server.app.pull()
    assert not (site / "_posts" / "2026-11-21-pushed.md").exists()
    assert not server.app.sweep().pull


@pytest.mark.slow
def test_a_pull_that_hangs_is_ended_with_all_that_it_started(
    site: Path, desk: Path, tmp_path: Path
) -> None:
    assert desk
    ssh = tmp_path / "ssh"
    ssh.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nsleep 60\n")
    ssh.chmod(0o700)
    git(site, "config", "core.sshCommand", str(ssh))
    git(site, "remote", "set-url", "origin", "ssh://git.example/site")
    with pytest.raises(PullError, match="took longer than 1 s"):
        checkout.pull(site, 1)
    pid = (tmp_path / "pid").read_text().strip()
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True, check=False
    ).stdout
    assert state.strip()[:1] in ("", "Z")


def test_a_folder_that_is_no_checkout_and_a_machine_without_git_are_told(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(site.parent))
    with pytest.raises(PullError, match="fatal: not a git repository"):
        checkout.pull(site)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PullError, match="can't run git: No such file or directory; install it"):
        checkout.pull(site)


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("", "it failed without a word"),
        ("hint: x\nfatal: no\n\nPlease see\n", "fatal: no"),
        (
            "hint: x\nThere is no tracking information.\nIf you wish\n",
            "There is no tracking information.",
        ),
        (
            "fatal: unable to access 'https://ann:hush@git.example/x/': gone",
            "fatal: unable to access 'https://git.example/x/': gone",
        ),
    ],
)
def test_git_is_quoted_in_a_line_without_passwords(said: str, line: str) -> None:
    assert checkout.complaint(said) == line
