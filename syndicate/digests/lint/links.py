"""Links: each leads where it says, and says where it leads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from syndicate.digests.lint.model import Finding, error, warning
from syndicate.digests.lint.reading import shown, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml import etree

    from syndicate.digests.lint.letter import Letter

#: What the web is asked by; the others open a program.
_WEB = ("http", "https")
_SCHEMES = (*_WEB, "mailto", "tel")
#: Words that say nothing of where they lead.
_VAGUE = frozenset(
    (
        *(
            "click here",
            "click",
            "here",
            "this link",
            "link",
            "hier",
            "hier klicken",
            "cliquez ici",
        ),
        *(
            "ici",
            "aquí",
            "haz clic aquí",
            "点击这里",
            "点击此处",
            "点此",
            "这里",
            "此处",
            "點擊這裡",
        ),
        *("這裡", "こちら", "こちらをクリック", "اضغط هنا", "هنا"),
    )
)
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_CLOSING = ".…。!！:：→← \u00a0"
#: From here on an answer says that there is nothing to be had; with these, for anybody.
_BAD, _GONE = 400, (404, 410)


def find(letter: Letter) -> Iterator[Finding]:
    """All that is wrong with the links of the HTML."""
    for link in _links(letter):
        yield from _of(link)


def urls(letter: Letter) -> list[str]:
    """Where the links and pictures lead to on the web, each once, in their order."""
    found = [link.get("href", "") for link in _links(letter)]
    found += [image.get("src", "") for image in _all(letter, "img")]
    return list(dict.fromkeys(url.strip() for url in found if _is_web(url)))


def dead(answers: Mapping[str, int | str]) -> Iterator[Finding]:
    """The URLs that gave nothing; an answer is a status or, of none, the reason."""
    for url, answer in answers.items():
        remedy = "mend the link, or the page it leads to"
        if isinstance(answer, str):
            yield error("link-dead", answer, url, remedy)
        elif answer in _GONE:
            yield error("link-dead", f"its server answers {answer}", url, remedy)
        elif answer >= _BAD:
            # 403 and 429 are said to programs, 503 for a while.
            remedy = "see whether it opens in a browser"
            yield warning("link-doubtful", f"its server answers {answer}", url, remedy)


def _of(link: etree._Element) -> Iterator[Finding]:
    url, words = link.get("href", "").strip(), words_of(link)
    if not _leads_somewhere(url):
        remedy = "begin it with https://"
        yield error(
            "link-relative", f"{url[:200]!r} leads nowhere from a mail", shown(words), remedy
        )
    if not words:
        yield error(
            "link-empty", "a link without words", url, "give it words, or its picture an alt"
        )
    if words.casefold().strip(_CLOSING) in _VAGUE:
        remedy = "say what is there"
        yield warning("link-vague", "the words don't say where it leads", shown(words), remedy)
    said = _host(words) if _URL.fullmatch(words) else ""
    if said and said != _host(url):
        what = f"it says {said} and leads to {_host(url) or 'no host'}"
        yield error("link-elsewhere", what, shown(words), "let it say what it leads to")


def _links(letter: Letter) -> Iterator[etree._Element]:
    return (link for link in _all(letter, "a") if link.get("href") is not None)


def _all(letter: Letter, tag: str) -> Iterator[etree._Element]:
    return letter.tree.iter(tag) if letter.tree is not None else iter(())


def _leads_somewhere(url: str) -> bool:
    return _is_web(url) or _scheme(url) in _SCHEMES[len(_WEB) :]


def _is_web(url: str) -> bool:
    return _scheme(url) in _WEB and bool(_host(url))


def _scheme(url: str) -> str:
    return url.strip().partition(":")[0].lower()


def _host(url: str) -> str:
    """The host in lower case, without `www.`; empty if there is none."""
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        return (parts.hostname or "").rstrip(".").removeprefix("www.")
    except ValueError:
        return ""
