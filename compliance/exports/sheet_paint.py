"""A laid-out sheet becomes a PDF; the characters every sheet prints are set apart, their fonts made once a process."""

from functools import cache

from compliance.exports.ink import paint
from compliance.exports.sheet_layout import Page
from compliance.i18n import Lang, catalogue, t

_REGULAR = ("paper/sheet/", "talk/", "sheet/")
_BOLD = (
    *("paper/sandbox", "paper/sheet/title", "paper/sheet/block/", "paper/sheet/ask", "paper/sheet/avoid"),
    *("paper/sheet/do_not_use", "paper/sheet/no_channel", "channel/"),
)


def paint_sheet(page: Page, lang: Lang) -> bytes:
    """The PDF of one sheet."""
    return paint([page.ink], title=_title(page, lang), lang=lang, common=_common(str(lang)))


def _title(page: Page, lang: Lang) -> str:
    return t("paper.sheet.metadata_title_msl" if page.data.medical else "paper.sheet.metadata_title", lang)


@cache
def _common(lang: str) -> tuple[str, str]:
    regular, bold = (
        "".join(sorted({c for key, words in catalogue().items() if key.startswith(begin) for c in words.get(lang, "")}))
        for begin in (tuple(key.replace("/", ".") for key in keys) for keys in (_REGULAR, _BOLD))
    )
    return regular, bold
