"""Papers in words for the terminal: the register, a day plan, what a preview says."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from compliance.cli.output import cell, plain, reason_words, table
from compliance.cli.people_views import field_words
from compliance.i18n import Lang, t
from compliance.model.register import SheetRecord

if TYPE_CHECKING:
    from compliance.use_cases.field.day_plans import DayPlanMade
    from compliance.use_cases.field.sheet_preview import SheetPreview
    from compliance.use_cases.field.sheets import SheetBatch, SheetRefused

_COLUMNS = ("serial", "kind", "rep", "people", "issued", "expires", "state")


def paper_lines(papers: Sequence[SheetRecord], at: datetime, lang: Lang) -> list[str]:
    """One line a paper."""
    if not papers:
        return [t("papers.none", lang)]
    rows = []
    for paper in papers:
        state = t(f"papers.state.{paper.state(at)}", lang)
        if paper.ended_how:
            state += f" · {t(f'papers.{paper.ended_how}', lang)} ({paper.reported_by})"
        kind = t(f"papers.kind.{paper.kind}", lang)
        people = str(len(paper.about))
        rows.append(
            [
                paper.serial,
                kind,
                paper.rep,
                people,
                cell(plain(paper.issued_at), lang),
                cell(plain(paper.expires_at), lang),
                state,
            ]
        )
    return [
        *table([t(f"papers.col.{name}", lang) for name in _COLUMNS], rows),
        "",
        t("papers.count", lang, count=len(rows)),
    ]


def plan_lines(made: "DayPlanMade", lang: Lang) -> list[str]:
    """Who is on the plan and what may be done, who is not to be visited, and where the page lies."""
    visits = [f"  {hcp_id}  {t(f'paper.plan.{visit}', lang)}" for hcp_id, visit in made.people]
    closed = closed_lines(made.refused, lang)
    if made.path is None:
        return [t("plan.leak" if made.leaked else "plan.none", lang), *closed]
    head = t("plan.done", lang, serial=made.serial, open=len(made.people), refused=len(made.refused))
    return [head, *visits, *closed, "", f"{made.path}", *_warnings(made.warnings, lang)]


def batch_lines(made: "SheetBatch", lang: Lang) -> list[str]:
    """The sheets made, and for whom not."""
    rows = [[s.serial, s.hcp_id, cell(plain(s.expires), lang), str(s.path)] for s in made.sheets]
    heads = [t(f"cli.key.{name}", lang) for name in ("serial", "hcp_id", "expires", "path")]
    head = t("exports.sheets.done", lang, made=len(made.sheets), refused=len(made.refused))
    return [
        head,
        *(table(heads, rows) if rows else ()),
        *closed_lines(made.refused, lang),
        *_warnings(made.warnings, lang),
    ]


def closed_lines(refused: "Sequence[SheetRefused]", lang: Lang) -> list[str]:
    """People without a page: each reason once with its articles, what would lift it, and for whom it holds."""
    lines: list[str] = []
    for reason, lifted, articles in dict.fromkeys((no.reason, no.lifted_by, no.references) for no in refused):
        ids = [no.hcp_id for no in refused if (no.reason, no.references) == (reason, articles)]
        lines += ["", f"{t('cli.refused', lang)}{reason_words(reason, lang)} ({reason})"]
        lines += (
            [t("cli.references", lang) + ", ".join(f"{r.statute} {r.article}" for r in articles)] if articles else []
        )
        lines += [t("cli.lifted_by", lang) + lifted] if lifted else []
        lines += [f"  {hcp_id}" for hcp_id in ids]
    return lines


def preview_lines(seen: "SheetPreview", lang: Lang) -> list[str]:
    """Field, what becomes of it, and why it is hidden."""
    rows = [
        [
            field_words(f.mine.key, lang),
            t(f"preview.fate.{f.fate}", lang),
            reason_words(f.reason, lang) if f.reason else "",
        ]
        for f in seen.fields
    ]
    told = [] if seen.pdf else [t("preview.leaked" if seen.leaked else "preview.none", lang), ""]
    return [*told, *table([t("cli.key.field", lang), "", ""], rows)]


def _warnings(codes: Iterable[str], lang: Lang) -> list[str]:
    return [f"! {reason_words(code, lang)}" for code in codes]
