"""A worker of the benchmarks: `python -m benchmarks.sending SITE MAILING CHUNKS`.

It says "ready" when it could begin, begins at a line on its standard input, sends that many chunks,
or (0) all that is due, and says in JSON what that took.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path

from syndicate.app import opened
from syndicate.running.logs import configure_logging
from syndicate.settings import load

#: Chunks asked for at once; each worker takes what the others haven't.
_AT_ONCE = 10


def _peak() -> float:
    """MB that it had at the most; `getrusage` would count what it was forked from, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main() -> None:
    """Send a mailing's chunks."""
    configure_logging(logging.ERROR)
    folder, mailing, most = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    with opened(load(folder)) as app:
        print("ready", flush=True)
        sys.stdin.readline()
        wall, cpu, done = time.perf_counter(), time.process_time(), 0
        while due := app.ledger.due(mailing, app.clock(), _AT_ONCE):
            done += sum(app.deliver(mailing, chunk) for chunk in due)
            if most and done >= most:
                break
        spent = {
            "wall": time.perf_counter() - wall,
            "cpu": time.process_time() - cpu,
            "memory": _peak(),
        }
    print(json.dumps(spent), flush=True)


if __name__ == "__main__":
    main()
