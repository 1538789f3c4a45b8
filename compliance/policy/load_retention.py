"""Reader of ``policy/retention.toml``: how long what is kept (REQ-090). What it cannot read becomes a fault.

A field named twice, a dimension twice, a kind of record twice: each is a fault, so that every value has one rule.
"""

from collections.abc import Mapping
from datetime import date

from compliance.model.access import Purpose, Role
from compliance.model.retention import EndAction, Extend, RecordKind, StartEvent
from compliance.policy.catalogue import FieldDef, RetentionRule, RetentionRules, RetentionTerm, Words
from compliance.policy.dated import Timeline, Version, timeline_faults
from compliance.policy.load_catalogue import Names, cited, mark, references
from compliance.policy.tables import Table

KEEPS = ("at_most", "at_least")
#: Longest putting off: a day so far on must still be one of the calendar.
_MOST_MONTHS = 1_200


def read_retention(
    table: Table, names: Names, fields: Mapping[str, FieldDef], dimensions: Mapping[str, Words]
) -> RetentionRules:
    """The rules, and which rule each stored field and each kind of record falls under."""
    table.day("reviewed_on")
    after = table.table("after_end")
    roles = frozenset(Role(x) for x in after.texts("roles") if after.check("roles", x, Role, "unknown_role"))
    open_to = frozenset(
        Purpose(x) for x in after.texts("purposes") if after.check("purposes", x, Purpose, "unknown_purpose")
    )
    still = references(after, names)
    after.done()
    rules: dict[str, RetentionRule] = {}
    by_dimension: dict[str, str] = {}
    by_field: dict[str, str] = {}
    by_record: dict[RecordKind, str] = {}
    listed = table.table("rules")
    for key in listed.names():
        entry = listed.table(key)
        for name, known, code, into in (
            ("dimensions", dimensions, "unknown_dimension", by_dimension),
            ("fields", fields, "unknown_field", by_field),
            ("records", RecordKind, "unknown_record", by_record),
        ):
            _covers(entry, name, known, code, into, key)
        rules[key] = _rule(entry, key, names)
    table.done()
    of_field = {
        key: found
        for key, f in fields.items()
        if f.section is not None and (found := by_field.get(key) or by_dimension.get(f.dimension))
    }
    return RetentionRules(
        rules=rules, of_field=of_field, of_record=by_record, open_roles=roles, open_purposes=open_to, references=still
    )


def _covers(entry: Table, name: str, known: object, code: str, into: dict, key: str) -> None:  # type: ignore[type-arg]
    for text in entry.texts(name, default=()):
        if not entry.check(name, text, known, code):  # type: ignore[arg-type]
            continue
        of = RecordKind(text) if known is RecordKind else text
        if of in into:
            entry.fault(name, "duplicate", text, into[of])
        into[of] = key


def _rule(entry: Table, key: str, names: Names) -> RetentionRule:
    label = entry.words("label")
    event = entry.one_of("event", StartEvent, "unknown_event")
    purposes = frozenset(
        Purpose(x)
        for x in entry.texts("purposes", default=())
        if entry.check("purposes", x, Purpose, "unknown_purpose")
    )
    keeps = entry.one_of("keeps", KEEPS, "unknown_company_rule", default="at_most")
    extend = Extend(entry.one_of("extend", Extend, "unknown_extend") or Extend.NEVER)
    most = entry.number("extend_months") if entry.has("extend_months") or extend is not Extend.NEVER else 0
    if not 0 <= most <= _MOST_MONTHS:
        entry.fault("extend_months", "bad_number", most, str(_MOST_MONTHS))
    versions: list[Version[RetentionTerm]] = []
    for row in entry.tables("version"):
        start, end = row.day("from"), row.day("until", optional=True)
        term = _term(row, names)
        row.done()
        if start:
            versions.append(Version(start, end, term))
    for fault in timeline_faults(versions, entry.path("version")):
        entry.fault(fault.where.removeprefix(entry.where + "."), fault.code, fault.value, fault.nearest)
    if not versions:
        entry.fault("version", "gap")
    entry.done()
    return RetentionRule(
        key=key,
        label=label,
        event=StartEvent(event or StartEvent.RECORDED),
        purposes=purposes,
        at_least=keeps == "at_least",
        extend=extend,
        extend_months=most,
        terms=Timeline(versions or [Version(date.max, None, RetentionTerm())]),
    )


def _term(row: Table, names: Names) -> RetentionTerm:
    given = [unit for unit in ("days", "months") if row.has(unit)]
    if len(given) != 1:
        row.fault("days", "one_of_two", ", ".join(given), "days | months")
    amounts = {unit: row.number(unit) for unit in given}
    for unit, amount in amounts.items():
        if not 0 < amount <= 36_500:
            row.fault(unit, "bad_number", amount)
    action = row.one_of("action", EndAction, "unknown_action")
    return RetentionTerm(
        days=amounts.get("days", 0),
        months=amounts.get("months", 0),
        action=EndAction(action or EndAction.ERASE),
        references=cited(row, names),
        mark=mark(row),
    )
