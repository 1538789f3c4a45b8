"""The sixteen parts of law.md 3.3 behind page 1, then the log; a part that has nothing says so.

Rules: (1) every table repeats its heads; (2) long ids stay whole; (3) an entry prints at most three pseudonyms and how
many more there are: all of them stand in the embedded evidence; (4) a report about one person, colleague or transfer
has the parts that speak of it and no others; (5) whether an item of the Audit Guide conforms is written by hand.
"""

from collections.abc import Callable, Sequence

from compliance.exports import document as d
from compliance.exports.audit_data import AuditReportData, EarlierLine, GuideLine, ReportKind
from compliance.exports.audit_one import item_table, sent_table
from compliance.exports.audit_pages import consent_table, days_left, duration, grouped, period, scope
from compliance.exports.audit_words import day, register, table, word
from compliance.exports.stamps import local
from compliance.i18n import Lang, t

#: Seals this machine keeps itself, and how many of them are printed.
_OWN, _SHOWN_HEADS = ("kept", "outside"), 5
Maker = Callable[[AuditReportData, Lang], list[d.Block]]


def parts(data: AuditReportData, lang: Lang) -> tuple[d.Block, ...]:
    """Contents and all parts of this kind of report."""
    blocks: list[d.Block] = [d.Contents(t("paper.audit.contents", lang))]
    for number, make in enumerate(_PARTS[data.kind], start=1):
        name = make.__name__.removeprefix("_")
        title = f"{number}  {t(f'paper.audit.part.{name}', lang)}"
        blocks += [d.Heading(title, new_page=name == "entries"), *make(data, lang)]
    return tuple(blocks)


def _about(data: AuditReportData, lang: Lang) -> list[d.Block]:
    rows = (
        ("handler", data.handler),
        ("credit_code", data.credit_code or t("paper.not_recorded", lang)),
        ("report", data.report_id),
        ("kind", t(f"paper.audit.kind.{data.kind}", lang)),
        ("scope", scope(data, lang)),
        ("period", f"{period(data)} (UTC+8)"),
        ("made", f"{local(data.made_at)} (UTC+8)"),
        ("by", f"{data.made_by} · {word('role', data.made_by_role, lang)}"),
        ("store", data.vault_id),
        ("system", f"ConsentKeep 信守 {data.system_version}"),
        ("interval", t(f"paper.audit.interval.{'year' if data.kind is ReportKind.YEAR else 'other'}", lang)),
        ("hash", t("paper.audit.file_hash", lang, report=data.report_id)),
    )
    words = tuple((t(f"paper.audit.about.{key}", lang), value) for key, value in rows)
    return [d.KeyValues(words, ruled=True)]


def _people(data: AuditReportData, lang: Lang) -> list[d.Block]:
    """Part 2: whoever audits writes it by hand; the accounts that worked stand below."""

    def say(key: str) -> str:
        return t(f"paper.audit.people.{key}", lang)

    return [
        d.Paragraph(say("note"), small=True),
        d.Places((d.Place(say("lead")), d.Place(say("team")), d.Place(say("rotation")))),
        d.Heading(say("accounts"), level=2),
        table(
            "staff",
            ("account", "role", "since", "until", "signing_key"),
            [(x.key, x.title, day(x.since), day(x.until), x.remark) for x in data.staff],
            (1.2, 2.4, 1.1, 1.1, 2.2),
            lang,
        ),
    ]


def _basis(data: AuditReportData, lang: Lang) -> list[d.Block]:
    rules = (
        (t("paper.audit.about.rules", lang), f"{data.rule_set_version} · {data.rule_set_digest[:32]}"),
        (t("paper.audit.about.guide", lang), t("paper.audit.guide_basis", lang)),
    )
    return [
        d.KeyValues(rules, ruled=True),
        d.Heading(t("paper.audit.instruments", lang), level=2),
        table(
            "instruments",
            ("key", "title", "in_force"),
            [(x.key, x.title, day(x.since)) for x in data.instruments],
            (1.2, 6, 1.3),
            lang,
        ),
    ]


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
    blocks: list[d.Block] = [
        d.KeyValues(((t("paper.audit.figure.people", lang), f"{data.people:,}"), *states, *outputs), 2, ruled=True)
    ]
    if len(data.months) > 1:
        blocks += [d.Heading(t("paper.audit.months", lang), level=2), _month_columns(data, lang)]
    if data.by_number:
        blocks += [
            d.Heading(t("paper.audit.by_number", lang), level=2),
            d.Paragraph(data.counted, small=True),
            table("by_number", ("duty", "state"), data.by_number, (5, 2), lang, size=7.5),
        ]
    return [
        *blocks,
        d.Heading(t("paper.audit.imports", lang), level=2),
        table("import", heads, rows, (1.35, 0.8, 1.6, 0.8, 1.05, 1.35, 1.0, 1.2, 3.15), lang, range(3, 8), size=6.5),
    ]


def _items(data: AuditReportData, lang: Lang) -> list[d.Block]:
    """Part 5: one block per item of the Audit Guide, and a place for the judgement."""
    if not data.guide:
        return [d.Paragraph(t("paper.audit.items_elsewhere", lang), small=True)]
    boxes = t("paper.audit.boxes", lang)
    found = {e.evidence: e for e in data.evidence}
    rows = [
        (
            f"{x.shown or x.item}{'' if x.read else ' *'}",
            f"{t(f'guide.item.{x.item}', lang)}：{t(f'guide.checks.{x.item}', lang)}" if lang is Lang.ZH
            else f"{t(f'guide.item.{x.item}', lang)}: {t(f'guide.checks.{x.item}', lang)}",
            " ".join(f"{e}({'–' if found[e].outside else f'{found[e].count:,}'})" for e in x.evidence),
            _result(x, any(found[e].outside for e in x.evidence), lang),
            boxes,
        )
        for x in data.guide
    ]  # fmt: skip
    return [
        d.Paragraph(t("paper.audit.items_note", lang), small=True),
        table("items", ("item_no", "checks", "evidence", "result", "judgement"), rows, (0.55, 4.6, 1.4, 1.7, 1.55),
              lang, size=7.5),
        *([] if all(x.read for x in data.guide) else [d.Paragraph(t("paper.audit.items_unread", lang), small=True)]),
        d.Heading(t("paper.audit.evidence_index", lang), level=2),
        d.Paragraph(t("paper.audit.evidence_index_note", lang), small=True),
        table("evidence", ("evidence_id", "title", "rows", "gaps", "digest"),
              [(e.evidence, t(f"guide.evidence.{e.evidence}", lang),
                "–" if e.outside else f"{e.count:,}", "–" if e.outside else f"{e.gaps:,}",
                t("paper.audit.outside", lang, what=t(f"guide.bring.{e.evidence}", lang)) if e.outside
                else grouped(e.sha256, 16))
               for e in data.evidence],
              (0.85, 2.5, 0.6, 0.6, 5.2), lang, (2, 3), size=7.0),
    ]  # fmt: skip


def _result(line: GuideLine, partly_outside: bool, lang: Lang) -> str:
    """What the program sees of an item, and that some of it is kept elsewhere."""
    words = t(f"paper.audit.result.{line.result}", lang)
    if partly_outside and line.result != "outside":
        return t("paper.audit.result.partly", lang, words=words)
    return words


def _samples(data: AuditReportData, lang: Lang) -> list[d.Block]:
    plan = data.sample
    if plan is None:
        return [d.Paragraph(t("paper.audit.no_sample", lang), small=True)]
    boxes = t("paper.audit.boxes_short", lang)
    return [
        d.Paragraph(t("paper.audit.sample_note", lang), small=True),
        d.KeyValues(((t("paper.audit.seed", lang), grouped(plan.seed, 16)),), ruled=True),
        table("strata", ("purpose", "population", "size", "frame"),
              [(word("purpose", s.purpose, lang), f"{s.population:,}", f"{s.size:,}", grouped(s.frame_sha256, 16))
               for s in plan.strata],
              (1.6, 0.8, 0.8, 5.2), lang, (1, 2), size=7.0),
        d.Heading(t("paper.audit.drawn", lang), level=2),
        table("drawn", ("event", "people", "item", "grade", "notice", "since", "document", "judgement"),
              [(x.event, x.hcp_id, x.item, word("grade", x.grade, lang), x.notice or "–",
                local(x.since)[:10] if x.since else "–", x.evidence_sha256[:12] or "–", boxes)
               for x in plan.drawn],
              (1.5, 1.2, 1.25, 1.15, 1.4, 0.95, 1.2, 0.95), lang, size=7.0),
    ]  # fmt: skip


def _consents(data: AuditReportData, lang: Lang) -> list[d.Block]:
    series = ("proven", "pending", "unproven", "withdrawn", "refused", "expired")
    counted = [
        (t(f"paper.purpose.{p.purpose}", lang), (p.proven, p.pending, p.unproven, p.withdrawn, p.refused, p.expired))
        for p in data.purposes
    ]
    bars = tuple(row for row in counted if any(row[1]))
    facts = (
        (t("paper.audit.figure.withdrawals", lang), f"{data.withdrawals:,}"),
        (
            t("paper.audit.fact.slowest", lang),
            duration(data.slowest_withdrawal_seconds, lang) if data.withdrawals else t("paper.none", lang),
        ),
        (t("paper.audit.slowest_event", lang), data.slowest_withdrawal_event or "–"),
        (t("paper.audit.fact.sample_checked", lang), f"{sum(p.sampled for p in data.purposes):,}"),
    )
    blocks: list[d.Block] = []
    if bars:
        blocks.append(d.Bars(tuple(t(f"paper.audit.head.{key}", lang) for key in series), bars))
    blocks += [consent_table(data, lang), d.KeyValues(facts, 2, ruled=True)]
    if data.kind is ReportKind.PERSON:
        return [*blocks, item_table(data, lang)]
    by_item = [
        (x.label, *(f"{n:,}" for n in (x.proven, x.unproven, x.withdrawn, x.refused, x.expired, x.void)))
        for x in data.item_counts
    ]
    keys = ("proven", "missing", "withdrawn", "refused", "expired", "void")
    heads = (t("paper.audit.col.item", lang), *(t(f"paper.audit.head.{key}", lang) for key in keys))
    blocks += [
        d.Heading(t("paper.audit.by_item", lang), level=2),
        d.Table(heads, by_item, (3.4, *(1 for _ in keys)), frozenset(range(1, 1 + len(keys))),
                empty=t("paper.audit.no_consents", lang), size=7.5),
    ]  # fmt: skip
    return [*blocks, d.Heading(t("paper.audit.notices", lang), level=2), register(data.notices, lang, title="digest")]


def _rights(data: AuditReportData, lang: Lang) -> list[d.Block]:
    rows = [
        (r.kind, f"{r.count:,}", _number(r.median_days), _number(r.longest_days), str(r.overdue)) for r in data.rights
    ]
    heads = ("kind", "count", "median_days", "longest_days", "overdue")
    return [table("rights", heads, rows, (2, 1, 1, 1, 1), lang, range(1, 5))]


def _access(data: AuditReportData, lang: Lang) -> list[d.Block]:
    rows = [
        (word("role", v.role, lang), word("purpose", v.purpose, lang), f"{v.shown:,}", f"{v.refused:,}")
        for v in data.views
    ]
    reasons = [(word("reason", code, lang) or "–", f"{count:,}") for code, count in data.refusals_by_reason]
    before = [(word("audit.before", b.rule, lang), f"{b.people:,}") for b in data.before_proof]
    return [
        table("views", ("role", "purpose", "shown", "refused"), rows, (2, 3, 1, 1), lang, (2, 3)),
        d.Heading(t("paper.audit.reasons", lang), level=2),
        table("reasons", ("reason", "count"), reasons, (5, 1), lang, (1,)),
        d.Heading(t("paper.audit.fact.before_proof", lang), level=2),
        table("before", ("rule", "people"), before, (5, 1), lang, (1,)),
        *([] if data.kind is ReportKind.PERSON else _singly(data, lang)),
    ]


def _singly(data: AuditReportData, lang: Lang) -> list[d.Block]:
    """Exceptional accesses and lists of people that left, one by one."""
    lent = [
        (f"#{x.index}", local(x.at), x.user, x.approver, word("purpose", x.purpose, lang), x.hcp, f"{x.reads:,}",
         x.reviewed_by or t("paper.audit.unreviewed", lang))
        for x in data.exceptional
    ]  # fmt: skip
    left = [
        (f"#{x.index}", local(x.at), x.user, word("log.what", x.what, lang), f"{x.people:,}", x.allowed or "–")
        for x in data.bulk
    ]
    heads = ("index", "at", "who", "approver", "purpose", "person", "reads", "reviewer")
    return [
        d.Heading(t("paper.audit.exceptional", lang), level=2),
        table("exceptional", heads, lent, (0.7, 1.5, 0.9, 0.9, 1.3, 1.4, 0.7, 1.2), lang, (6,), size=7.0),
        d.Heading(t("paper.audit.bulk", lang), level=2),
        table("bulk", ("index", "at", "who", "list", "people", "allowed"), left, (0.8, 1.6, 1, 2.6, 0.9, 2), lang, (4,),
              size=7.5),
    ]  # fmt: skip


def _acts(data: AuditReportData, lang: Lang) -> list[d.Block]:
    rows = [(word("kind", kind, lang), f"{count:,}") for kind, count in data.acts]
    blocks: list[d.Block] = [_month_columns(data, lang)] if len(data.months) > 1 else []
    return [*blocks, table("acts", ("kind", "count"), rows, (5, 1), lang, (1,))]


def _sharing(data: AuditReportData, lang: Lang) -> list[d.Block]:
    outputs = tuple(
        (t(f"paper.audit.{key}", lang), f"{getattr(data, key):,}") for key in ("sheets", "packs", "exports")
    )
    return [
        d.KeyValues(outputs, 2, ruled=True),
        d.Heading(t("paper.audit.recipients", lang), level=2),
        register(data.recipients, lang),
        d.Paragraph(t("paper.audit.sharing_note", lang), small=True),
    ]


def _transfers(data: AuditReportData, lang: Lang) -> list[d.Block]:
    counts = (
        (t("paper.audit.transfers", lang), f"{data.transfers:,}"),
        (t("paper.audit.transfers_refused", lang), f"{data.transfers_refused:,}"),
    )
    gauges = tuple((line.rule, line.count, line.limit) for line in data.thresholds)
    blocks: list[d.Block] = [d.KeyValues(counts, 2, ruled=True)]
    if gauges:
        blocks += [d.Heading(t("paper.audit.fact.transfers", lang), level=2), d.Gauges(gauges)]
    return [*blocks, sent_table(data, lang)]


def _assessments(data: AuditReportData, lang: Lang) -> list[d.Block]:
    return [register(data.assessments, lang)]


def _incidents(data: AuditReportData, lang: Lang) -> list[d.Block]:
    rows = (
        (t("paper.audit.incident.unlocks", lang), f"{data.failed_unlocks:,}"),
        (t("paper.audit.incident.clock", lang), f"{data.clock_anomalies:,}"),
        (t("paper.audit.incident.unclosed", lang), f"{data.unclosed:,}"),
        (t("paper.audit.incident.aside", lang), f"{data.aside:,}"),
    )
    return [d.KeyValues(rows, 2, ruled=True), d.Paragraph(t("paper.audit.incidents_note", lang), small=True)]


def _findings(data: AuditReportData, lang: Lang) -> list[d.Block]:
    """Part 14: findings of audits with proof of closure, tasks that wait, holds for inspections."""
    waiting = [(f.finding, f.what, f.owner or "–", day(f.due)) for f in data.waiting]
    tasks: list[d.Block] = [
        d.Heading(t("paper.audit.waiting", lang), level=2),
        table("waiting", ("finding", "what", "owner", "due"), waiting, (1.6, 3.8, 1.3, 1.1), lang),
    ]
    if data.kind is ReportKind.PERSON:
        return tasks[1:]
    rows = [
        (f.finding, f.what, f.risk, f.owner, day(f.due) if f.closed else days_left(f, data, lang), f.state, f.proof)
        for f in data.findings
    ]
    holds = [
        (h.hold, h.authority, h.reason, f"{h.people:,}" if h.people else t("paper.audit.everybody", lang),
         day(h.since), day(h.lifted or h.until))
        for h in data.holds
    ]  # fmt: skip
    return [
        table("findings", ("finding", "what", "risk", "owner", "due", "state", "proof"), rows,
              (1.25, 2.2, 0.7, 0.9, 1.5, 1.2, 2.0), lang, size=7.0),
        *tasks,
        d.Heading(t("paper.audit.holds", lang), level=2),
        table("holds", ("hold", "authority", "why", "people", "since", "until"), holds,
              (1.2, 2.2, 2.4, 0.9, 1.0, 1.0), lang, (3,), size=7.0),
    ]  # fmt: skip


def _integrity(data: AuditReportData, lang: Lang) -> list[d.Block]:
    rows = (
        ("range", f"#{data.log_from} – #{data.log_to}"),
        ("size", f"{data.log_size:,}"),
        ("root", grouped(data.root, 8)),
        ("fingerprint", grouped(data.key_fingerprint, 4)),
        ("result", t(f"paper.audit.log.{'intact' if data.log_intact else 'broken'}", lang)),
        ("time", t("paper.audit.time_source", lang)),
        ("cosigned", "、".join(data.cosigners) or t("paper.none", lang)),
    )
    earlier = [
        (word("audit.earlier", x.source, lang), f"{x.size:,}", grouped(x.root, 16),
         t(f"paper.audit.earlier.{'holds' if x.holds else 'differs'}", lang))
        for x in _telling(data)
    ]  # fmt: skip
    return [
        d.KeyValues(tuple((t(f"paper.audit.seal.{key}", lang), value) for key, value in rows), ruled=True),
        d.Heading(t("paper.audit.earlier", lang), level=2),
        d.Paragraph(t("paper.audit.earlier_note", lang, count=len(data.earlier)), small=True),
        table(
            "earlier", ("seen_in", "size_then", "root", "result"), earlier, (1.5, 0.75, 5.0, 1.55), lang, (1,), size=7.0
        ),
        d.Heading(t("paper.audit.checkpoint", lang), level=2),
        *(d.Paragraph(line, small=True) for line in data.checkpoint_note.splitlines() if line),
    ]


def _telling(data: AuditReportData) -> list[EarlierLine]:
    """Heads others may hold, whatever differs, and the newest of ours; the evidence proves all."""
    ours = [x for x in data.earlier if x.source in _OWN and x.holds]
    hidden = {id(x) for x in ours[:-_SHOWN_HEADS]}
    return [x for x in data.earlier if id(x) not in hidden]


def _signatures(data: AuditReportData, lang: Lang) -> list[d.Block]:
    def say(key: str) -> str:
        return t(f"paper.audit.sign.{key}", lang)

    return [
        d.Paragraph(t("paper.audit.signatures_note", lang, report=data.report_id), small=True),
        d.Places((d.Place(say("lead")), d.Place(say("officer")), d.Place(say("chop"), chop=True))),
    ]


def _entries(data: AuditReportData, lang: Lang) -> list[d.Block]:
    rows = [
        (
            str(e.index), local(e.at), word("kind", e.kind, lang), e.actor,
            word("purpose", e.purpose, lang) if e.purpose else "–", _named(e.hcps), e.note or "–",
        )
        for e in data.entries
    ]  # fmt: skip
    heads = ("index", "at", "kind", "who", "purpose", "people", "note")
    return [
        d.Paragraph(t("paper.audit.entries_note", lang), small=True),
        table("entries", heads, rows, (0.65, 1.4, 1.65, 0.9, 1.0, 1.35, 2.2), lang, (0,), size=7.0),
    ]


def _month_columns(data: AuditReportData, lang: Lang) -> d.Columns:
    series = tuple(t(f"paper.audit.month.{key}", lang) for key in ("shown", "changed", "out", "refused"))
    return d.Columns(series, tuple((m.month[2:], (m.shown, m.changed, m.out, m.refused)) for m in data.months))


def _named(hcps: Sequence[str]) -> str:
    if not hcps:
        return "–"
    more = len(hcps) - 3
    return " ".join(hcps[:3]) + (f" +{more}" if more > 0 else "")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


#: law.md 3.3 in its order; part 1 is page 1 with what is said about the report.
_ALL: tuple[Maker, ...] = (
    _about, _people, _basis, _facts, _items, _samples, _consents, _rights, _access, _sharing, _transfers,
    _assessments, _incidents, _findings, _integrity, _signatures, _entries,
)  # fmt: skip
_PARTS: dict[ReportKind, tuple[Maker, ...]] = {
    ReportKind.STORE: _ALL,
    ReportKind.YEAR: _ALL,
    ReportKind.PERSON: (_about, _consents, _rights, _access, _acts, _transfers, _findings, _integrity, _entries),
    ReportKind.USER: (_about, _access, _acts, _incidents, _integrity, _entries),
    ReportKind.TRANSFER: (_about, _transfers, _assessments, _acts, _integrity, _entries),
}
