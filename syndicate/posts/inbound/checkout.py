"""A site's folder that is a checkout of a git repository: what is pushed there is pulled here."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from typing import TYPE_CHECKING

from syndicate.errors import PullError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from syndicate.store.client import Store

#: Seconds that a pull may take: a year of posts with pictures, over a slow line.
_LONGEST = 300.0
#: Seconds after which a push that can't be pulled is given up: a person has had a day to mend it.
_GIVEN_UP = 86_400
#: Seconds that a call of the hook is known for: as long as GitHub delivers one again.
_KNOWN = 3 * 86_400
#: Nobody is there to be asked, and what git says is looked for in English.
_ALONE = {"GIT_TERMINAL_PROMPT": "0", "SSH_ASKPASS_REQUIRE": "never", "LC_ALL": "C"}
#: What a URL may hold before its host: a name and a password.
_CREDENTIALS = re.compile(r"//[^/@\s]*@")
#: Characters of git's complaint that are told.
_TOLD = 300


class Pushes:
    """Pushes that the site's folder has yet to follow; the queue is only a hint to do so."""

    def __init__(self, store: Store) -> None:
        self._text = store.text
        self._keys = store.keys

    def note(self, call: str) -> bool:
        """Remember a push; False if that very call has been here before."""
        if self._text.exists(self._keys.seen(call)):
            return False
        pipe = self._text.pipeline()
        pipe.sadd(self._keys.pushes, call)
        pipe.expire(self._keys.pushes, _GIVEN_UP)
        pipe.set(self._keys.seen(call), "1", ex=_KNOWN)
        pipe.execute()
        return True

    def waiting(self) -> set[str]:
        """The calls that were not followed yet."""
        return {str(call) for call in self._text.smembers(self._keys.pushes)}

    def settle(self, calls: Collection[str]) -> None:
        """These were followed; those that came meanwhile wait on."""
        self._text.srem(self._keys.pushes, *calls)


def pull(folder: Path, seconds: float = _LONGEST) -> None:
    """Run `git pull --ff-only` there.

    Raises:
        PullError: it can't be done, or takes longer than `seconds`; one line says why.
    """
    argv = ("git", "-C", str(folder), "pull", "--ff-only", "--quiet")
    try:
        process = subprocess.Popen(  # noqa: S603 - nothing of it comes from outside
            argv,
            env={**os.environ, **_ALONE},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise PullError(
            f"can't run git: {error.strerror}; install it, or set pull = false in [hook]"
        ) from error
    try:
        _, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        # With the ssh or curl that it waits for.
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise PullError(f"git pull in {folder} took longer than {seconds:g} s") from error
    if process.returncode:
        raise PullError(f"git pull in {folder}: {complaint(said.decode(errors='replace'))}")


def complaint(said: str) -> str:
    """The line of what git said that tells what is wrong, without passwords."""
    stripped = (line.strip() for line in said.splitlines())
    lines = [line for line in stripped if line and not line.startswith("hint:")]
    wrong = (line for line in lines if line.startswith(("fatal:", "error:")))
    line = next(wrong, lines[0] if lines else "it failed without a word")
    return _CREDENTIALS.sub("//", line)[:_TOLD]
