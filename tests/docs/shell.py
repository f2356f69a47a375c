"""A document's commands, as a person would type them one after another."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: Where the documents have their readers at home.
HOME = "/home/me"
#: A heading, a remark that the next block isn't run, or a block.
_PIECE = re.compile(
    r"^(?P<heading>## [^\n]+)$|^<!-- not run: (?P<why>[^>]+) -->$"
    r"|^```(?P<kind>sh|console)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
#: What begins with these runs until somebody ends it, and is ready when it has printed that.
_STAYS = {
    "syndicate up": "/outbox",
    "syndicate web": "Uvicorn running",
    "syndicate digest preview": "http://",
    "celery -A worker worker": "ready.",
    "celery -A worker beat": "maxinterval",
}
#: Seconds. A command that takes longer hangs.
_LONGEST = 60
_LOOK = 0.05


class Command(NamedTuple):
    """A command of a document, and what the document has it print; None: it doesn't say."""

    section: str
    text: str
    shown: str | None
    #: Why it can't be run here; empty: it can.
    why: str = ""

    @property
    def ready(self) -> str:
        """What it prints once it is ready, if it is one that stays; else nothing."""
        plain = self.text.replace(".venv/bin/", "")
        return next((said for start, said in _STAYS.items() if plain.startswith(start)), "")


def commands(document: str) -> Iterator[Command]:
    """All commands of a document, in order."""
    section = why = ""
    for piece in _PIECE.finditer(document):
        if piece["heading"]:
            section = piece["heading"]
        elif piece["why"]:
            why = piece["why"]
        else:
            split = _of_console if piece["kind"] == "console" else _of_script
            for text, shown in split(piece["body"]):
                yield Command(section, text, shown, why)
            why = ""


def _of_console(body: str) -> Iterator[tuple[str, str]]:
    for said in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        text, _, shown = said.partition("\n")
        yield text, shown.strip("\n")


def _of_script(body: str) -> Iterator[tuple[str, None]]:
    lines = [body] if "<<" in body else body.splitlines()
    for line in lines:
        text = line.strip() if "<<" in line else re.sub(r"\s+# .*", "", line).strip()
        if text and not text.startswith("#"):
            yield text, None


def fits(shown: str, printed: str) -> bool:
    """Whether it is what the document shows, where `…` stands for anything."""
    said = [re.escape(line.rstrip()) for line in shown.splitlines()]
    pattern = r"\n".join(said).replace("…", r"[\s\S]*?")
    return bool(re.fullmatch(pattern, _plain(printed)))


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


@dataclass
class Shell:
    """Runs commands in a person's own folder, with what earlier ones exported."""

    home: Path
    port: int
    environment: Mapping[str, str]
    _before: list[str] = field(default_factory=list)
    _staying: list[tuple[Command, subprocess.Popen[bytes]]] = field(default_factory=list)

    def run(self, command: Command) -> None:
        """Do what it says, and see that it did.

        Raises:
            AssertionError: it failed, or printed something else than is shown.
        """
        if command.text.startswith(("export ", "cd ")):
            self._before.append(command.text)
            return
        if command.ready:
            self._start(command)
            return
        done = subprocess.run(
            ["bash", "-c", self._script(command.text)],
            cwd=self.home,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_LONGEST,
            check=False,
        )
        printed = self._as_told(done.stdout)
        assert done.returncode == 0, f"{command.text}\n{printed}"
        if command.shown is not None:
            assert fits(command.shown, printed), f"{command.text} printed:\n{printed}"

    def end(self) -> None:
        """Ctrl-C for all that still runs."""
        while self._staying:
            command, process = self._staying.pop()
            assert process.poll() is None, f"{command.text} has ended by itself"
            process.send_signal(signal.SIGINT)
            code = process.wait(_LONGEST)
            # Celery calls it a failure.
            wanted = {0, 1, 130} if command.text.startswith("celery") else {0, 130}
            assert code in wanted, f"{command.text} ended with {code}"

    @property
    def _environment(self) -> dict[str, str]:
        own = {"HOME": str(self.home), "SYNDICATE_WEB__PORT": str(self.port), "COLUMNS": "120"}
        return {**os.environ, **own, **self.environment}

    def _script(self, text: str) -> str:
        return "\n".join([*self._before, text.replace(":8000", f":{self.port}")])

    def _as_told(self, printed: bytes) -> str:
        told = printed.decode().replace(str(self.home), HOME)
        return told.replace(f":{self.port}", ":8000")

    def _start(self, command: Command) -> None:
        log = self.home / f"{len(list(self.home.glob('*.log')))}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                ["bash", "-c", self._script(f"exec {command.text}")],
                cwd=self.home,
                env={**self._environment, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        self._staying.append((command, process))
        end = time.monotonic() + _LONGEST
        while command.ready.encode() not in log.read_bytes():
            assert process.poll() is None, f"{command.text}\n{log.read_text()}"
            assert time.monotonic() < end, f"{command.text}\n{log.read_text()}"
            # A log in a file is nothing that can be waited for.
            time.sleep(_LOOK)
        if command.shown is not None:
            printed = self._as_told(log.read_bytes())
            assert fits(f"{command.shown}…", printed), f"{command.text} printed:\n{printed}"
