"""Page 1 of the audit report: the page that decides whether the rest is read.

Three sentences of conclusion, completeness, figures by purpose, what was seen before proof, withdrawals, transfers,
the log's own health, how to check in three steps, what it does not prove, and places for signature and company chop.
"""

from compliance.exports import document as d
from compliance.exports.audit_data import AuditReportData
from compliance.i18n import Lang, t
from compliance.model.limits import last_day

_SHOWN_PURPOSES = 6

#: Open findings named on page 1: it keeps its places for signatures and chop in both languages.
_NAMED = 2


def first_page(data: AuditReportData, lang: Lang) -> tuple[d.Block, ...]:
    """Blocks of page 1."""

    def say(key: str, **params: object) -> str:
        return t(f"paper.audit.{key}", lang, **params)

    return (
        d.Callout(say("conclusion"), conclusion(data, lang), _tone(data)),
        d.Figures(
            (
                (f"{data.people:,}", say("figure.people")),
                (f"{sum(p.proven for p in data.purposes):,}", say("figure.proven")),
                (f"{sum(p.pending + p.unproven for p in data.purposes):,}", say("figure.missing")),
                (f"{data.withdrawals:,}", say("figure.withdrawals")),
                (f"{sum(v.shown for v in data.views):,}", say("figure.views")),
                (f"{sum(v.refused for v in data.views):,}", say("figure.refused")),
            )
        ),
        consent_table(data, lang, limit=_SHOWN_PURPOSES),
        d.KeyValues(_facts(data, lang)),
        d.Heading(say("check"), level=2),
        d.Steps(tuple(say(f"check.{n}", name=t("paper.audit.evidence_file", lang)) for n in (1, 2, 3))),
        d.Callout(say("not_proven"), (say("not_proven.text"),), d.Tone.PLAIN),
        d.Places((d.Place(say("sign.lead")), d.Place(say("sign.officer")), d.Place(say("sign.chop"), chop=True))),
    )


def conclusion(data: AuditReportData, lang: Lang) -> tuple[str, str, str]:
    """The three sentences: the log, the consents, what is open."""
    proven = sum(p.proven for p in data.purposes)
    missing = sum(p.pending + p.unproven for p in data.purposes)
    if data.log_intact:
        log = t("paper.audit.said.log_ok", lang, first=data.log_from, last=data.log_to, count=_entries(data))
    else:
        log = t("paper.audit.said.log_bad", lang, problem=data.log_problem or "?")
    consent = t("paper.audit.said.consent", lang, proven=proven, missing=missing)
    slowest = duration(data.slowest_withdrawal_seconds, lang)
    key = "paper.audit.said.withdrawals" if data.withdrawals else "paper.audit.said.no_withdrawals"
    open_points = t(key, lang, count=data.withdrawals, slowest=slowest, findings=len(data.findings))
    return log, consent, open_points


def consent_table(data: AuditReportData, lang: Lang, *, limit: int | None = None) -> d.Table:
    """Consent items by purpose. With a ``limit`` the busiest purposes only; the rest stands in part 3."""
    heads = ("purpose", "proven", "checked", "pending", "unproven", "withdrawn", "refused", "expired")
    lines = sorted(data.purposes, key=lambda p: -(p.proven + p.pending + p.unproven + p.withdrawn + p.refused))
    rows = [
        (t(f"paper.purpose.{p.purpose}", lang), *(f"{getattr(p, key):,}" for key in heads[1:])) for p in lines[:limit]
    ]
    return d.Table(
        heads=tuple(t(f"paper.audit.head.{key}", lang) for key in heads),
        rows=rows,
        widths=(2.4, 1, 1.1, 1.1, 1.1, 1, 1, 1),
        right=frozenset(range(1, 8)),
        size=7.5,
        empty=t("paper.audit.no_consents", lang),
    )


def duration(seconds: int | None, lang: Lang) -> str:
    """Seconds as people say them."""
    if seconds is None:
        return t("paper.not_recorded", lang)
    if seconds < 60:
        return t("paper.seconds", lang, count=seconds)
    if seconds < 3600:
        return t("paper.minutes", lang, count=round(seconds / 60))
    if seconds < 172_800:
        return t("paper.hours", lang, count=round(seconds / 3600, 1))
    return t("paper.days", lang, count=round(seconds / 86_400, 1))


def grouped(text: str, size: int = 4, parts: int | None = None) -> str:
    """Hexadecimal text in groups for reading aloud, whatever groups it came in."""
    text = "".join(text.split())
    groups = [text[k : k + size] for k in range(0, len(text), size)]
    return " ".join(groups[:parts])


def before_proof(data: AuditReportData, lang: Lang) -> str:
    """People seen before proof by each rule, and when the transition ends or ended."""

    def say(key: str, **params: object) -> str:
        return t(f"paper.audit.before.{key}", lang, **params)

    lines = [say("line", rule=say(line.rule), people=f"{line.people:,}") for line in data.before_proof]
    if lines:
        lines[-1] += transition_end(data, lang)
        lines.append(say("mark"))  # our reading of PIPL 13(1)(6) and 27, not a court's
    return " · ".join(lines)


def transition_end(data: AuditReportData, lang: Lang) -> str:
    """When the transition ends or ended, in brackets; the last line of the table by rule is the transition's."""
    if data.transition_until is None:
        return t("paper.audit.before.never", lang)
    key = "ends" if data.made_at < data.transition_until else "ended"
    return t(f"paper.audit.before.{key}", lang, day=last_day(data.transition_until).isoformat())


def _entries(data: AuditReportData) -> int:
    return data.log_to - data.log_from + 1


def _tone(data: AuditReportData) -> d.Tone:
    if not data.log_intact:
        return d.Tone.STOP
    return d.Tone.CARE if data.findings or data.log_gaps or data.clock_anomalies else d.Tone.GOOD


def _facts(data: AuditReportData, lang: Lang) -> tuple[tuple[str, str], ...]:
    def say(key: str, **params: object) -> str:
        return t(f"paper.audit.fact.{key}", lang, **params)

    read = sum(i.read for i in data.imports)
    outside = "、".join(data.systems_outside) if lang is Lang.ZH else ", ".join(data.systems_outside)
    hashes = " ".join(i.file_sha256[:12] for i in data.imports[:3])
    sent = " · ".join(f"{line.rule} {line.count:,}/{line.limit:,}" for line in data.thresholds)
    none = t("paper.none", lang)
    trouble = say("trouble_text", gaps=data.log_gaps, clock=data.clock_anomalies, unlocks=data.failed_unlocks)
    return (
        (
            say("completeness"),
            say("completeness_text", read=f"{read:,}", files=len(data.imports), people=f"{data.people:,}")
            + (say("hashes", hashes=hashes + (" …" if len(data.imports) > 3 else "")) if hashes else ""),
        ),
        (say("outside"), outside or t("paper.not_recorded", lang)),
        (say("before_proof"), before_proof(data, lang) or none),
        (say("slowest"), duration(data.slowest_withdrawal_seconds, lang) if data.withdrawals else none),
        (say("transfers"), sent or none),
        (say("trouble"), trouble),
        (say("findings"), _findings(data, lang)),
        (say("root"), grouped(data.root, 8)),
        (say("fingerprint"), grouped(data.key_fingerprint, 4)),
    )


def _findings(data: AuditReportData, lang: Lang) -> str:
    if not data.findings:
        return t("paper.none", lang)
    shown = "; ".join(f"{f.finding} {f.what}" for f in data.findings[:_NAMED])
    more = len(data.findings) - _NAMED
    return shown + (" " + t("paper.sheet.more", lang, count=more) if more > 0 else "")
