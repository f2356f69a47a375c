"""Every page, on a phone and on a desk, in light and dark: nobody is kept from using it."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from syndicate.subscribers.model import Status
from tests.browser.pages import PAGES, Stage
from tests.browser.visitor import DESK, PHONE, visiting
from tests.web.readers import MONEY, TECH, WEEKLY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from syndicate.app import App
    from tests.conftest import Clock

pytestmark = pytest.mark.slow

#: axe-core, the usual judge of accessibility, as its package on PyPI has it.
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
#: What it judges: its own rules, and that small things to press stand apart (WCAG 2.2, 2.5.8).
JUDGE = """async () => (await axe.run(
  document, {resultTypes: ["violations"], rules: {"target-size": {enabled: true}}}
)).violations"""
#: CSS pixels, either way, of what is pressed with a thumb (STANDARDS 109).
THUMB = 44
SMALL = """thumb => [...document.querySelectorAll("button, summary, select, input, .tick, .option")]
  .filter(each => each.checkVisibility() && !each.closest(".unseen"))
  .filter(each => !each.matches("label > [type=checkbox], label > [type=radio]"))
  .map(each => [each.outerHTML.slice(0, 120), each.getBoundingClientRect()])
  .filter(([, box]) => Math.min(box.width, box.height) < thumb)
  .map(([html, box]) => `${html}: ${box.width} x ${box.height}`)"""
#: Fields that are wrong and don't show it by their border.
UNMARKED = """() => [...document.querySelectorAll("[aria-invalid]")]
  .filter(each => parseFloat(getComputedStyle(each).borderTopWidth) < 2)
  .map(each => each.outerHTML.slice(0, 120))"""
#: What a mail may lack that is shown as a page: it is framed by mailboxes, not by us.
OF_MAILS = {"landmark-one-main", "region"}


@pytest.fixture
def stage(
    app: App,
    home: str,
    clock: Clock,
    chrome: Browser,
    write_post: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Stage]:
    app.sync()
    write_post("one", "tech", "money", title="What is new, and what it means for all of us")
    app.sync()
    app.publish()
    number = app.subscribers.add("wanda@mail.example", clock())
    app.subscribers.change(number, [TECH, MONEY, WEEKLY], Status.ACTIVE, clock(), {})
    edition = app.desk.cut("daily", "tech")
    assert edition
    mailing = app.desk.order(edition.id)
    for chunk in app.plan(mailing):
        app.deliver(mailing, chunk)
    with visiting(chrome, home) as visitor:
        yield Stage(app, clock, visitor, monkeypatch, number, mailing)


@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_use_it(stage: Stage, name: str) -> None:
    PAGES[name](stage)
    page = stage.visitor.page
    page.evaluate(AXE)
    found = []
    for width in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": 800})
        for light in ("light", "dark"):
            page.emulate_media(color_scheme=light)
            stage.visitor.look()
            found += [f"{width} {light} {fault}" for fault in faults(page.evaluate(JUDGE), name)]
        found += [f"{width} small: {line}" for line in page.evaluate(SMALL, THUMB)]
        found += [f"{width} not marked: {line}" for line in page.evaluate(UNMARKED)]
    assert not found, "\n".join(found)


def faults(violations: list[dict[str, Any]], page: str) -> list[str]:
    """What is wrong with a page, be it serious or not, in a line each."""
    known = OF_MAILS if page == "edition" else ()
    return [
        f"{each['id']}: {node['html']} {node.get('failureSummary')}"
        for each in violations
        if each["id"] not in known
        for node in each["nodes"]
    ]
