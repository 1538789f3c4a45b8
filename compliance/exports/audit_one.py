"""Page 1 of a report about one person, one colleague or one transfer: what happened, and what stands now.

Rules: (1) a person stands by pseudonym only; (2) every figure is of this subject, never of the whole store; (3) of a
transfer the page says who was sent, how many, and which entry says so.
"""

from collections.abc import Callable
from datetime import datetime

from compliance.exports import document as d
from compliance.exports.audit_data import AuditReportData, ReportKind
from compliance.exports.audit_pages import (
    before_proof,
    duration,
    findings_line,
    log_sentence,
    seal_facts,
    thresholds,
    tone,
)
from compliance.exports.audit_words import table, word
from compliance.exports.stamps import local
from compliance.i18n import Lang, t


def one(data: AuditReportData, lang: Lang, most: int) -> tuple[d.Block, ...]:
    """Conclusion, figures, at most so many rows of the table that matters, facts."""
    title = t("paper.audit.conclusion", lang)
    said, figures, rows, facts = {
        ReportKind.PERSON: (_person_said, _person_figures, _items, _person_facts),
        ReportKind.USER: (_user_said, _user_figures, _reads, _user_facts),
        ReportKind.TRANSFER: (_transfer_said, _transfer_figures, _sent, _transfer_facts),
    }[data.kind]
    return (
        d.Callout(title, (log_sentence(data, lang), *said(data, lang)), tone(data)),
        d.Figures(tuple((f"{n:,}", t(f"paper.audit.figure.{key}", lang)) for key, n in figures(data))),
        rows(data, lang, most),
        d.KeyValues((*data.subject, *facts(data, lang), *seal_facts(data, lang)), ruled=True),
    )


def item_table(data: AuditReportData, lang: Lang, *, limit: int | None = None) -> d.Table:
    """A person's consent items."""
    rows = [
        (x.label, word("status", x.status, lang), _day(x.since), _day(x.until),
         word("grade", x.grade, lang), x.notice or "–", x.event or "–")
        for x in data.items[:limit]
    ]  # fmt: skip
    heads = ("item", "status", "since", "until", "grade", "notice", "event")
    return table("items", heads, rows, (2.2, 1.2, 1.0, 1.0, 1.0, 1.3, 1.4), lang, size=7.5)


def sent_table(data: AuditReportData, lang: Lang, *, limit: int | None = None) -> d.Table:
    """Who was sent abroad, by entry."""
    rows = [
        (f"#{x.index}", local(x.at), x.recipient, x.serial or "–", x.actor, f"{x.people:,}") for x in data.sent[:limit]
    ]
    heads = ("index", "at", "recipient", "serial", "who", "people")
    return table("sent", heads, rows, (0.8, 1.5, 1.8, 1.5, 1.2, 0.8), lang, (5,), size=7.5)


def _items(data: AuditReportData, lang: Lang, most: int) -> d.Table:
    return item_table(data, lang, limit=most)


def _sent(data: AuditReportData, lang: Lang, most: int) -> d.Table:
    return sent_table(data, lang, limit=most)


def _reads(data: AuditReportData, lang: Lang, most: int) -> d.Table:
    rows = [
        (word("role", v.role, lang), word("purpose", v.purpose, lang), f"{v.shown:,}", f"{v.refused:,}")
        for v in data.views[:most]
    ]
    return table("views", ("role", "purpose", "shown", "refused"), rows, (2, 3, 1, 1), lang, (2, 3), size=7.5)


def _person_said(data: AuditReportData, lang: Lang) -> tuple[str, ...]:
    open_ = sum(p.proven for p in data.purposes)
    slowest = duration(data.slowest_withdrawal_seconds, lang)
    key = "closed" if data.withdrawals else "none_closed"
    return (
        t("paper.audit.said.person_seen", lang, shown=f"{_shown(data):,}", refused=f"{_refused(data):,}",
          out=f"{data.exports + data.sheets + data.packs:,}", sent=f"{data.transfers:,}"),
        t(f"paper.audit.said.person_{key}", lang, open=open_, missing=sum(p.missing for p in data.purposes),
          count=data.withdrawals, slowest=slowest),
    )  # fmt: skip


def _person_figures(data: AuditReportData) -> tuple[tuple[str, int], ...]:
    return (
        ("entries", len(data.entries)),
        ("views", _shown(data)),
        ("refused", _refused(data)),
        ("proven", sum(p.proven for p in data.purposes)),
        ("missing", sum(p.missing for p in data.purposes)),
        ("withdrawals", data.withdrawals),
    )


def _person_facts(data: AuditReportData, lang: Lang) -> tuple[tuple[str, str], ...]:
    say = _fact(lang)
    outputs = say("outputs_text", sheets=data.sheets, packs=data.packs, exports=data.exports, reveals=data.reveals)
    return (
        (say("before_proof"), before_proof(data, lang) or t("paper.none", lang)),
        (say("outputs"), outputs),
        (say("abroad"), say("abroad_text", count=data.transfers, refused=data.transfers_refused)),
        (say("findings"), findings_line(data, lang)),
    )


def _user_said(data: AuditReportData, lang: Lang) -> tuple[str, ...]:
    changed = sum(m.changed for m in data.months)
    return (
        t("paper.audit.said.user_read", lang, shown=f"{_shown(data):,}", people=f"{data.people_seen:,}",
          refused=f"{_refused(data):,}"),
        t("paper.audit.said.user_did", lang, changed=f"{changed:,}",
          out=f"{data.exports + data.sheets + data.packs:,}", reveals=f"{data.reveals:,}"),
    )  # fmt: skip


def _user_figures(data: AuditReportData) -> tuple[tuple[str, int], ...]:
    return (
        ("entries", len(data.entries)),
        ("views", _shown(data)),
        ("people_seen", data.people_seen),
        ("refused", _refused(data)),
        ("changed", sum(m.changed for m in data.months)),
        ("out", data.exports + data.sheets + data.packs),
    )


def _user_facts(data: AuditReportData, lang: Lang) -> tuple[tuple[str, str], ...]:
    say = _fact(lang)
    acts = " · ".join(f"{word('kind', kind, lang)} {count:,}" for kind, count in data.acts[:8])
    return (
        (say("acts"), acts or t("paper.none", lang)),
        (say("before_proof"), before_proof(data, lang) or t("paper.none", lang)),
        (say("outputs"), say("outputs_text", sheets=data.sheets, packs=data.packs, exports=data.exports,
                             reveals=data.reveals)),
    )  # fmt: skip


def _transfer_said(data: AuditReportData, lang: Lang) -> tuple[str, ...]:
    people = sum(x.people for x in data.sent)
    return (
        t("paper.audit.said.transfer_sent", lang, count=len(data.sent), people=f"{people:,}"),
        t("paper.audit.said.transfer_refused", lang, count=data.transfers_refused),
    )


def _transfer_figures(data: AuditReportData) -> tuple[tuple[str, int], ...]:
    return (
        ("entries", len(data.entries)),
        ("transfers", len(data.sent)),
        ("people_sent", sum(x.people for x in data.sent)),
        ("transfers_refused", data.transfers_refused),
    )


def _transfer_facts(data: AuditReportData, lang: Lang) -> tuple[tuple[str, str], ...]:
    say = _fact(lang)
    return ((say("transfers"), thresholds(data, lang) or t("paper.none", lang)),)


def _fact(lang: Lang) -> Callable[..., str]:
    def say(key: str, **params: object) -> str:
        return t(f"paper.audit.fact.{key}", lang, **params)

    return say


def _shown(data: AuditReportData) -> int:
    return sum(v.shown for v in data.views)


def _refused(data: AuditReportData) -> int:
    return sum(v.refused for v in data.views)


def _day(instant: datetime | None) -> str:
    return local(instant)[:10] if instant else "–"
