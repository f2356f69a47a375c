"""The faces of each script, of the systems in use."""

from __future__ import annotations

from dataclasses import dataclass

_LATIN_SANS = "-apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial"
_LATIN_SERIF = "Georgia, 'Times New Roman', 'Noto Serif'"
_LATIN_MONO = "Menlo, Consolas, 'DejaVu Sans Mono'"
#: By language: sans and serif, and the face of Outlook's Word. Where a CJK serif is missing, the
#: stack ends in the sans, never in `serif`: on Windows that is SimSun, unreadable when bold.
_CJK = {
    "zh_Hans": (
        "'PingFang SC', 'Hiragino Sans GB', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC'",
        "'Songti SC', 'Noto Serif CJK SC', 'Source Han Serif SC'",
        "'Microsoft YaHei'",
    ),
    "zh_Hant": (
        "'PingFang TC', 'Microsoft JhengHei', 'Noto Sans CJK TC', 'Noto Sans TC'",
        "'Songti TC', 'Noto Serif CJK TC', 'Source Han Serif TC'",
        "'Microsoft JhengHei'",
    ),
    "ja": (
        "'Hiragino Sans', 'Yu Gothic', Meiryo, 'Noto Sans CJK JP', 'Noto Sans JP'",
        "'Hiragino Mincho ProN', 'Noto Serif CJK JP', 'Yu Mincho'",
        "Meiryo",
    ),
    "ko": (
        "'Apple SD Gothic Neo', 'Malgun Gothic', 'Noto Sans CJK KR', 'Noto Sans KR'",
        "AppleMyungjo, 'Noto Serif CJK KR'",
        "'Malgun Gothic'",
    ),
}
#: Arabic and its neighbours, Hebrew included. Each face before Noto's for Arabic has Latin letters:
#: Noto's has only digits and marks of Latin, which beside another's letters look foreign.
_RTL_SANS = "-apple-system, 'Segoe UI', Tahoma, 'Geeza Pro', 'Noto Sans', 'Noto Sans Arabic'"
_RTL_SERIF = "'Times New Roman', 'Geeza Pro', 'Noto Naskh Arabic'"


@dataclass(frozen=True, slots=True)
class Fonts:
    """CSS font stacks. Single quotes only: they stand in `style="…"`."""

    sans: str
    serif: str
    mono: str
    #: For Outlook's Word engine, which takes the first face only.
    word: str


def fonts(written: str, direction: str) -> Fonts:
    """The faces of a language as `lookup.written_in` names it."""
    if direction == "rtl":
        return Fonts(
            f"{_RTL_SANS}, 'Noto Naskh Arabic', Arial, sans-serif",
            f"{_RTL_SERIF}, serif",
            f"{_LATIN_MONO}, {_RTL_SANS}, monospace",
            "Tahoma, Arial, sans-serif",
        )
    if written not in _CJK:
        # Chinese quoted in another language finds its face too.
        sans, _, word = _CJK["zh_Hans"]
        return Fonts(
            f"{_LATIN_SANS}, {sans}, sans-serif",
            f"{_LATIN_SERIF}, {sans}, serif",
            f"{_LATIN_MONO}, monospace",
            f"{word}, Arial, sans-serif",
        )
    sans, serif, word = _CJK[written]
    return Fonts(
        f"{_LATIN_SANS}, {sans}, sans-serif",
        f"{serif}, {sans}, sans-serif",
        f"{_LATIN_MONO}, {sans}, monospace",
        f"{word}, Arial, sans-serif",
    )
