"""Readers of the single catalogue files: statutes, bases, roles, blocks, items, purposes, parameters, reasons, export.

Each takes a :class:`Table` and gives frozen objects; what it cannot read becomes a fault and is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from compliance.model.access import BeforeProof, Purpose, RecordStatus, Reference, Role, Section
from compliance.model.consent import ConsentStatus, Grade
from compliance.policy.catalogue import (
    BLOCK_KEYS,
    BlockRule,
    Channel,
    ClassList,
    GateRule,
    HolidayTable,
    ItemRule,
    LegalBasis,
    Mark,
    ParameterValue,
    PurposeRule,
    ReasonRule,
    RoleRule,
    Statute,
    TransferRow,
    TransferRules,
    Words,
)
from compliance.policy.dated import Timeline, Version, timeline_faults
from compliance.policy.items import expand, match_item
from compliance.policy.tables import Table

_EPOCH = date(2021, 11, 1)
#: What a company's own set may do with a number.
COMPANY_RULES = ("at_least", "at_most", "fixed")
TRANSFER_ROWS = tuple(f"X{n:02d}" for n in range(15))
GATES = tuple(f"G{n}" for n in range(1, 9))
RESULTS = (
    "HOLD",
    "BLOCK",
    "FREE",
    "ASSESS",
    "EXEMPT-TRANSIT",
    "EXEMPT-CONTRACT",
    "EXEMPT-HR",
    "EXEMPT-EMERGENCY",
    "EXEMPT-DUTY",
    "EXEMPT-FTZ",
    "CONTRACT-OR-CERT",
    "EXEMPT-VOLUME",
)
STEPS = ("purpose", "role", "blocks", "assignment", "basis", "assessment", "fields", "transfer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What later files may refer to."""

    statutes: Mapping[str, Statute]
    bases: frozenset[str] = frozenset()
    channels: Mapping[str, Channel] = field(default_factory=dict)
    items: tuple[ItemRule, ...] = ()

    def is_item(self, name: str) -> bool:
        """Whether ``name`` is a consent item."""
        return match_item(name, items=self.items, channels=self.channels) is not None


def references(table: Table, names: Names, key: str = "references") -> tuple[Reference, ...]:
    """A list of ``{ statute, article }`` that all resolve."""
    return tuple(ref for entry in table.tables(key) if (ref := _reference(entry, names)) is not None)


def cited(table: Table, names: Names) -> tuple[Reference, ...]:
    """The same where there must be one: nothing is granted, counted or kept without an article."""
    if table.empty("references"):
        table.fault("references", "empty")
    return references(table, names)


def mark(table: Table) -> Mark:
    """How sure we are."""
    found = table.one_of("mark", Mark, "unknown_mark")
    return Mark(found) if found else Mark.POLICY


def read_statutes(table: Table) -> dict[str, Statute]:
    """``law/statutes.toml``."""
    out: dict[str, Statute] = {}
    for code in table.names():
        entry = table.table(code)
        out[code] = Statute(
            code=code,
            title=entry.words("title"),
            issuer=entry.text("issuer"),
            in_force=entry.day("in_force") or _EPOCH,
            until=entry.day("until", optional=True),
            mark=mark(entry),
            articles=frozenset(entry.texts("articles")),
        )
        entry.done()
    return out


def read_bases(table: Table, names: Names) -> dict[str, LegalBasis]:
    """``policy/legal_bases.toml``."""
    out: dict[str, LegalBasis] = {}
    for key in table.names():
        entry = table.table(key)
        out[key] = LegalBasis(
            key=key,
            label=entry.words("label"),
            reference=_reference(entry.table("reference"), names) or Reference("PIPL", "13"),
            enabled=entry.flag("enabled"),
            public_only=entry.flag("public_only"),
            needs_end=entry.flag("needs_end"),
        )
        entry.done()
    return out


def read_roles(table: Table) -> dict[Role, RoleRule]:
    """``policy/roles.toml``."""
    out: dict[Role, RoleRule] = {}
    for key in table.names():
        entry = table.table(key)
        known = table.check(key, key, Role, "unknown_role")
        rule_keys = [s for s in entry.texts("keys") if entry.check("keys", s, Section, "unknown_section")]
        label, slot, own = entry.words("label"), entry.flag("slot"), entry.flag("own_people")
        entry.done()
        if known:
            out[Role(key)] = RoleRule(
                role=Role(key), label=label, slot=slot, own_people=own, keys=frozenset(map(Section, rule_keys))
            )
    return out


def read_blocks(table: Table, names: Names) -> tuple[dict[str, BlockRule], dict[RecordStatus, str]]:
    """``policy/blocks.toml``: blocks, and which block a record status stands for."""
    out: dict[str, BlockRule] = {}
    group = table.table("block")
    for key in group.names():
        entry = group.table(key)
        group.check(key, key, BLOCK_KEYS, "unknown_block")
        closes = [p for p in entry.texts("closes") if entry.check("closes", p, Purpose, "unknown_purpose")]
        out[key] = BlockRule(
            key=key,
            label=entry.words("label"),
            closes=frozenset(map(Purpose, closes)),
            references=cited(entry, names),
        )
        entry.done()
    states = table.table("record_status")
    status: dict[RecordStatus, str] = {}
    for key in states.names():
        value = states.text(key)
        if states.check(key, key, RecordStatus, "unknown_status") and (
            not value or states.check(key, value, out, "unknown_block")
        ):
            status[RecordStatus(key)] = value
    for state in RecordStatus:
        if state not in status:
            states.fault(str(state), "missing_key")
    table.done()
    return out, status


def read_items(table: Table, names: Names) -> tuple[dict[str, Channel], tuple[ItemRule, ...]]:
    """``policy/items.toml``: channels and consent items."""
    channels: dict[str, Channel] = {}
    for entry in table.tables("channel"):
        code = entry.text("code")
        if code in channels:
            entry.fault("code", "duplicate", code)
        channels[code] = Channel(
            code=code,
            label=entry.words("label"),
            domain=entry.one_of("domain", ("private", "public"), "unknown_domain") or "private",
            mode=entry.one_of("mode", ("online", "offline"), "unknown_mode") or "offline",
            under=entry.text("under"),
            also=entry.texts("also", default=()),
        )
        entry.done()
    items: list[ItemRule] = []
    for entry in table.tables("item"):
        pattern = entry.text("pattern")
        if any(rule.pattern == pattern for rule in items):
            entry.fault("pattern", "duplicate", pattern)
        if "*" in pattern:
            entry.fault("pattern", "wildcard", pattern)
        purpose = entry.text("purpose")
        if purpose and not entry.check("purpose", purpose, Purpose, "unknown_purpose"):
            purpose = ""
        grade = entry.one_of("least_grade", ("E1", "E2", "E3", "E4"), "unknown_grade")
        items.append(
            ItemRule(
                pattern=pattern,
                purpose=Purpose(purpose) if purpose else None,
                label=entry.words("label"),
                from_day=entry.day("from") or _EPOCH,
                least_grade=Grade(grade or "E1"),
                separate=entry.flag("separate"),
                references=references(entry, names),
            )
        )
        entry.done()
    table.done()
    return channels, tuple(items)


def read_purposes(table: Table, names: Names) -> dict[Purpose, PurposeRule]:
    """``policy/purposes.toml``."""
    out: dict[Purpose, PurposeRule] = {}
    for key in table.names():
        if table.check(key, key, Purpose, "unknown_purpose"):
            out[Purpose(key)] = _purpose(Purpose(key), table.table(key), names)
    for purpose in Purpose:
        if purpose not in out:
            table.fault(str(purpose), "missing_key")
    return out


@dataclass(frozen=True, slots=True)
class Parameters:
    """``policy/parameters.toml``: dated numbers, their labels, and what a company may do with each."""

    values: Mapping[str, Timeline[ParameterValue]]
    labels: Mapping[str, Words]
    company: Mapping[str, str]


#: A period beyond a human life is a slip of the keyboard, and no date could hold it.
_MOST = {"days": 36_500, "working days": 36_500, "months": 1_200, "years": 100, "hours": 876_000, "percent": 1_000}
_MOST_ANY = 10**12


def read_parameters(table: Table, names: Names) -> Parameters:
    """``policy/parameters.toml``."""
    out: dict[str, Timeline[ParameterValue]] = {}
    labels: dict[str, Words] = {}
    company: dict[str, str] = {}
    for key in table.names():
        entry = table.table(key)
        labels[key] = entry.words("label")
        unit = entry.text("unit")
        company[key] = entry.one_of("company", COMPANY_RULES, "unknown_company_rule", default="fixed") or "fixed"
        versions: list[Version[ParameterValue]] = []
        for row in entry.tables("version"):
            start, end = row.day("from"), row.day("until", optional=True)
            value = ParameterValue(value=row.number("value"), references=cited(row, names), mark=mark(row))
            if value.value < 0:
                row.fault("value", "negative", value.value)
            elif value.value > _MOST.get(unit, _MOST_ANY):
                row.fault("value", "too_large", value.value, str(_MOST.get(unit, _MOST_ANY)))
            row.done()
            if start:
                versions.append(Version(start, end, value))
        for fault in timeline_faults(versions, entry.path("version")):
            entry.fault(fault.where.removeprefix(entry.where + "."), fault.code, fault.value, fault.nearest)
        if not versions:
            entry.fault("version", "gap")
        entry.done()
        out[key] = Timeline(versions)
    return Parameters(out, labels, company)


def read_classes(table: Table) -> dict[str, ClassList]:
    """``policy/classes.toml``: lists of sensitive data that differ from the stricter one, by name."""
    table.day("reviewed_on")
    default, out = table.text("default"), dict[str, ClassList]()
    for name in table.names():
        if name in ("reviewed_on", "default"):
            continue
        entry = table.table(name)
        changed = entry.table("classes")
        out[name] = ClassList(label=entry.words("label"), classes={key: changed.text(key) for key in changed.names()})
        if entry.has("mark"):
            mark(entry)
        entry.done()
    table.check("default", default, out, "unknown_rule_set")
    return out


def read_reasons(table: Table, names: Names) -> dict[str, ReasonRule]:
    """``policy/reasons.toml``: the closed set of reason codes."""
    out: dict[str, ReasonRule] = {}
    for code in table.names():
        entry = table.table(code)
        step = entry.one_of("step", STEPS, "unknown_step")
        out[code] = ReasonRule(code=code, step=step or "", references=references(entry, names))
        entry.done()
    return out


def read_transfer(table: Table, names: Names) -> TransferRules:
    """``policy/transfer.toml``: rows and gates of the export table."""
    start = table.day("from") or _EPOCH
    table.day("reviewed_on")
    claims = table.texts("claims")
    rows: dict[str, TransferRow] = {}
    group = table.table("row")
    for key in group.names():
        entry = group.table(key)
        group.check(key, key, TRANSFER_ROWS, "unknown_row")
        rows[key] = TransferRow(
            row=key,
            result=entry.one_of("result", RESULTS, "unknown_result") or "BLOCK",
            label=entry.words("label"),
            references=references(entry, names),
        )
        entry.done()
    gates: dict[str, GateRule] = {}
    group_g = table.table("gate")
    for key in group_g.names():
        entry = group_g.table(key)
        group_g.check(key, key, GATES, "unknown_gate")
        applies = entry.one_of("applies", ("always", "ASSESS", "CONTRACT", "CERT"), "unknown_route")
        gates[key] = GateRule(
            gate=key, label=entry.words("label"), applies=applies or "always", references=references(entry, names)
        )
        entry.done()
    for missing in (set(TRANSFER_ROWS) - set(rows)) | (set(GATES) - set(gates)):
        table.fault(missing, "gap")
    table.done()
    return TransferRules(from_day=start, claims=claims, rows=rows, gates=gates)


def read_holidays(tables: list[Table]) -> dict[int, HolidayTable]:
    """``law/holidays/YEAR.toml``."""
    out: dict[int, HolidayTable] = {}
    for table in tables:
        year = table.number("year")
        table.text("source")
        mark(table)
        off, on = table.days("days_off"), table.days("work_days")
        for key, days in (("days_off", off), ("work_days", on)):
            for day in days:
                if day.year != year or (day.weekday() >= 5) != (key == "work_days"):
                    table.fault(key, "bad_date", day, f"{year}")
        if year in out or not table.where.endswith(f"/{year}.toml"):
            table.fault("year", "duplicate" if year in out else "wrong_name", year)
        table.done()
        out[year] = HolidayTable(year=year, days_off=frozenset(off), work_days=frozenset(on))
    return out


def read_free_text(table: Table) -> dict[str, tuple[str, ...]]:
    """``policy/free_text.toml``: code → words whose presence is a finding."""
    out: dict[str, tuple[str, ...]] = {}
    for code in table.names():
        entry = table.table(code)
        entry.words("label")
        out[code] = entry.texts("words")
        for number, word in enumerate(out[code]):
            if not word.strip() or not word.isprintable():
                entry.fault(f"words[{number}]", "empty")
        entry.done()
    return out


def _purpose(purpose: Purpose, entry: Table, names: Names) -> PurposeRule:
    items: list[str] = []
    for pattern in entry.texts("items_any"):
        found = expand(pattern, names.channels)
        if not all(names.is_item(item) for item in found):
            entry.fault("items_any", "wildcard" if "*" in pattern else "unknown_item", pattern)
        items.extend(found)
    asks = entry.texts("asks")
    for item in asks:
        if not names.is_item(item):
            entry.fault("asks", "unknown_item", item)
    stops = entry.texts("stops")
    settings = [
        s for s in entry.texts("before_proof") if entry.check("before_proof", s, BeforeProof, "unknown_setting")
    ]
    waiting = [s for s in entry.texts("waiting") if entry.check("waiting", s, ConsentStatus, "unknown_status")]
    rule = PurposeRule(
        purpose=purpose,
        from_day=entry.day("from") or _EPOCH,
        until=entry.day("until", optional=True),
        label=entry.words("label"),
        basis=entry.one_of("basis", names.bases, "unknown_basis") or "",
        items_any=tuple(items),
        bases=frozenset(b for b in entry.texts("bases") if entry.check("bases", b, names.bases, "unknown_basis")),
        statutory=entry.flag("statutory"),
        assessment=entry.flag("assessment"),
        stops_on_optout="adm_optout" in [s for s in stops if entry.check("stops", s, ("adm_optout",), "unknown_stop")],
        before_proof=frozenset(map(BeforeProof, settings)),
        waiting=frozenset(map(ConsentStatus, waiting)),
        asks=asks,
        notices=entry.texts("notices"),
        roles=frozenset(Role(r) for r in entry.texts("roles") if entry.check("roles", r, Role, "unknown_role")),
        references=cited(entry, names),
        mark=mark(entry),
    )
    entry.done()
    return rule


def _reference(entry: Table, names: Names) -> Reference | None:
    statute, article = entry.text("statute"), entry.text("article")
    entry.done()
    if not statute or not entry.check("statute", statute, names.statutes, "unknown_statute"):
        return None
    if not entry.check("article", article, sorted(names.statutes[statute].articles), "unknown_article"):
        return None
    return Reference(statute, article)
