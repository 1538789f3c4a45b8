"""The parts behind page 1, in the order of law.md 3.3, as far as there are data; a part without any is named as such.

Rules: (1) every table repeats its heads; (2) long ids stay whole; (3) an entry prints at most three pseudonyms and how
many more there are: all of them stand in the embedded evidence.
"""

from collections.abc import Sequence
from datetime import date

from compliance.exports import document as d
from compliance.exports.audit_data import AuditReportData, RegisterLine
from compliance.exports.audit_pages import consent_table, duration, grouped
from compliance.exports.sheet_layout import local
from compliance.i18n import Lang, has, t


def parts(data: AuditReportData, lang: Lang) -> tuple[d.Block, ...]:
    """Parts 1 to 8."""
    makers = (_about, _facts, _consents, _access, _registers, _transfers, _findings, _integrity, _entries)
    blocks: list[d.Block] = []
    for number, make in enumerate(makers, start=1):
        name = make.__name__.removeprefix("_")
        title = f"{number}  {t(f'paper.audit.part.{name}', lang)}"
        blocks += [d.Heading(title, new_page=number == 1 or name == "entries"), *make(data, lang)]
    return tuple(blocks)


def word(group: str, code: str, lang: Lang) -> str:
    """Words for a code; a code that has none is printed as it is."""
    key = next((key for key in (f"paper.{group}.{code}", f"{group}.{code}") if has(key)), None)
    return t(key, lang) if key else code


def _about(data: AuditReportData, lang: Lang) -> list[d.Block]:
    rows = (
        ("handler", data.handler),
        ("credit_code", data.credit_code or t("paper.not_recorded", lang)),
        ("report", data.report_id),
        ("scope", data.scope),
        ("period", f"{local(data.period_from)} – {local(data.period_to)} (UTC+8)"),
        ("made", f"{local(data.made_at)} (UTC+8)"),
        ("by", f"{data.made_by} · {word('role', data.made_by_role, lang)}"),
        ("store", data.vault_id),
        ("system", f"ConsentKeep 信守 {data.system_version}"),
        ("rules", f"{data.rule_set_version} · {data.rule_set_digest[:32]}"),
    )
    blocks: list[d.Block] = [d.KeyValues(tuple((t(f"paper.audit.about.{key}", lang), value) for key, value in rows))]
    if data.instruments:
        blocks += [d.Heading(t("paper.audit.instruments", lang), level=2), _register(data.instruments, lang)]
    return blocks


def _facts(data: AuditReportData, lang: Lang) -> list[d.Block]:
    states = tuple((word("state", state, lang), f"{count:,}") for state, count in data.people_by_state)
    outputs = (
        (t("paper.audit.exports", lang), f"{data.exports:,}"),
        (t("paper.audit.sheets", lang), f"{data.sheets:,}"),
        (t("paper.audit.packs", lang), f"{data.packs:,}"),
        (t("paper.audit.reveals", lang), f"{data.reveals:,}"),
    )
    heads = ("batch", "source", "at", "read", "accepted", "quarantined", "rejected", "duplicates", "sha256")
    rows = [
        (i.batch, i.source, local(i.at), f"{i.read:,}", f"{i.accepted:,}", f"{i.quarantined:,}", f"{i.rejected:,}",
         f"{i.duplicates:,}", grouped(i.file_sha256, 16))
        for i in data.imports
    ]  # fmt: skip
    return [
        d.KeyValues(((t("paper.audit.figure.people", lang), f"{data.people:,}"), *states, *outputs), columns=2),
        d.Heading(t("paper.audit.imports", lang), level=2),
        _table("import", heads, rows, (1.2, 0.9, 1.5, 0.65, 1.0, 1.2, 0.95, 1.1, 1.8), lang, range(3, 8), size=7.0),
    ]


def _consents(data: AuditReportData, lang: Lang) -> list[d.Block]:
    series = ("proven", "pending", "unproven", "withdrawn", "refused", "expired")
    bars = tuple(
        (t(f"paper.purpose.{p.purpose}", lang), (p.proven, p.pending, p.unproven, p.withdrawn, p.refused, p.expired))
        for p in data.purposes
    )
    facts = (
        (t("paper.audit.figure.withdrawals", lang), f"{data.withdrawals:,}"),
        (t("paper.audit.fact.sample_checked", lang), f"{data.sample_checked:,}"),
        (t("paper.audit.fact.slowest", lang), duration(data.slowest_withdrawal_seconds, lang)),
        (t("paper.audit.slowest_event", lang), data.slowest_withdrawal_event or "–"),
    )
    blocks: list[d.Block] = []
    if bars:
        blocks.append(d.Bars(tuple(t(f"paper.audit.head.{key}", lang) for key in series), bars))
    blocks += [consent_table(data, lang), d.KeyValues(facts)]
    if data.notices:
        blocks += [d.Heading(t("paper.audit.notices", lang), level=2), _register(data.notices, lang)]
    if data.rights:
        rows = [
            (r.kind, f"{r.count:,}", _number(r.median_days), _number(r.longest_days), str(r.overdue), str(r.refused))
            for r in data.rights
        ]
        heads = ("kind", "count", "median_days", "longest_days", "overdue", "refused")
        blocks += [
            d.Heading(t("paper.audit.rights", lang), level=2),
            _table("rights", heads, rows, (2, 1, 1, 1, 1, 1), lang, range(1, 6)),
        ]
    return blocks


def _access(data: AuditReportData, lang: Lang) -> list[d.Block]:
    rows = [
        (word("role", v.role, lang), word("purpose", v.purpose, lang), f"{v.shown:,}", f"{v.refused:,}")
        for v in data.views
    ]
    reasons = [(word("reason", code, lang), f"{count:,}") for code, count in data.refusals_by_reason]
    before = [(word("audit.before", b.rule, lang), f"{b.people:,}") for b in data.before_proof]
    return [
        _table("views", ("role", "purpose", "shown", "refused"), rows, (2, 3, 1, 1), lang, (2, 3)),
        d.Heading(t("paper.audit.reasons", lang), level=2),
        _table("reasons", ("reason", "count"), reasons, (5, 1), lang, (1,)),
        d.Heading(t("paper.audit.fact.before_proof", lang), level=2),
        _table("before", ("rule", "people"), before, (5, 1), lang, (1,)),
    ]


def _registers(data: AuditReportData, lang: Lang) -> list[d.Block]:
    return [
        d.Heading(t("paper.audit.recipients", lang), level=2),
        _register(data.recipients, lang),
        d.Heading(t("paper.audit.assessments", lang), level=2),
        _register(data.assessments, lang),
    ]


def _transfers(data: AuditReportData, lang: Lang) -> list[d.Block]:
    rows = [(line.rule, f"{line.count:,}", f"{line.limit:,}") for line in data.thresholds]
    return [
        d.KeyValues(((t("paper.audit.transfers", lang), f"{data.transfers:,}"),)),
        _table("thresholds", ("rule", "count", "limit"), rows, (4, 1, 1), lang, (1, 2)),
    ]


def _findings(data: AuditReportData, lang: Lang) -> list[d.Block]:
    rows = [(f.finding, f.what, f.owner or "–", _day(f.due)) for f in data.findings]
    return [_table("findings", ("finding", "what", "owner", "due"), rows, (1.2, 4, 1.4, 1.2), lang)]


def _integrity(data: AuditReportData, lang: Lang) -> list[d.Block]:
    rows = (
        ("range", f"#{data.log_from} – #{data.log_to}"),
        ("size", f"{data.log_size:,}"),
        ("root", grouped(data.root, 8)),
        ("fingerprint", grouped(data.key_fingerprint, 4)),
        ("result", t(f"paper.audit.log.{'intact' if data.log_intact else 'broken'}", lang)),
        ("time", t("paper.audit.time_source", lang)),
    )
    return [
        d.KeyValues(tuple((t(f"paper.audit.seal.{key}", lang), value) for key, value in rows)),
        d.Heading(t("paper.audit.checkpoint", lang), level=2),
        *(d.Paragraph(line, small=True) for line in data.checkpoint_note.splitlines() if line),
    ]


def _entries(data: AuditReportData, lang: Lang) -> list[d.Block]:
    rows = [
        (
            str(e.index), local(e.at), word("kind", e.kind, lang), f"{e.actor} {word('role', e.role, lang)}",
            word("purpose", e.purpose, lang) if e.purpose else "–", _people(e.hcps),
            word("decision", e.decision, lang) if e.decision else "–",
        )
        for e in data.entries
    ]  # fmt: skip
    heads = ("index", "at", "kind", "who", "purpose", "people", "decision")
    return [
        d.Paragraph(t("paper.audit.entries_note", lang), small=True),
        _table("entries", heads, rows, (0.7, 1.35, 1.8, 1.6, 1.2, 1.4, 1.1), lang, (0,), size=7.0),
    ]


def _people(hcps: Sequence[str]) -> str:
    if not hcps:
        return "–"
    more = len(hcps) - 3
    return " ".join(hcps[:3]) + (f" +{more}" if more > 0 else "")


def _register(lines: Sequence[RegisterLine], lang: Lang) -> d.Table:
    rows = [(x.key, x.title, _day(x.since), _day(x.until), x.remark) for x in lines]
    return _table("register", ("key", "title", "since", "until", "remark"), rows, (1.4, 3, 1, 1, 1.8), lang)


def _table(
    name: str, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: tuple[float, ...], lang: Lang,
    right: Sequence[int] = (), *, size: float = 8.0,
) -> d.Table:  # fmt: skip
    words = tuple(t(f"paper.audit.col.{head}", lang) for head in heads)
    empty = t(f"paper.audit.empty.{name}", lang) if has(f"paper.audit.empty.{name}") else ""
    return d.Table(words, rows, widths, frozenset(right), empty=empty, size=size)


def _day(day: date | None) -> str:
    return day.isoformat() if day else "–"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"
