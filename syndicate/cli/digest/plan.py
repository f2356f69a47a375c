"""`syndicate digest plan`."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from syndicate.cli import completing
from syndicate.cli.common import (
    bar,
    console,
    json_option,
    notes,
    print_json,
    print_table,
    service,
    site_option,
)
from syndicate.digests.fit import HTML_LIMIT
from syndicate.digests.lint.model import Severity
from syndicate.errors import MessageError, TemplateError
from syndicate.reports.forecast import (
    ALL_LINKS,
    MOST_LINKS,
    ask_links,
    digests,
    forecast,
    languages,
)
from syndicate.settings import OUTBOX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syndicate.app import App
    from syndicate.reports.forecast import Forecast


@click.command()
@click.argument("category", required=False, shell_complete=completing.categories)
@click.option(
    "--cadence", help="Only this one.  [default: every]", shell_complete=completing.cadences
)
@click.option("--links", is_flag=True, help="Ask each link whether it leads anywhere.")
@click.option("--strict", is_flag=True, help="Exit code 1 if anything found is an error.")
@json_option
@site_option
def plan(
    category: str | None,
    cadence: str | None,
    links: bool,
    strict: bool,
    as_json: bool,
    folder: Path,
) -> None:
    """Say who would get what at the next slot, and what is amiss with it; nothing is cut.

    Of the digests of CATEGORY, or of all that have news. A category's readers are counted by
    language too, which takes a second for 50,000.

    \b
      syndicate digest plan                     a line for each with news
      syndicate digest plan techweb --links     all about those of a category
    """  # noqa: D301 - click wants the character
    with service(folder) as app:
        found = list(_forecasts(app, category, cadence))
        if links:
            found, unasked = ask_links(app, found)
            if unasked:
                notes.print(
                    f"{unasked} links were not asked: at most {MOST_LINKS}, in {ALL_LINKS:g} s"
                )
    if as_json:
        print_json([_as_json(each) for each in found])
    elif category is None:
        _print_all(found)
    else:
        for each in found:
            _print_one(each)
    if strict and any(_count(each, Severity.ERROR) for each in found):
        sys.exit(1)


def _forecasts(app: App, category: str | None, cadence: str | None) -> Iterator[Forecast]:
    wanted = digests(app, category, cadence)
    with bar("Composing") as progress:
        for done, digest in enumerate(wanted, 1):
            try:
                found = forecast(app, digest)
            except (MessageError, TemplateError) as error:
                # One that can't be composed keeps no other from being told about.
                notes.print(f"{digest}: {error}", markup=False)
            else:
                found = found if found.waits else found.without_posts()
                # Counting takes its time, so it isn't done for all digests.
                yield replace(found, languages=languages(app, found)) if category else found
            progress(done, len(wanted))


def _print_all(found: list[Forecast]) -> None:
    columns = (
        *("cadence", "category", "next slot", "posts", "shortened", "HTML", "readers"),
        *("errors", "warnings", "sent"),
    )
    rows = [
        (
            *(each.digest.cadence, each.digest.category, f"{each.slot:%Y-%m-%d %H:%M}"),
            *(len(each.posts), each.shortened, each.html_bytes, each.audience),
            *(_count(each, Severity.ERROR), _count(each, Severity.WARNING), _fate(each)),
        )
        for each in found
    ]
    if rows:
        print_table("", columns, rows)
    else:
        console.print("Nothing waits for any digest.")


def _print_one(each: Forecast) -> None:
    console.print(f"The {each.digest.cadence} digest of {each.digest.category}", markup=False)
    facts = {
        "next slot": f"{each.slot:%Y-%m-%d %H:%M} {each.slot.tzinfo}",
        "sent": _fate(each),
    }
    if each.waits:
        facts |= {
            "readers": f"{each.audience}, in {_spoken(each)}",
            "relay": f"{each.relay} (captured on this machine)"
            if each.relay == OUTBOX
            else each.relay,
            "subject": each.subject,
            "HTML": f"{each.html_bytes:,} of {HTML_LIMIT:,} bytes",
            "text": f"{each.text_bytes:,} bytes",
            "message": f"{len(each.message):,} bytes",
        }
    if each.too_old:
        facts["too old"] = ", ".join(each.too_old)
    for name, value in facts.items():
        console.print(f"  {name:<10} {value}", markup=False)
    if each.waits:
        rows = [(post.step, post.title, post.source) for post in each.posts]
        print_table("", ("  shown as", "title", "source"), (("  " + a, *b) for a, *b in rows))
        for finding in each.findings:
            console.print(f"  {finding}", markup=False)


def _spoken(each: Forecast) -> str:
    """The languages of its readers; its own if it has none."""
    counts = each.languages or {}
    if len(counts) > 1:
        return ", ".join(f"{language} ({many})" for language, many in counts.items())
    return next(iter(counts), each.language)


def _fate(each: Forecast) -> str:
    if not each.cut:
        return f"no: {each.why}"
    return "once it is approved" if each.approval else "yes"


def _count(each: Forecast, severity: Severity) -> int:
    return sum(finding.severity is severity for finding in each.findings)


def _as_json(each: Forecast) -> dict[str, object]:
    return {
        **each.digest._asdict(),
        "number": each.number,
        "slot": each.slot,
        "cut": each.cut,
        "why": each.why,
        "approval": each.approval,
        "subject": each.subject,
        "posts": [asdict(post) for post in each.posts],
        "too_old": each.too_old,
        "audience": each.audience,
        "language": each.language,
        "languages": each.languages,
        "relay": each.relay,
        "html_bytes": each.html_bytes,
        "text_bytes": each.text_bytes,
        "message_bytes": len(each.message),
        "findings": [asdict(finding) for finding in each.findings],
    }
