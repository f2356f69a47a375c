"""Everything that is measured: a table, and `results.json` beside this file.

`python -m benchmarks` runs it all, `python -m benchmarks web` a part, which isn't kept.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from pathlib import Path

from benchmarks import delivery, feeds, imports, message, rows, subscribers, together, web
from syndicate.running.logs import configure_logging

RESULTS = Path(__file__).parent / "results.json"
PARTS = {
    "delivery": delivery.measure,
    "feeds": feeds.measure,
    "imports": imports.measure,
    "message": message.measure,
    "subscribers": subscribers.measure,
    "together": together.measure,
    "web": web.measure,
}


def main() -> None:
    """Measure what the command line names, or all."""
    configure_logging(logging.ERROR)
    names = sys.argv[1:] or list(PARTS)
    if unknown := set(names) - set(PARTS):
        sys.exit(f"no benchmark {min(unknown)!r}; there are: {', '.join(PARTS)}")
    with tempfile.TemporaryDirectory() as work:
        found = (row for name in names for row in PARTS[name](Path(work) / name))
        rows.table(found, RESULTS if names == list(PARTS) else Path(work) / RESULTS.name)


if __name__ == "__main__":
    main()
