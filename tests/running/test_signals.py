"""Waiting for a signal."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from syndicate.running.signals import Stop, until_signal

_WAITS = """
import signal, sys
from syndicate.running.signals import Stop
stop = Stop()
signal.signal(signal.SIGTERM, stop.ask)
print("waiting", flush=True)
assert stop.wait()
print("asked", flush=True)
sys.stdin.read()
"""
#: So many that some come while another is seen to; a `threading.Event` would hang at once.
_OFTEN = 2000


def test_nobody_asked() -> None:
    assert not Stop().wait(0)


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_and_is_not_forgotten(kind: signal.Signals) -> None:
    before = signal.getsignal(kind)
    with until_signal() as stop:
        signal.raise_signal(kind)
        assert stop.wait(30)
        assert stop.wait(0)
    assert signal.getsignal(kind) is before


def test_signals_in_the_middle_of_signals_are_heard_and_nothing_hangs() -> None:
    """A dying parent with many threads makes its child hear of it once for each (prctl(2))."""
    argv, pipe = [sys.executable, "-c", _WAITS], subprocess.PIPE
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe) as process:
        assert process.stdout
        assert process.stdout.readline() == b"waiting\n"
        for _ in range(_OFTEN):
            process.send_signal(signal.SIGTERM)
        try:
            assert process.communicate(timeout=30)[0] == b"asked\n"
        finally:
            process.kill()
    assert process.returncode == 0
