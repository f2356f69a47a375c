"""Children that end with their parent, however it ends: not even kill -9 leaves one behind.

The kernel tells them (Linux, prctl(2) PR_SET_PDEATHSIG); elsewhere only a parent that ends in order
takes its children along. Run as a program, this file ties its own process and becomes another, so
that any program can be tied; it needs the standard library alone.
"""

from __future__ import annotations

import os
import signal
import sys

#: prctl(2): the signal that the kernel sends when the parent dies; it outlives exec.
_SET_DEATH_SIGNAL = 1


def tied(*argv: str) -> list[str]:
    """What runs `argv` as a child of this process that gets SIGTERM when this one is no more.

    It is the starting thread whose end counts; start it from one that lives as long as the process.
    """
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *argv]


def tie(parent: int) -> None:
    """Have this process end with its parent; at once, if that is another by now."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - not for whoever only ties others

        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    tie(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - no shell is wanted
