"""Somebody before a real browser, in whose sight nothing may go wrong."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, Response

#: CSS pixels: a small phone, and a desk.
PHONE, DESK = 375, 1000
#: How high either is.
_HEIGHT = 800
#: Milliseconds: what a loaded machine may need for a page.
_PATIENCE = 30_000
#: What the site calls a language of a browser.
_OURS = {"zh-CN": "zh-Hans"}
#: Elements that stand out of the page on a side, but for those that are out of sight on purpose.
_OVERHANGS = """() => {
  const wide = document.documentElement.clientWidth;
  const found = document.documentElement.scrollWidth > wide ? ["the page"] : [];
  for (const each of document.querySelectorAll("main *, header *, footer *")) {
    const box = each.getBoundingClientRect();
    const seen = box.width && !each.closest(".unseen") && each.checkVisibility();
    if (seen && (box.left < -1 || box.right > wide + 1)) found.push(each.outerHTML.slice(0, 120));
  }
  return found;
}"""


@dataclass(frozen=True)
class Seat:
    """What somebody sits at, and speaks."""

    width: int = DESK
    #: Whether his browser runs scripts.
    scripts: bool = True
    #: As the browser says it.
    language: str = "en"

    def __str__(self) -> str:
        return f"{self.language}-{self.width}-{'scripts' if self.scripts else 'no-scripts'}"


_USUAL = Seat()


@dataclass
class Visitor:
    """A person with one page open."""

    page: Page
    #: What the URLs of each site begin with that he means to visit.
    homes: tuple[str, ...]
    #: What pages speak to him, as the site calls it.
    speaks: str
    #: What went wrong in his browser.
    faults: list[str] = field(default_factory=list)
    #: Documents that were asked for: method and URL.
    visits: list[tuple[str, str]] = field(default_factory=list)
    #: Statuses of pages that are no fault.
    expects: set[int] = field(default_factory=lambda: {200, 303})

    def see(self, path: str) -> None:
        """Open a page: its path on the first site, or the whole URL."""
        self.page.goto(path if path.startswith("http") else self.homes[0] + path)
        self.look()

    def look(self) -> None:
        """What holds of every page, whatever it is about."""
        root = self.page.locator("html")
        speaks = (root.get_attribute("lang"), root.get_attribute("dir"))
        expected = (self.speaks, "rtl" if self.speaks == "ar" else "ltr")
        assert speaks == expected, f"{self.page.url} speaks {speaks}, not {expected}"
        overhangs = self.page.evaluate(_OVERHANGS)
        assert not overhangs, overhangs

    def press(self, button: str) -> None:
        """Press a button, and see what comes.

        It is told by what it sends, `NAME=VALUE`, or by NAME, a field of the form of which it is
        the only one.
        """
        name, _, value = button.partition("=")
        sends, alone = f"[name='{name}'][value='{value}']", f"form:has([name='{name}']) button"
        with self.page.expect_navigation():
            self.page.locator(f"main button{sends}" if value else f"main {alone}").click()
        self.look()

    def press_enter(self, name: str) -> None:
        """Press Enter in a field, and see what comes."""
        with self.page.expect_navigation():
            self.field(name).press("Enter")
        self.look()

    def reload(self) -> None:
        """Load the page again, as a thumb does by mistake."""
        self.page.reload()
        self.look()

    def field(self, name: str, value: str = "") -> Locator:
        """The field of that name, or the box of that name and value."""
        narrowed = f"[value='{value}']" if value else ":not([type=hidden])"
        return self.page.locator(f"main :is(input, select)[name='{name}']{narrowed}").first

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    @property
    def posted(self) -> int:
        """How many forms were posted."""
        return sum(method == "POST" for method, _ in self.visits)

    # What he would never say

    def watch(self) -> None:
        """Notice from now on what goes wrong."""
        self.page.set_default_timeout(_PATIENCE)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    def _heard(self, said: ConsoleMessage) -> None:
        # Of a status that is expected the console says that it is an error.
        if said.type in ("error", "warning") and "the server responded with" not in said.text:
            self.faults.append(f"console: {said.text}")

    def _asked(self, request: Request) -> None:
        if request.is_navigation_request():
            self.visits.append((request.method, request.url))
        if not request.url.startswith(tuple(f"{home}/" for home in self.homes)):
            self.faults.append(f"asked elsewhere: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status not in self.expects:
            self.faults.append(f"{response.status}: {response.url}")


@contextmanager
def visiting(chrome: Browser, *homes: str, seat: Seat = _USUAL) -> Iterator[Visitor]:
    """A visitor with a browser that nobody used before; at the end nothing went wrong in it."""
    context = chrome.new_context(
        viewport={"width": seat.width, "height": _HEIGHT},
        java_script_enabled=seat.scripts,
        locale=seat.language,
    )
    try:
        visitor = Visitor(context.new_page(), homes, _OURS.get(seat.language, seat.language))
        visitor.watch()
        yield visitor
        assert not visitor.faults, "\n".join(visitor.faults)
    finally:
        context.close()
