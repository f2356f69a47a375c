"""A real Postfix of a test's own: its configuration, its queue and its boxes in one folder."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.programs import require

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Seconds that it may take to start, and to deliver.
PATIENCE = 30
#: Where its boxes are, and where its bounces are to go.
DOMAIN, BOUNCES = "y.example", "bounces@blog.example"
_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.{domain}
mydestination =
mynetworks = 127.0.0.0/8
local_recipient_maps =
alias_maps =
alias_database =
recipient_delimiter = +
# Nothing ever leaves this machine.
default_transport = error:5.1.2 no such host
relay_transport = error:5.1.2 no such host
relay_domains = {bounces}
transport_maps = texthash:{folder}/transport
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {folder}/boxes
virtual_mailbox_maps = texthash:{folder}/users
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
# As a relay does that learns only later that there is no such box.
smtpd_reject_unlisted_recipient = no
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
proxymap unix - - n - - proxymap
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Postfix:
    """One that runs."""

    folder: Path
    port: int
    #: Where it hands bounces to, by LMTP.
    bounces: int

    def box(self, name: str) -> list[bytes]:
        """The messages in somebody's Maildir."""
        new = self.folder / "boxes" / name / "new"
        return [path.read_bytes() for path in new.iterdir()] if new.is_dir() else []

    @property
    def log(self) -> str:
        """What it says."""
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else "nothing was logged"


@pytest.fixture
def postfix() -> Iterator[Postfix]:
    """With boxes of reader0, reader1 and reader2 alone."""
    require("postfix")
    if os.geteuid() != 0:
        pytest.skip("Postfix wants root to start")
    # Pytest's folders are for one user alone.
    folder = Path(tempfile.mkdtemp(prefix="postfix-"))
    folder.chmod(0o755)
    try:
        with _running(folder, ["reader0", "reader1", "reader2"]) as found:
            yield found
    finally:
        shutil.rmtree(folder)


@contextmanager
def _running(folder: Path, users: Sequence[str]) -> Iterator[Postfix]:
    port, bounces = _free_port(), _free_port()
    _configure(folder, port, bounces, users)
    config = str(folder / "config")
    process = subprocess.Popen(
        ["postfix", "-c", config, "start-fg"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    found = Postfix(folder, port, bounces)
    try:
        _wait_for(process, found)
        yield found
    finally:
        subprocess.run(
            ["postfix", "-c", config, "stop"], check=False, capture_output=True, timeout=PATIENCE
        )
        process.wait(PATIENCE)


def _configure(folder: Path, port: int, bounces: int, users: Sequence[str]) -> None:
    owner = pwd.getpwnam("postfix")
    for name in ("config", "queue", "data", "boxes"):
        (folder / name).mkdir()
    for name in ("data", "boxes"):
        os.chown(folder / name, owner.pw_uid, owner.pw_gid)
    main = _MAIN.format(
        folder=folder,
        domain=DOMAIN,
        bounces=BOUNCES.partition("@")[2],
        uid=owner.pw_uid,
        gid=owner.pw_gid,
    )
    (folder / "config" / "main.cf").write_text(main)
    (folder / "config" / "master.cf").write_text(_MASTER.format(port=port))
    (folder / "users").write_text("".join(f"{user}@{DOMAIN} {user}/\n" for user in users))
    (folder / "transport").write_text(f"{BOUNCES} lmtp:inet:127.0.0.1:{bounces}\n")


def _wait_for(process: subprocess.Popen[bytes], found: Postfix) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with socket.create_connection(("127.0.0.1", found.port), 5) as link:
                assert link.recv(100).startswith(b"220"), found.log
        except OSError:
            assert process.poll() is None, found.log
            assert time.monotonic() < end, found.log
            time.sleep(0.05)
        else:
            return


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
