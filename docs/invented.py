# ruff: noqa: E501, INP001, ISC004 - sentences as they are; a script beside the documents, no package
"""Posts in three languages that no site ever had, with all that is hard to show in a mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from syndicate.digests.model import Masthead
from syndicate.posts.model import Image, Post

#: When the edition is cut: a Monday morning.
NOW = datetime(2026, 11, 23, 0, tzinfo=UTC)
_URL = "https://lanjiang.example"
#: Where their pictures would be; they are those of examples/site.
PICTURES = f"{_URL}/assets"


@dataclass(frozen=True, slots=True)
class Words:
    """What the example says in one language."""

    language: str
    zone: str
    site: str
    category: str
    description: str
    address: str
    author: str
    greeting: str
    titles: tuple[str, ...]
    lead: str
    paragraph: str
    heading: str
    items: tuple[str, ...]
    quote: str
    cells: tuple[tuple[str, ...], ...]
    correction: str


LANGUAGES = {
    "en": Words(
        language="en",
        zone="Europe/London",
        site="Lanjiang Review",
        category="Harbour & Trade",
        description="What the port shipped, and what it cost",
        address="18 Quayside, Lanjiang",
        author="Ada Quill",
        greeting="Good morning. Five stories today, of which the one about the ferry is the one to "
        "read over coffee.",
        titles=(
            "Cold-chain traffic carries the port past 300 million tonnes",
            "Why the night ferry to Qingyu is running half empty, and what the harbour office, two "
            "unions and a very patient dog propose to do about it before the winter timetable",
            "Small firms win a higher tax threshold",
            "Rebarbarisierungsverwaltungsverordnungsdebattenprotokoll: a word the port can’t wrap",
            "A battery’s second listing",
            "In brief",
        ),
        lead="The port handled 301 million tonnes in the first ten months, a tenth more than a year "
        "ago, and refrigerated goods grew three times as fast.",
        paragraph="Officials credit a new bonded store and a customs lane that clears fruit in "
        "forty minutes. The full table is at",
        heading="What changed",
        items=(
            "Fruit clears in forty minutes.",
            "Two cranes run all night.",
            "Fees fell by a fifth.",
        ),
        quote="We used to lose a tenth of the cherries. Now we lose the argument about parking.",
        cells=(
            ("Month", "Tonnes", "Change"),
            ("August", "30.1 m", "+9.2 %"),
            ("September", "31.4 m", "+11.0 %"),
        ),
        correction="An earlier edition said that the ferry carried 400 cars; it carries 40.",
    ),
    "zh": Words(
        language="zh-CN",
        zone="Asia/Shanghai",
        site="澜江财经",
        category="港口与贸易",
        description="港口运了什么，又花了多少",
        address="澜江市临水路 18 号",
        author="林晚",
        greeting="早上好。今天有五篇，其中关于夜航渡轮的那一篇，适合就着早茶慢慢读完。",
        titles=(
            "澜江港前十月吞吐量破 3 亿吨，冷链成新增长点",
            "开往青屿的夜航渡轮为何半数座位空着？港务局、两家工会和一只很有耐心的狗，打算在冬季时刻表"
            "启用之前做些什么，以及这对沿岸三十七个小镇意味着什么",
            "明年起小微企业增值税起征点上调至月销售 15 万元",
            "API v2.0.0-rc.1 上线：https://lanjiang.example/releases/2026/11/a-very-long-address-without-a-break",
            "晴川电池在海湾市场二次上市，首日涨 11%",
            "简讯",
        ),
        lead="澜江港前十个月完成货物吞吐量3.01亿吨，同比增长一成；其中冷链货物的增速，是全港平均水平的三倍。",
        paragraph="官员把增长归功于新建的保税冷库，以及一条四十分钟内放行水果的**绿色通道**。完整数据见",
        heading="哪些变了",
        items=("水果四十分钟内放行。", "两台岸桥通宵作业。", "装卸费下调两成。"),
        quote="以前我们要损失一成樱桃，现在只损失一点停车的耐心。",
        cells=(
            ("月份", "吞吐量", "同比"),
            ("八月", "3010 万吨", "+9.2%"),
            ("九月", "3140 万吨", "+11.0%"),
        ),
        correction="上一期称该渡轮可载车 400 辆，实为 40 辆。",
    ),
    "ar": Words(
        language="ar",
        zone="Africa/Cairo",
        site="مجلة لانجيانغ",
        category="الميناء والتجارة",
        description="ما الذي شحنه الميناء وكم كلّف",
        address="18 شارع الرصيف، لانجيانغ",
        author="ليلى حداد",
        greeting="صباح الخير. خمس قصص اليوم، وقصة العبّارة هي التي تستحق القراءة مع القهوة.",
        titles=(
            "سلسلة التبريد تدفع الميناء إلى ما فوق 300 مليون طن",
            "لماذا تبحر العبّارة الليلية إلى تشينغيو نصف فارغة، وما الذي تنوي إدارة الميناء ونقابتان "
            "وكلب صبور جدًا فعله قبل بدء جدول الشتاء",
            "رفع حدّ الإعفاء الضريبي للشركات الصغيرة",
            "OpenHarbour 2.0: ما الجديد في API؟",
            "الإدراج الثاني لشركة البطاريات",
            "باختصار",
        ),
        lead="تداول الميناء 301 مليون طن في الأشهر العشرة الأولى، بزيادة عُشر عن العام الماضي، ونمت البضائع "
        "المبردة بثلاثة أضعاف هذه السرعة.",
        paragraph="ويعزو المسؤولون ذلك إلى مستودع جديد وممر جمركي يُخرج الفاكهة في أربعين دقيقة. الجدول الكامل في",
        heading="ما الذي تغيّر",
        items=(
            "تخرج الفاكهة في أربعين دقيقة.",
            "رافعتان تعملان طوال الليل.",
            "انخفضت الرسوم بمقدار الخُمس.",
        ),
        quote="كنا نخسر عُشر الكرز، والآن نخسر الجدال حول مواقف السيارات.",
        cells=(
            ("الشهر", "الأطنان", "التغيّر"),
            ("أغسطس", "30.1 مليون", "+9.2%"),
            ("سبتمبر", "31.4 مليون", "+11.0%"),
        ),
        correction="ذكر عدد سابق أن العبّارة تحمل 400 سيارة، والصواب 40.",
    ),
}


def posts(words: Words, many: int) -> list[Post]:
    """So many posts."""
    bodies = [_full(words), _prose(words), _prose(words), _code(words), _prose(words), ""]
    return [_post(words, n, bodies[n % len(bodies)]) for n in range(many)]


def corrected(words: Words) -> Post:
    """A post of an earlier edition in which something was put right."""
    return _post(words, 1, _prose(words), correction=words.correction)


def masthead(words: Words) -> Masthead:
    """What surrounds them."""
    return Masthead(
        site_title=words.site,
        site_url=_URL,
        category_title=words.category,
        description=words.description,
        number=12,
        date=NOW,
        zone=ZoneInfo(words.zone),
        language=words.language,
        web_url=f"{_URL}/editions/12",
        postal_address=words.address,
        cadence="daily",
        greeting=words.greeting,
    )


def _post(words: Words, number: int, html: str, correction: str = "") -> Post:
    title = words.titles[number % len(words.titles)]
    when = NOW - timedelta(hours=3 * number + 1, minutes=7 * number)
    return Post(
        source=f"_posts/2026-11-22-{number}.md",
        id=f"tag:lanjiang.example,2026:{number}",
        url=f"{_URL}/2026/11/22/{number}.html",
        title=title,
        published=when,
        updated=when,
        authors=(words.author,),
        language=words.language,
        image=Image(f"{PICTURES}/qingchuan.png", title) if number % 6 == 1 else None,
        html=html,
        summary=words.lead if html else "",
        correction=correction,
    )


def _prose(words: Words) -> str:
    link = f'<a href="{_URL}/data?series=port&amp;month=2026-10">{_URL}/data?series=port&amp;month=2026-10</a>'
    text = words.paragraph.replace("**", "<strong>", 1).replace("**", "</strong>", 1)
    return f"<p>{words.lead}</p><p>{text} {link}</p>"


def _full(words: Words) -> str:
    head, *rows = words.cells
    table = "".join(f"<th>{cell}</th>" for cell in head)
    table = f"<thead><tr>{table}</tr></thead><tbody>"
    table += "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows)
    items = "".join(f"<li>{item}</li>" for item in words.items)
    return (
        f'{_prose(words)}<p><img src="{PICTURES}/cpi.png" alt="{words.heading}"></p>'
        f"<h2>{words.heading}</h2><ul>{items}</ul><blockquote><p>{words.quote}</p></blockquote>"
        f"<table>{table}</tbody></table><ol>{items}</ol>"
    )


def _code(words: Words) -> str:
    line = "curl --fail --silent https://lanjiang.example/api/v2/ports/lanjiang/throughput?from=2026-01 | jq .total"
    return f"<p>{words.lead} <code>v2.0.0-rc.1</code></p><pre><code>$ {line}\n301000000\n</code></pre><hr><p>{words.quote}</p>"
