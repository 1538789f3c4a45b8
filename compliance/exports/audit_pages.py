"""Page 1 of the audit report: the page that decides whether the rest is read.

Company, code and period; three sentences of conclusion; the figures that carry them; completeness, what was seen
before proof, withdrawals, transfers, the log's own health; how to check in three steps, what it does not prove, and
places for signature and company chop. Reports about one person, colleague or transfer: :mod:`.audit_one`.
"""

from compliance.clock import shanghai_day
from compliance.exports import document as d
from compliance.exports.audit_data import AuditReportData, Finding, PurposeCount, ReportKind
from compliance.exports.stamps import local
from compliance.i18n import Lang, t
from compliance.model.limits import last_day

#: Rows of the table on page 1, fewer where the page would not hold them.
MOST_ROWS, LEAST_ROWS = 6, 1

#: Open findings named on page 1: it keeps its places for signatures and chop in both languages.
_NAMED = 2
_TITLE = 24


def first_page(data: AuditReportData, lang: Lang, rows: int = MOST_ROWS) -> tuple[d.Block, ...]:
    """Blocks of page 1 with so many rows in its table."""
    from compliance.exports.audit_one import one

    if data.kind not in (ReportKind.STORE, ReportKind.YEAR):
        return (*opening(data, lang), *one(data, lang, rows), *closing(data, lang))

    def say(key: str, **params: object) -> str:
        return t(f"paper.audit.{key}", lang, **params)

    return (
        *opening(data, lang),
        d.Callout(say("conclusion"), conclusion(data, lang), tone(data)),
        d.Figures(
            (
                (f"{data.people:,}", say("figure.people")),
                (f"{sum(p.proven for p in data.purposes):,}", say("figure.proven")),
                (f"{sum(p.missing for p in data.purposes):,}", say("figure.missing")),
                (f"{data.withdrawals:,}", say("figure.withdrawals")),
                (f"{sum(v.shown for v in data.views):,}", say("figure.views")),
                (f"{sum(v.refused for v in data.views):,}", say("figure.refused")),
            )
        ),
        consent_table(data, lang, limit=rows),
        d.KeyValues(_facts(data, lang), ruled=True),
        *closing(data, lang),
    )


def opening(data: AuditReportData, lang: Lang) -> tuple[d.Block, ...]:
    """Who, what, when."""

    def say(key: str) -> str:
        return t(f"paper.audit.about.{key}", lang)

    return (
        d.Grid(
            (
                (say("handler"), data.handler),
                (say("credit_code"), data.credit_code or t("paper.not_recorded", lang)),
                (say("period"), period(data)),
                (say("scope"), scope(data, lang)),
                (say("report"), data.report_id),
                (say("made"), f"{local(data.made_at)} (UTC+8)"),
            )
        ),
    )


def closing(data: AuditReportData, lang: Lang) -> tuple[d.Block, ...]:
    """How to check, what is not proven, places for ink."""

    def say(key: str, **params: object) -> str:
        return t(f"paper.audit.{key}", lang, **params)

    return (
        d.Steps(tuple(say(f"check.{n}", name=say("evidence_file")) for n in (1, 2, 3)), say("check")),
        d.Pair(
            d.Callout(say("not_proven"), (say("not_proven.text"),), d.Tone.PLAIN),
            d.Places(
                (d.Place(say("sign.lead")), d.Place(say("sign.officer")), d.Place(say("sign.chop"), chop=True)),
                stacked=True,
            ),
        ),
    )


def conclusion(data: AuditReportData, lang: Lang) -> tuple[str, str, str]:
    """The three sentences: the log, the consents, what is open."""
    proven = sum(p.proven for p in data.purposes)
    missing = sum(p.missing for p in data.purposes)
    consent = t("paper.audit.said.consent", lang, proven=f"{proven:,}", missing=f"{missing:,}")
    slowest = duration(data.slowest_withdrawal_seconds, lang)
    key = "paper.audit.said.withdrawals" if data.withdrawals else "paper.audit.said.no_withdrawals"
    waiting = {"findings": f"{len(data.open_findings):,}", "tasks": f"{len(data.waiting):,}"}
    open_points = t(key, lang, count=f"{data.withdrawals:,}", slowest=slowest, **waiting)
    return log_sentence(data, lang), consent, open_points


def log_sentence(data: AuditReportData, lang: Lang) -> str:
    """Whether the log holds: of a whole period its range, of one subject how many of all entries."""
    if not data.log_intact:
        return t("paper.audit.said.log_bad", lang, problem=data.log_problem or "?")
    if data.kind in (ReportKind.STORE, ReportKind.YEAR) and data.entries:
        return t("paper.audit.said.log_ok", lang, first=data.log_from, last=data.log_to, count=f"{_entries(data):,}")
    return t("paper.audit.said.log_part", lang, size=f"{data.log_size:,}", count=f"{len(data.entries):,}")


def consent_table(data: AuditReportData, lang: Lang, *, limit: int | None = None) -> d.Table:
    """Consent items by purpose. With a ``limit`` the busiest purposes only and proof missing as one figure; without,
    everything: it stands in the part about consents."""
    heads = (
        ("proven", "sampled", "missing", "withdrawn", "refused", "expired", "void")
        if limit
        else ("proven", "sampled", "pending", "unproven", "withdrawn", "refused", "expired", "void")
    )
    lines = sorted(data.purposes, key=lambda p: -(p.proven + p.missing + p.withdrawn + p.refused + p.expired + p.void))
    shown = [p for p in lines if any(getattr(p, key) for key in heads)] if limit else lines
    rest: list[PurposeCount] = []
    if limit and len(shown) > limit:  # what is left out stands as one row, so that the rows add up
        shown, rest = shown[: limit - 1], shown[limit - 1 :]
    rows = [(t(f"paper.purpose.{p.purpose}", lang), *(f"{getattr(p, key):,}" for key in heads)) for p in shown]
    if rest:
        others = t("paper.audit.other_purposes", lang, count=len(rest))
        rows.append((others, *(f"{sum(getattr(p, key) for p in rest):,}" for key in heads)))
    summed = len(rows) > 1
    if summed:
        rows.append((t("paper.audit.total", lang), *(f"{sum(getattr(p, key) for p in lines):,}" for key in heads)))
    return d.Table(
        heads=(t("paper.audit.head.purpose", lang), *(t(f"paper.audit.head.{key}", lang) for key in heads)),
        rows=rows,
        widths=(2.2, *(1.1 for _ in heads)),
        right=frozenset(range(1, len(heads) + 1)),
        size=7.5,
        empty=t("paper.audit.no_consents", lang),
        strong=frozenset({len(rows) - 1}) if summed else frozenset(),
    )


def scope(data: AuditReportData, lang: Lang) -> str:
    """What the report is about, in words."""
    if data.kind in (ReportKind.STORE, ReportKind.YEAR):
        return t(f"paper.audit.scope.{data.kind}", lang, of=data.scope)
    return data.scope


def period(data: AuditReportData) -> str:
    """The Shanghai days of the period."""
    return f"{local(data.period_from)[:10]} – {last_day(data.period_to).isoformat()}"


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


def tone(data: AuditReportData) -> d.Tone:
    """How the conclusion speaks."""
    if not data.log_intact:
        return d.Tone.STOP
    trouble = data.open_findings or data.waiting or data.log_gaps or data.clock_anomalies or data.aside
    return d.Tone.CARE if trouble or any(e.gaps for e in data.evidence) else d.Tone.GOOD


def seal_facts(data: AuditReportData, lang: Lang) -> tuple[tuple[str, str], ...]:
    """Log trouble, seal and fingerprint: the last lines of every first page."""

    def say(key: str, **params: object) -> str:
        return t(f"paper.audit.fact.{key}", lang, **params)

    trouble = say(
        "trouble_text",
        gaps=data.log_gaps,
        unclosed=data.unclosed,
        clock=data.clock_anomalies,
        unlocks=data.failed_unlocks,
    )
    return (
        (say("trouble"), trouble + (say("aside", count=data.aside) if data.aside else "")),
        (say("root"), grouped(data.root, 8)),
        (say("fingerprint"), grouped(data.key_fingerprint, 4)),
    )


def findings_line(data: AuditReportData, lang: Lang) -> str:
    """The open findings with the nearest days, whose they are and the days left; how many more, and tasks waiting."""
    found = data.open_findings
    said = [
        t("paper.audit.fact.finding", lang, finding=f.finding, what=shortened(f.what), owner=f.owner,
          due=days_left(f, data, lang))
        for f in found[:_NAMED]
    ]  # fmt: skip
    more = len(found) - _NAMED
    shown = "; ".join(said) + (" " + t("paper.sheet.more", lang, count=more) if more > 0 else "")
    tasks = t("paper.audit.fact.tasks", lang, count=f"{len(data.waiting):,}") if data.waiting else ""
    return " · ".join(x for x in (shown, tasks) if x) or t("paper.none", lang)


def days_left(finding: Finding, data: AuditReportData, lang: Lang) -> str:
    """The last day, and how far it is from the day of the report."""
    if finding.due is None:
        return t("paper.not_recorded", lang)
    left = (finding.due - shanghai_day(data.made_at)).days
    key = "paper.audit.days_left" if left >= 0 else "paper.audit.days_over"
    return t(key, lang, day=finding.due.isoformat(), days=abs(left))


def shortened(text: str) -> str:
    """As much of a title as page 1 has room for; the part about findings has it whole."""
    return text if len(text) <= _TITLE else text[: _TITLE - 1] + "…"


def thresholds(data: AuditReportData, lang: Lang) -> str:
    """People sent this year, ordinary and sensitive, each against its thresholds."""
    parts = []
    for kind in dict.fromkeys(line.kind for line in data.thresholds):
        lines = [line for line in data.thresholds if line.kind == kind]
        limits = " / ".join(f"{line.limit:,}" for line in lines)
        words = {"count": f"{lines[0].count:,}", "limits": limits}
        parts.append(t(f"paper.audit.fact.sent.{kind}", lang, **words))
    return " · ".join(parts)


def _entries(data: AuditReportData) -> int:
    return data.log_to - data.log_from + 1


def _facts(data: AuditReportData, lang: Lang) -> tuple[tuple[str, str], ...]:
    def say(key: str, **params: object) -> str:
        return t(f"paper.audit.fact.{key}", lang, **params)

    outside = "、".join(data.systems_outside) if lang is Lang.ZH else ", ".join(data.systems_outside)
    none = t("paper.none", lang)
    return (
        (say("completeness"), _completeness(data, lang)),
        (say("outside"), outside or say("outside_unknown")),
        (say("before_proof"), before_proof(data, lang) or none),
        (say("slowest"), _slowest(data, lang) if data.withdrawals else none),
        (say("transfers"), thresholds(data, lang) or none),
        (say("findings"), findings_line(data, lang)),
        *seal_facts(data, lang),
    )


def _completeness(data: AuditReportData, lang: Lang) -> str:
    """Rows of the lists that came in against the people here, with the hashes of the files."""
    sums = {key: sum(getattr(i, key) for i in data.imports) for key in ("read", "accepted", "quarantined", "rejected",
                                                                        "duplicates")}  # fmt: skip
    text = t(
        "paper.audit.fact.completeness_text",
        lang,
        files=len(data.imports),
        people=f"{data.people:,}",
        **{key: f"{value:,}" for key, value in sums.items()},
    )
    hashes = " ".join(i.file_sha256[:12] for i in data.imports[:3])
    more = " …" if len(data.imports) > 3 else ""
    return text + (t("paper.audit.fact.hashes", lang, hashes=hashes + more) if hashes else "")


def _slowest(data: AuditReportData, lang: Lang) -> str:
    return t(
        "paper.audit.fact.slowest_text",
        lang,
        count=f"{data.withdrawals:,}",
        slowest=duration(data.slowest_withdrawal_seconds, lang),
        event=data.slowest_withdrawal_event or "–",
    )
