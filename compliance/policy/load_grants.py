"""Readers of the data dictionary, the grants and the sheet templates."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from compliance.errors import Fault
from compliance.model.access import Purpose, Role, Section, ValueTest
from compliance.model.profile import SheetBlock, SheetTemplate
from compliance.policy.catalogue import (
    ClassList,
    FieldDef,
    FieldGrant,
    Grant,
    Handling,
    ReasonRule,
    Treatment,
    Words,
)
from compliance.policy.dated import Timeline, Version, timeline_faults
from compliance.policy.generalise import GENERALISATIONS
from compliance.policy.load_catalogue import Names, cited, mark, references
from compliance.policy.masks import MASKS
from compliance.policy.tables import Table

PURPOSES = tuple(Purpose)
_TEXT_COLUMNS = (
    "key, label_en, label_zh, dimension, type, allowed_values, example, tag_type, refresh_days, refresh_rule,"
    "data_class, class_note, default_provenance, purposes, reader_roles, collect_stage, sheet_action, sheet_rule,"
    "seed_rows, constraint_note"
)
COLUMNS = frozenset(re.split(r",\s*", _TEXT_COLUMNS))
_NEEDS = ("item", "assessment", "no_adm_optout")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dictionary:
    """The data dictionary as read."""

    fields: Mapping[str, FieldDef]
    dimensions: Mapping[str, Words]
    sections: Mapping[str, Words]
    classes: Mapping[str, Words]


def read_dictionary(head: Table, rows: list[dict[str, str]], names: Names, faults: list[Fault]) -> Dictionary:
    """``dictionary/dictionary.toml`` and ``dictionary/fields.csv``."""
    head.text("version")
    head.day("from")
    head.day("reviewed_on")
    references(head, names)
    classes = _labelled(head.table("classes"), names)
    sections = {key: entry.words("label") for key, entry in _entries(head.table("sections"))}
    dimensions: dict[str, Words] = {}
    dimension_section: dict[str, str] = {}
    for key, entry in _entries(head.table("dimensions")):
        dimensions[key] = entry.words("label")
        dimension_section[key] = entry.text("section")
        entry.done()
    extra: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {}
    for key, entry in _entries(head.table("fields")):
        extra[key] = (
            entry.text("section", default=""),
            entry.texts("also_needs", default=()),
            entry.texts("reveal_needs_any", default=()),
        )
        for need in extra[key][1]:
            entry.check("also_needs", need.partition(":")[0], _NEEDS, "unknown_need")
        for item in extra[key][2]:
            if not names.is_item(item):
                entry.fault("reveal_needs_any", "unknown_item", item)
        entry.done()
    computed = head.texts("computed")
    wishes = head.texts("wishes", default=())
    head.done()
    fields: dict[str, FieldDef] = {}
    for number, row in enumerate(rows, start=2):
        table = Table(row, f"dictionary/fields.csv: line {number}", faults)
        if set(row) != COLUMNS or None in row.values():
            odd = sorted(str(c) for c in set(row) ^ COLUMNS) or ["cells"]
            table.fault("", "unknown_column", ",".join(odd))
            continue
        key = row["key"]
        if key in fields:
            table.fault("key", "duplicate", key)
            continue
        override, needs, reveal = extra.get(key, ("", (), ()))
        section = "" if key in computed else override or dimension_section.get(row["dimension"], "")
        ok = (
            table.check("dimension", row["dimension"], dimensions, "unknown_dimension"),
            table.check("data_class", row["data_class"], classes, "unknown_class"),
            not section or table.check("section", section, Section, "unknown_section"),
            _all_known(table, "purposes", row, Purpose, "unknown_purpose"),
            _all_known(table, "reader_roles", row, Role, "unknown_role"),
            table.check("sheet_action", row["sheet_action"], ("show", "mask", "generalise", "hide"), "unknown_action"),
            _number(row["refresh_days"], table),
        )
        if all(ok):
            fields[key] = _field(row, section, needs, reveal, any_scope=key in wishes)
    for key in [*computed, *wishes, *extra]:
        if key not in fields:
            head.check("fields", key, fields, "unknown_field")
    return Dictionary(fields=fields, dimensions=dimensions, sections=sections, classes=classes)


def reclassed(
    dictionary: Dictionary, grants: Mapping[Purpose, Timeline[Grant]], classed: ClassList
) -> tuple[Dictionary, dict[Purpose, Timeline[Grant]]]:
    """Dictionary and grants under another list: what is no longer sensitive asks no separate consent (PIPL 28, 29)."""
    fields = {
        key: replace(known, data_class=classed.classes.get(key, known.data_class))
        for key, known in dictionary.fields.items()
    }
    freed = {key for key, known in dictionary.fields.items() if known.sensitive and not fields[key].sensitive}

    def under(grant: Grant) -> Grant:
        own = {k: replace(g, needs_item="") if k in freed else g for k, g in grant.fields.items()}
        return replace(grant, fields=own)

    made = {
        purpose: Timeline([Version(v.from_day, v.until, under(v.value)) for v in timeline.versions])
        for purpose, timeline in grants.items()
    }
    return replace(dictionary, fields=fields), made


def read_grants(
    purpose: Purpose,
    table: Table,
    names: Names,
    fields: Mapping[str, FieldDef],
    reasons: Mapping[str, ReasonRule],
) -> Timeline[Grant]:
    """``policy/grants/PURPOSE.toml``: dated versions of who gets which field."""
    versions: list[Version[Grant]] = []
    for row in table.tables("version"):
        start, end, reviewed = row.day("from"), row.day("until", optional=True), row.day("reviewed_on")
        granted: dict[str, FieldGrant] = {}
        for entry in row.tables("field"):
            key = entry.text("key")
            if key in granted:
                entry.fault("key", "duplicate", key)
            known = entry.check("key", key, fields, "unknown_field")
            grant = _field_grant(key, entry, names, reasons)
            if known:
                granted[key] = grant
        value_references, value_mark = cited(row, names), mark(row)
        row.done()
        if start and reviewed:
            grant_all = Grant(
                purpose=purpose,
                fields=granted,
                references=value_references,
                mark=value_mark,
                reviewed_on=reviewed,
            )
            versions.append(Version(start, end, grant_all))
    for fault in timeline_faults(versions, table.path("version")):
        table.fault(fault.where.partition(": ")[2], fault.code, fault.value, fault.nearest)
    if not versions:
        table.fault("version", "gap")
    table.done()
    return Timeline(versions)


def read_sheets(
    table: Table, fields: Mapping[str, FieldDef], names: Names, max_fields: int
) -> dict[Purpose, SheetTemplate]:
    """``policy/sheets.toml``: blocks per purpose; counted fields within the limit of a sheet, day plans."""
    out: dict[Purpose, SheetTemplate] = {}
    for key in table.names():
        entry = table.table(key)
        if not table.check(key, key, Purpose, "unknown_purpose"):
            continue
        blocks: list[SheetBlock] = []
        for block in entry.tables("block"):
            label = block.words("label")
            keys = tuple(f for f in block.texts("fields") if block.check("fields", f, fields, "unknown_field"))
            blocks.append(
                SheetBlock(
                    key=block.text("key"),
                    label_zh=label.zh,
                    label_en=label.en,
                    counted=block.flag("counted"),
                    fields=keys,
                )
            )
            block.done()
        counted = sum(len(b.fields) for b in blocks if b.counted)
        if counted > max_fields:
            entry.fault("block", "too_many_fields", counted, str(max_fields))
        first = tuple(
            f for f in entry.texts("first_compliance") if entry.check("first_compliance", f, fields, "unknown_field")
        )
        replaced = tuple(
            b for b in entry.texts("replaced") if entry.check("replaced", b, [x.key for x in blocks], "unknown_block")
        )
        listed = entry.texts("day_plan") if entry.has("day_plan") else ()
        channels = tuple(c for c in listed if entry.check("day_plan", c, names.channels, "unknown_channel"))
        entry.done()
        out[Purpose(key)] = SheetTemplate(
            purpose=Purpose(key),
            blocks=tuple(blocks),
            first_compliance=first,
            replaced=replaced,
            max_fields=max_fields,
            day_plan=channels,
        )
    return out


def _field_grant(key: str, entry: Table, names: Names, reasons: Mapping[str, ReasonRule]) -> FieldGrant:
    needs = entry.text("needs_item", default="")
    if needs and not names.is_item(needs):
        entry.fault("needs_item", "unknown_item", needs)
    tests: dict[Role, frozenset[ValueTest]] = {}
    if entry.has("tests"):
        table = entry.table("tests")
        for role in table.names():
            found = [x for x in table.texts(role) if table.check(role, x, ValueTest, "unknown_test")]
            if table.check(role, role, Role, "unknown_role"):
                tests[Role(role)] = frozenset(map(ValueTest, found))
    grant = FieldGrant(
        key=key,
        reason=entry.words("reason"),
        references=cited(entry, names),
        treatments=_treatments(entry.table("treatments"), reasons),
        without_case=_treatments(entry.table("without_case"), reasons) if entry.has("without_case") else {},
        needs_item=needs,
        tests=tests,
    )
    entry.done()
    return grant


def _treatments(table: Table, reasons: Mapping[str, ReasonRule]) -> dict[Role, Handling]:
    out: dict[Role, Handling] = {}
    for key in table.names():
        kind, _, argument = table.text(key).partition(":")
        if not table.check(key, key, Role, "unknown_role") or not table.check(
            key, kind, Treatment, "unknown_treatment"
        ):
            continue
        treatment = Treatment(kind)
        allowed: Mapping[str, object] = {
            Treatment.SHOW: GENERALISATIONS,
            Treatment.MASK: MASKS,
            Treatment.GENERALISE: GENERALISATIONS,
            Treatment.WITHHOLD: reasons,
        }[treatment]
        code = {Treatment.MASK: "unknown_mask", Treatment.WITHHOLD: "unknown_reason"}.get(treatment, "unknown_form")
        if (argument or treatment is not Treatment.SHOW) and not table.check(key, argument, allowed, code):
            continue
        out[Role(key)] = Handling(treatment, argument)
    return out


def _field(
    row: Mapping[str, str], section: str, needs: tuple[str, ...], reveal: tuple[str, ...], *, any_scope: bool
) -> FieldDef:
    return FieldDef(
        key=row["key"],
        any_scope=any_scope,
        label=Words(zh=row["label_zh"], en=row["label_en"]),
        dimension=row["dimension"],
        type=row["type"],
        allowed_values=row["allowed_values"],
        example=row["example"],
        tag_type=row["tag_type"],
        refresh_days=int(row["refresh_days"]) if row["refresh_days"] else None,
        data_class=row["data_class"],
        default_provenance=row["default_provenance"],
        purposes=frozenset(Purpose(p) for p in row["purposes"].split("|")),
        readers=frozenset(Role(r) for r in row["reader_roles"].split("|")),
        stage=row["collect_stage"],
        sheet_action=row["sheet_action"],
        sheet_rule=row["sheet_rule"],
        note=row["constraint_note"],
        section=Section(section) if section else None,
        also_needs=needs,
        reveal_needs_any=reveal,
    )


def _all_known(table: Table, key: str, row: Mapping[str, str], allowed: Iterable[str], code: str) -> bool:
    """Every word of a ``|`` list is known; each that is not is a fault."""
    unknown = [word for word in row[key].split("|") if not table.check(key, word, allowed, code)]
    return not unknown


def _number(text: str, table: Table) -> bool:
    if text and not text.isdecimal():
        table.fault("refresh_days", "wrong_type", text, "int")
        return False
    return True


def _labelled(table: Table, names: Names) -> dict[str, Words]:
    out: dict[str, Words] = {}
    for key, entry in _entries(table):
        out[key] = entry.words("label")
        references(entry, names)
        entry.done()
    return out


def _entries(table: Table) -> list[tuple[str, Table]]:
    return [(key, table.table(key)) for key in table.names()]
