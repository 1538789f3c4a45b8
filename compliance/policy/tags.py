"""The tag catalogue 标签目录 read and checked: owner, formula, look-back and words of every field of the dictionary.

Rules: (1) what a field has not of its own it has of its dimension; its class, purposes and cadence stand in the
dictionary, its necessity in the grants, purpose by purpose; (2) a field exists only with class, rule set, purpose and
necessity (REQ-036; PIPL 6, 51); (3) a derived field has a formula (R07); (4) a predictive field is granted only where
consent and assessment for profiling stand before it: by the purpose itself, or by what the field needs besides (PIPL
24, 55). A statutory purpose shows the person's own data to who answers for them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from compliance.errors import Fault
from compliance.model.access import Reference
from compliance.policy.catalogue import FieldDef, Grant, PurposeRule, Treatment, Words
from compliance.policy.load_catalogue import Names, references
from compliance.policy.tables import Table

PREDICTIVE = "predictive"
FILE = "dictionary/tags.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class TagDef:
    """What the catalogue says of one field. ``look_back_days`` 0: nothing is computed over time."""

    key: str
    owner: Words
    look_back_days: int
    formula: Words | None
    may_say: Words
    never_say: Words
    own_words: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TagCatalogue:
    """All fields in one version. Empty for a set that was made before there was one."""

    version: str = ""
    from_day: date = date.min
    references: tuple[Reference, ...] = ()
    tags: Mapping[str, TagDef] = field(default_factory=dict)


def read_tags(
    table: Table, names: Names, fields: Mapping[str, FieldDef], dimensions: Mapping[str, Words]
) -> TagCatalogue:
    """``dictionary/tags.toml``."""
    version, start = table.text("version"), table.day("from")
    table.day("reviewed_on")
    because = references(table, names)
    say = table.table("say")
    may, never = say.words("may"), say.words("never")
    say.done()
    owners: dict[str, tuple[Words, int]] = {}
    group = table.table("dimensions")
    for name in group.names():
        entry = group.table(name)
        if group.check(name, name, dimensions, "unknown_dimension"):
            owners[name] = entry.words("owner"), entry.number("look_back_days")
        entry.done()
    own: dict[str, Table] = {}
    special = table.table("fields")
    for name in special.names():
        if special.check(name, name, fields, "unknown_field"):
            own[name] = special.table(name)
    tags = {}
    for key, known in fields.items():
        if known.dimension not in owners:
            group.fault(known.dimension, "missing_key")
            continue
        entry = own.get(key) or Table({}, f"{FILE}: fields.{key}", [])
        owner, days = owners[known.dimension]
        tags[key] = TagDef(
            key=key,
            owner=owner,
            look_back_days=entry.number("look_back_days") if entry.has("look_back_days") else days,
            formula=entry.words("formula") if entry.has("formula") else None,
            may_say=entry.words("may_say") if entry.has("may_say") else may,
            never_say=entry.words("never_say") if entry.has("never_say") else never,
            own_words=entry.has("may_say"),
        )
        entry.done()
    table.done()
    return TagCatalogue(version=version, from_day=start or date.min, references=because, tags=tags)


def tag_faults(
    catalogue: TagCatalogue,
    fields: Mapping[str, FieldDef],
    grants: Mapping[str, Grant],
    purposes: Mapping[str, PurposeRule],
) -> Iterator[Fault]:
    """Rules 2 to 4 over a whole set. ``grants``: by purpose, as they stand last."""
    if not catalogue.version:
        yield Fault(FILE, "missing_file")
        return
    named: dict[str, list[str]] = {}
    for purpose, grant in grants.items():
        for key in grant.fields:
            named.setdefault(key, []).append(purpose)
    for key, known in fields.items():
        where = f"dictionary/fields.csv: {key}"
        if not known.purposes:
            yield Fault(where, "field_without_purpose", key)
        if key not in named:
            yield Fault(where, "field_without_necessity", key)
        tag = catalogue.tags.get(key)
        if known.default_provenance == "derived" and (tag is None or tag.formula is None):
            yield Fault(f"{FILE}: fields.{key}", "derived_without_formula", key)
        if known.tag_type == PREDICTIVE:
            for purpose in named.get(key, ()):
                if not _profiling(known, grants[purpose], purposes[purpose]):
                    yield Fault(f"dictionary/dictionary.toml: fields.{key}", "predictive_ungated", purpose)


def _profiling(known: FieldDef, grant: Grant, rule: PurposeRule) -> bool:
    """Whether consent and assessment for profiling stand before a field under a purpose (rule 4)."""
    given = grant.fields[known.key]
    shown = any(handling.treatment is not Treatment.WITHHOLD for handling in given.treatments.values())
    if not shown or rule.statutory or (rule.assessment and rule.basis == "consent" and not rule.bases):
        return True
    needs = {need.partition(":")[0] for need in known.also_needs}
    return {"item", "assessment", "no_adm_optout"} <= needs
