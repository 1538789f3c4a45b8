"""The feed of consent changes 同意变更清单 as Excel: what a source system must stop or may do, by its own number.

Rules: (1) no name and no contact value: the source system knows its people by its own numbers; (2) every row says in
words what to do, since when and until when it must be done; (3) the last two columns are for the answer and come back
filled (``done`` or ``failed``); (4) one head in both languages, so that the file can be read back; no live formula
(:mod:`compliance.exports.tables`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from compliance.exports.stamps import local
from compliance.exports.tables import Sheet, workbook
from compliance.i18n import Lang, t

_COLUMNS = ("change", "source_id", "hcp_id", "item", "say", "since", "due", "answer", "answered")
_WIDTHS = (18.0, 18.0, 16.0, 24.0, 36.0, 20.0, 20.0, 14.0, 20.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """One change. ``label`` is the item in words, ``closes`` whether it must stop."""

    change: str
    source_ids: tuple[str, ...]
    hcp_id: str
    item: str
    label: str
    closes: bool
    since: datetime | None
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesMeta:
    """What the second sheet says."""

    feed_id: str
    source: str
    handler: str
    made_by: str
    made_at: datetime
    since: datetime
    rows: int
    sandbox: bool


def render_changes(rows: Sequence[ChangeRow], meta: ChangesMeta, *, lang: Lang = Lang.ZH) -> bytes:
    """The .xlsx."""
    head = tuple(f"{t(f'feed.column.{key}', Lang.ZH)} {t(f'feed.column.{key}', Lang.EN)}" for key in _COLUMNS)
    about = [
        ("feed", meta.feed_id),
        ("source", meta.source),
        ("handler", meta.handler),
        ("made_by", meta.made_by),
        ("made_at", f"{local(meta.made_at)} (UTC+8)"),
        ("from", f"{local(meta.since)} (UTC+8)"),
        ("rows", str(meta.rows)),
        ("how", t("feed.how", lang)),
    ]
    if meta.sandbox:
        about.insert(0, ("stamp", t("paper.sandbox", lang)))
    return workbook(
        [
            Sheet(
                name=t("feed.sheet", lang),
                heads=(head,),
                rows=[_cells(row, lang) for row in rows],
                widths=_WIDTHS,
                total=len(rows),
            ),
            Sheet(
                name=t("feed.about", lang),
                heads=((t("paper.people.item", lang), t("paper.people.content", lang)),),
                rows=[(t(f"feed.about.{key}", lang), value) for key, value in about],
                widths=(24.0, 80.0),
            ),
        ],
        title=t("feed.title", lang),
    )


def _cells(row: ChangeRow, lang: Lang) -> tuple[str, ...]:
    return (
        row.change,
        "; ".join(row.source_ids),
        row.hcp_id,
        row.label,
        t("feed.stop" if row.closes else "feed.may", lang),
        f"{local(row.since)}" if row.since else "",
        f"{local(row.due)}",
        "",
        "",
    )
