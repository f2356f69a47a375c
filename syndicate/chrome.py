"""What mails and pages say around the posts, in their language: words, dates, fonts, direction."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_datetime_format
from babel.lists import format_list

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

#: Simplified Chinese, by the English that templates and code are written in. English is the
#: fallback of every other language.
_CHINESE = {
    "%(category)s · No. %(number)s: %(title)s": "%(category)s · 第%(number)s期：%(title)s",
    "No. %(number)s": "第%(number)s期",
    "%(num)s post": "%(num)s 篇",
    "%(num)s posts": "%(num)s 篇",
    "In this edition": "本期目录",
    "Read on the web": "在网页上阅读",
    "Unsubscribe": "退订",
    "Subscribe in a feed reader:": "在阅读器中订阅：",
    "Newest posts": "最新文章",
    "Older posts": "更早的文章",
    "All feeds": "全部订阅源",
    "All feeds for your feed reader (OPML)": "全部订阅源（OPML，可导入阅读器）",
    "Search": "搜索",
    "View the original": "查看原文",
    "Read on": "阅读全文",
    "and %(num)s more post on the web": "另有 %(num)s 篇，请在网页上阅读",
    "and %(num)s more posts on the web": "另有 %(num)s 篇，请在网页上阅读",
    "You get this because you subscribed to “%(category)s” (%(cadence)s).": (
        "您收到这封邮件，是因为您订阅了“%(category)s”（%(cadence)s）。"
    ),
    "instant": "即时",
    "daily": "每日",
    "weekly": "每周",
    "monthly": "每月",
    # What the pages say beside that.
    "Feeds": "订阅源",
    "Nothing is published yet.": "目前还没有发布任何内容。",
    "Captured mail": "捕获的邮件",
    "These messages were accepted here and went nowhere. Name a real relay to send them.": (
        "这些邮件只保存在本机，并未真正发出。要正式发送，请在设置中指定邮件服务器。"
    ),
    "Text": "纯文本",
    "Source": "原始邮件",
    "%(shown)s of %(total)s messages": "共 %(total)s 封，显示最新的 %(shown)s 封",
    "No mail yet.": "还没有邮件。",
    "You will get no more mail of this digest. It takes effect at once.": (
        "您将不再收到这份邮件，退订立即生效。"
    ),
    "You are unsubscribed": "您已退订",
    "No more mail of this digest will be sent to you.": "我们不会再向您发送这份邮件。",
    "Every mail holds a link of your own at its top and at its end. One click there, and no more "
    "of that digest is sent.": (
        "每封邮件的开头和结尾都有您专属的退订链接：点开后按一下按钮，就不会再收到这份邮件。"
    ),
    "This link doesn’t work": "链接无效",
    "It is cut short, or not one of ours. Please use the link in your mail.": (
        "链接不完整，或者不是本站发出的。请使用您邮件中的链接。"
    ),
    "Not found": "找不到页面",
    "There is nothing here, or not any more.": "这里没有内容，或内容已经移走。",
    "Just a moment": "请稍候",
    "This page can’t be shown right now. Please try again in a minute.": (
        "页面暂时无法显示，请过一分钟再试。"
    ),
}

_LATIN_SANS = "-apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial"
_LATIN_SERIF = "Georgia, 'Times New Roman', 'Noto Serif'"
_LATIN_MONO = "Menlo, Consolas, 'DejaVu Sans Mono'"
#: By script: sans and serif faces of the systems in use. Where a CJK serif is missing, the stack
#: ends in the sans, never in `serif`: on Windows that is SimSun, unreadable when bold.
_CJK = {
    "zh-Hans": (
        "'PingFang SC', 'Hiragino Sans GB', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC'",
        "'Songti SC', 'Noto Serif CJK SC', 'Source Han Serif SC'",
    ),
    "zh-Hant": (
        "'PingFang TC', 'Microsoft JhengHei', 'Noto Sans CJK TC', 'Noto Sans TC'",
        "'Songti TC', 'Noto Serif CJK TC', 'Source Han Serif TC'",
    ),
    "ja": (
        "'Hiragino Sans', 'Yu Gothic', Meiryo, 'Noto Sans CJK JP', 'Noto Sans JP'",
        "'Hiragino Mincho ProN', 'Noto Serif CJK JP', 'Yu Mincho'",
    ),
    "ko": (
        "'Apple SD Gothic Neo', 'Malgun Gothic', 'Noto Sans CJK KR', 'Noto Sans KR'",
        "AppleMyungjo, 'Noto Serif CJK KR'",
    ),
}


@dataclass(frozen=True, slots=True)
class Fonts:
    """CSS font stacks. Single quotes only: they stand in `style="…"`."""

    sans: str
    serif: str
    mono: str


@dataclass(frozen=True, slots=True)
class Chrome:
    """One language's chrome."""

    #: BCP 47, as the edition has it.
    language: str
    #: `ltr` or `rtl`.
    direction: str
    locale: Locale
    words: Mapping[str, str]
    fonts: Fonts

    def gettext(self, message: str) -> str:
        """The message in this language, or as it is."""
        return self.words.get(message, message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """`one` or `many` as English counts, in this language."""
        return self.gettext(one if count == 1 else many)

    def say(self, message: str, **values: object) -> str:
        """The message with its values."""
        return self.gettext(message) % values

    def count(self, one: str, many: str, count: int) -> str:
        """The message for so many, which it calls `num`."""
        return self.ngettext(one, many, count) % {"num": count}

    def day(self, moment: datetime, zone: ZoneInfo) -> str:
        """The date in full, weekday included, as the language writes it."""
        return format_date(moment.astimezone(zone), "full", locale=self.locale)

    def moment(self, moment: datetime, zone: ZoneInfo) -> str:
        """Date and time to the minute; at midnight, where a post without a time is, the date."""
        local = moment.astimezone(zone)
        date = format_date(local, "long", locale=self.locale)
        if (local.hour, local.minute, local.second) == (0, 0, 0):
            return date
        # CLDR's narrow blank before AM and PM is missing from many faces.
        time = format_time(local, "short", locale=self.locale).replace("\u202f", "\u00a0")
        pattern = str(get_datetime_format("medium", locale=self.locale)).replace("'", "")
        return pattern.replace("{0}", time).replace("{1}", date)

    def names(self, names: Sequence[str]) -> str:
        """A list of names in a sentence."""
        return format_list(names, locale=self.locale)


@lru_cache(maxsize=64)
def chrome(language: str) -> Chrome:
    """The chrome of a BCP 47 tag; of English where Babel doesn't know the language."""
    try:
        locale = Locale.parse(language, sep="-")
    except (ValueError, UnknownLocaleError):
        locale = Locale("en")
    script = _script(locale)
    words = _CHINESE if script == "zh-Hans" else {}
    return Chrome(language, locale.text_direction, locale, words, _fonts(script))


def _script(locale: Locale) -> str:
    """The language, with the script where fonts differ by it."""
    if locale.language != "zh":
        return locale.language
    traditional = locale.script == "Hant" or (
        not locale.script and locale.territory in ("TW", "HK", "MO")
    )
    return "zh-Hant" if traditional else "zh-Hans"


def _fonts(script: str) -> Fonts:
    sans, serif = _CJK.get(script, ("", ""))
    if not sans:
        # Chinese quoted in another language finds its face too.
        cjk = _CJK["zh-Hans"][0]
        return Fonts(
            f"{_LATIN_SANS}, {cjk}, sans-serif",
            f"{_LATIN_SERIF}, {cjk}, serif",
            f"{_LATIN_MONO}, monospace",
        )
    return Fonts(
        f"{_LATIN_SANS}, {sans}, sans-serif",
        f"{serif}, {sans}, sans-serif",
        f"{_LATIN_MONO}, {sans}, monospace",
    )
