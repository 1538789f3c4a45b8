"""The people list 人员清单 as Excel, policy applied (REQ-052).

Rules: (1) cells come from ruled fields: masked and generalised values as they are shown, withheld ones as words, so a
reader never takes a gap for a fact; (2) heads in both languages; (3) a second sheet says who may read it, for what,
until when and which log entry records it; (4) Excel holds no live formula (:mod:`compliance.exports.tables`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from compliance.exports.stamps import local, seal_words
from compliance.exports.tables import Cell, Sheet, workbook
from compliance.i18n import Lang, t
from compliance.model.access import FieldState
from compliance.model.profile import PersonRow, ShownField
from compliance.progress import Progress


@dataclass(frozen=True, slots=True)
class Column:
    """One field of the list with its label in both languages."""

    key: str
    label_zh: str
    label_en: str
    width: float = 18.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleListMeta:
    """What the second sheet says. ``root`` hexadecimal, ``audit_index`` the entry that records the export."""

    serial: str
    purpose: str
    reader: str
    reader_role: str
    handler: str
    made_at: datetime
    root: str
    audit_index: int
    people: int
    refused: int
    watermark: str
    expires_at: datetime | None = None
    sandbox: bool = False


def render_people(
    columns: Sequence[Column],
    rows: Iterable[PersonRow],
    meta: PeopleListMeta,
    *,
    lang: Lang = Lang.ZH,
    progress: Progress | None = None,
) -> bytes:
    """The .xlsx. Raises Cancelled."""
    heads = (
        ("编号", *(c.label_zh for c in columns), t("paper.people.cross_border", Lang.ZH)),
        ("ID", *(c.label_en for c in columns), t("paper.people.cross_border", Lang.EN)),
    )
    people = Sheet(
        name=t("paper.people.sheet", lang),
        heads=heads,
        rows=_cells(columns, rows, lang),
        widths=(16.0, *(c.width for c in columns), 16.0),
        total=meta.people,
    )
    about = Sheet(
        name=t("paper.people.about", lang),
        heads=((t("paper.people.item", lang), t("paper.people.content", lang)),),
        rows=_about(meta, lang),
        widths=(24.0, 80.0),
    )
    return workbook([people, about], title=t("paper.people.title", lang), progress=progress)


def field_text(field: ShownField | None, lang: Lang) -> str:
    """A field as one cell: the value, or why there is none in words."""
    if field is None or field.state is FieldState.WITHHELD:
        return t("paper.people.withheld", lang)
    if field.value is None or field.value == "":
        return t("paper.sheet.masked" if field.state is FieldState.MASKED else "paper.people.empty", lang)
    return field.value


def _cells(columns: Sequence[Column], rows: Iterable[PersonRow], lang: Lang) -> Iterator[Sequence[Cell]]:
    for row in rows:
        fields = {f.key: f for f in row.fields}
        border = t(f"paper.people.border.{row.cross_border}", lang)
        yield (row.hcp_id, *(field_text(fields.get(c.key), lang) for c in columns), border)


def _about(meta: PeopleListMeta, lang: Lang) -> list[tuple[str, str]]:
    rows = [
        ("serial", meta.serial),
        ("purpose", meta.purpose),
        ("reader", f"{meta.reader} · {meta.reader_role}"),
        ("handler", meta.handler),
        ("made", f"{local(meta.made_at)} (UTC+8)"),
        ("until", f"{local(meta.expires_at)} (UTC+8)" if meta.expires_at else "–"),
        ("people", f"{meta.people}"),
        ("refused", f"{meta.refused}"),
        ("seal", seal_words(meta.root, meta.audit_index)),
        ("watermark", meta.watermark),
        ("rule", t("paper.people.rule_text", lang)),
    ]
    if meta.sandbox:
        rows.insert(0, ("stamp", t("paper.sandbox", lang)))
    return [(t(f"paper.people.{key}", lang), value) for key, value in rows]
