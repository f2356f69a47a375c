"""A masthead and posts → an edition as a reader sees it. Pure: the same input, the same bytes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from syndicate.chrome import chrome
from syndicate.digests import slots
from syndicate.digests.blocks import block
from syndicate.digests.fit import Plan, fit
from syndicate.digests.lines import cut
from syndicate.digests.model import Composed, Masthead, Step
from syndicate.digests.templates import DIGEST, html_environment, render, text_environment
from syndicate.errors import MessageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.posts.model import Post

#: Columns. What inboxes show of a subject, and what fits a line (RFC 5322 §2.1.1).
SUBJECT_COLUMNS = 78
#: Columns of the line that inboxes show after the subject.
PREHEADER_COLUMNS = 100
#: So many posts need a table of contents; a longer list is one itself, for it shows headlines.
CONTENTS_FROM, CONTENTS_UP_TO = 4, 40

#: What XML lets through and a header doesn't (STANDARDS S-3); blanks do instead.
_CONTROL = re.compile(r"[\x00-\x20\x7f\x85\u2028\u2029]+")
_BLANK_LINES = re.compile(r"\n{3,}")


def compose(masthead: Masthead, posts: Sequence[Post]) -> Composed:
    """The edition of these posts, in their order, fitted to `fit.HTML_LIMIT`.

    Raises:
        MessageError: there are no posts, or not even one headline fits.
        TemplateError: a template is wrong.
    """
    if not posts:
        raise MessageError("an edition without posts can't be composed; cut it when there are some")
    blocks = [block(post, masthead.language, masthead.zone) for post in posts]
    subject = _subject(masthead, posts)
    # The frame is measured with its "and … more", so that what is shown fits in any case.
    frame = _html(masthead, subject, posts, "", len(posts))
    sizes = [{step: _weight(html) for step, html in one.html.items()} for one in blocks]
    plan = fit(_weight(frame) + frame.count(slots.UNSUBSCRIBE_HREF) * slots.SLOT_GROWTH, sizes)
    shown = list(zip(blocks, plan.steps, strict=False))
    html = "".join(one.html[step] for one, step in shown)
    text = "\n\n\n".join(one.text[step].strip("\n") for one, step in shown)
    return Composed(
        subject,
        _html(masthead, subject, posts, html, plan.left_out),
        _text(masthead, posts, text, plan.left_out),
        _stepped_down(posts, plan),
        tuple(post.source for post in posts[len(plan.steps) :]),
    )


def _weight(html: str) -> int:
    """Bytes of it in a message, where a line ends in CR and LF."""
    return len(html.encode()) + html.count("\n")


def _stepped_down(posts: Sequence[Post], plan: Plan) -> tuple[tuple[str, Step], ...]:
    pairs = zip(posts, plan.steps, strict=False)
    return tuple((post.source, step) for post, step in pairs if step is not Step.FULL)


def _subject(masthead: Masthead, posts: Sequence[Post]) -> str:
    values = {"masthead": masthead, "first": posts[0]}
    subject = render(text_environment(masthead.language), f"{DIGEST}/subject.txt", values)
    return cut(_CONTROL.sub(" ", subject).strip(), SUBJECT_COLUMNS)


def _html(masthead: Masthead, subject: str, posts: Sequence[Post], blocks: str, more: int) -> str:
    values = _values(masthead, posts, more) | {
        "subject": subject,
        "preheader": _preheader(posts),
        "blocks": Markup(blocks),  # noqa: S704 - markup that `blocks` escaped or sanitised
    }
    return render(html_environment(masthead.language), f"{DIGEST}/body.html", values)


def _text(masthead: Masthead, posts: Sequence[Post], blocks: str, more: int) -> str:
    values = _values(masthead, posts, more) | {"blocks": blocks}
    text = render(text_environment(masthead.language), f"{DIGEST}/body.txt", values)
    return _BLANK_LINES.sub("\n\n\n", text).strip("\n") + "\n"


def _values(masthead: Masthead, posts: Sequence[Post], more: int) -> dict[str, Any]:
    words = chrome(masthead.language)
    rhythm = words.gettext(masthead.cadence)
    return {
        "masthead": masthead,
        "language": words.language,
        "direction": words.direction,
        "issue": words.say("No. %(number)s", number=masthead.number),
        "day": words.day(masthead.date, masthead.zone),
        "count": words.count("%(num)s post", "%(num)s posts", len(posts)),
        "contents": posts if CONTENTS_FROM <= len(posts) <= CONTENTS_UP_TO else (),
        "why": words.say(_WHY, category=masthead.category_title, cadence=rhythm),
        "more": words.count(*_MORE, more) if more else "",
    }


_WHY = "You get this because you subscribed to “%(category)s” (%(cadence)s)."
_MORE = ("and %(num)s more post on the web", "and %(num)s more posts on the web")


def _preheader(posts: Sequence[Post]) -> str:
    """What the inbox shows after the subject: the other titles, or how the only post begins."""
    first, *others = posts
    said = " · ".join(post.title for post in others[:3]) or first.summary
    return cut(said, PREHEADER_COLUMNS)
