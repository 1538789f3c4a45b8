"""Texts → rule set, or one error with every fault.

Rules: (1) files are named as under ``resources`` (``policy/…``, ``law/…``, ``dictionary/…``); other folders are not
ours and are passed over, an unknown file inside ours is a fault; (2) nothing is guessed: unknown key, wrong type, bad
date, unknown word, repeated key, wildcard → a fault with its nearest match; (3) checks over the whole set
(:mod:`compliance.policy.checks`) run only when every file could be read; (4) the digest is over the parsed content;
(5) an archived set was whole when it was in force: it is read back as it stands, without what code asks for today.
"""

import csv
import dataclasses
import hashlib
import io
import json
import tomllib
from collections.abc import Mapping
from datetime import date
from typing import Any

from compliance.errors import Fault, PolicyFileError
from compliance.policy import load_catalogue as cat
from compliance.policy import load_grants as gr
from compliance.policy.catalogue import RetentionRules
from compliance.policy.checks import whole_set_faults
from compliance.policy.load_retention import read_retention
from compliance.policy.policy_set import PolicySet
from compliance.policy.tables import Table, nearest
from compliance.policy.tags import TagCatalogue, read_tags

FOLDERS = ("policy", "law", "dictionary")
SINGLE_FILES = (
    "policy/set.toml",
    "law/statutes.toml",
    "policy/legal_bases.toml",
    "policy/roles.toml",
    "policy/blocks.toml",
    "policy/items.toml",
    "policy/purposes.toml",
    "policy/parameters.toml",
    "policy/reasons.toml",
    "policy/sheets.toml",
    "policy/transfer.toml",
    "policy/free_text.toml",
    "dictionary/dictionary.toml",
    "dictionary/fields.csv",
)
#: Files that older sets do not have.
LATER_FILES = ("policy/classes.toml", "policy/retention.toml", "dictionary/tags.toml")
#: What a set calls itself stands in lists, logs and papers: a line, no control characters, none that turn the writing.
_LONGEST = 120
_TURNING = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
#: Sets under another list, by digest and list; a pure cache.
_CLASSED: dict[tuple[str, str], PolicySet] = {}


def load_policy(texts: Mapping[str, str]) -> PolicySet:
    """The rule set of ``texts`` (name under ``resources`` → text). PolicyFileError with all faults otherwise."""
    faults: list[Fault] = []
    return _build(parse_files(texts, faults), faults)


def load_archived(text: str) -> PolicySet:
    """The rule set back from its archived ``text``, with the same digest. PolicyFileError when it is not one."""
    return _build(documents_of(text), [], whole=False)


def documents_of(text: str) -> dict[str, Any]:
    """The parsed files of an archived set by name. PolicyFileError when ``text`` is no archive."""
    try:
        documents = json.loads(text, object_hook=_revive)
    except ValueError:
        raise PolicyFileError([Fault("archive", "bad_json")]) from None
    if not isinstance(documents, dict):
        raise PolicyFileError([Fault("archive", "bad_json")])
    return documents


def with_class_rules(policy: PolicySet, name: str) -> PolicySet:
    """The same set under another list of what is sensitive (REQ-038); itself where that is its own."""
    if policy.class_rules == name:
        return policy
    found = _CLASSED.get((policy.digest, name))
    if found is None:
        documents = documents_of(policy.text)
        documents["policy/set.toml"]["class_rules"] = name
        found = _CLASSED[policy.digest, name] = _build(documents, [])
    return found


def parse_files(texts: Mapping[str, str], faults: list[Fault]) -> dict[str, Any]:
    """Our files among ``texts``, parsed; what cannot be parsed becomes a fault."""
    return {name: _parse(name, text, faults) for name, text in sorted(texts.items()) if _is_ours(name)}


def assemble(documents: dict[str, Any], faults: list[Fault]) -> PolicySet | None:
    """The rule set of parsed files as far as they can be read; what cannot goes to ``faults``. None without a whole
    set of readable files."""
    _check_names(documents, faults)
    if any(f.code in ("missing_file", "bad_toml", "duplicate_key", "bad_csv") for f in faults):
        return None
    return _assembled(documents, faults)


def canonical_text(documents: Mapping[str, Any]) -> str:
    """One text for one content: sorted keys, no blanks, dates tagged."""
    return json.dumps(documents, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_tagged)


def _build(documents: dict[str, Any], faults: list[Fault], *, whole: bool = True) -> PolicySet:
    policy = assemble(documents, faults)
    if faults or policy is None:
        raise PolicyFileError(faults)
    gaps = whole_set_faults(policy) if whole else []
    if gaps:
        raise PolicyFileError(gaps)
    return policy


def _assembled(documents: dict[str, Any], faults: list[Fault]) -> PolicySet:
    def table(name: str) -> Table:
        return Table(documents[name], name, faults)

    head = table("policy/set.toml")
    version, title, reviewed = head.text("version"), head.words("title"), head.day("reviewed_on")
    strict = head.flag("strict") if head.has("strict") else True
    class_rules, may_loosen = head.text("class_rules", default="strict"), head.texts("may_loosen", default=())
    if not version.strip() and isinstance(documents["policy/set.toml"].get("version"), str):
        head.fault("version", "empty")
    for key, text in (("version", version), ("title.zh", title.zh), ("title.en", title.en)):
        if not text.isprintable() or len(text) > _LONGEST or any(mark in text for mark in _TURNING):
            head.fault(key, "not_printable")
    head.done()
    statutes = cat.read_statutes(table("law/statutes.toml"))
    names = cat.Names(statutes=statutes)
    bases = cat.read_bases(table("policy/legal_bases.toml"), names)
    roles = cat.read_roles(table("policy/roles.toml"))
    blocks, status_blocks = cat.read_blocks(table("policy/blocks.toml"), names)
    if (dead := blocks.get("deceased")) is not None and "death_reported" not in blocks:  # sets older than the block
        blocks["death_reported"] = dataclasses.replace(dead, key="death_reported")
    channels, items = cat.read_items(table("policy/items.toml"), names)
    names = cat.Names(statutes=statutes, bases=frozenset(bases), channels=channels, items=items)
    purposes = cat.read_purposes(table("policy/purposes.toml"), names)
    numbers = cat.read_parameters(table("policy/parameters.toml"), names)
    parameters = numbers.values
    reasons = cat.read_reasons(table("policy/reasons.toml"), names)
    if (died := reasons.get("blocked_deceased")) is not None and "blocked_death_reported" not in reasons:
        reasons["blocked_death_reported"] = dataclasses.replace(died, code="blocked_death_reported")
    dictionary = gr.read_dictionary(
        table("dictionary/dictionary.toml"), documents["dictionary/fields.csv"], names, faults
    )
    grants = {
        purpose: gr.read_grants(purpose, table(f"policy/grants/{purpose}.toml"), names, dictionary.fields, reasons)
        for purpose in purposes
        if f"policy/grants/{purpose}.toml" in documents
    }
    limit = parameters["sheet_max_fields"].versions if "sheet_max_fields" in parameters else ()
    most = limit[-1].value.value if limit else 0
    sheets = gr.read_sheets(table("policy/sheets.toml"), dictionary.fields, names, most)
    transfer = cat.read_transfer(table("policy/transfer.toml"), names)
    holidays = cat.read_holidays([table(name) for name in documents if name.startswith("law/holidays/")])
    free_text = cat.read_free_text(table("policy/free_text.toml"))
    retention = (
        read_retention(table("policy/retention.toml"), names, dictionary.fields, dictionary.dimensions)
        if "policy/retention.toml" in documents
        else RetentionRules()
    )
    tags = (
        read_tags(table("dictionary/tags.toml"), names, dictionary.fields, dictionary.dimensions)
        if "dictionary/tags.toml" in documents
        else TagCatalogue()
    )
    lists = cat.read_classes(table("policy/classes.toml")) if "policy/classes.toml" in documents else {}
    classed = lists.get(class_rules)
    if classed is not None:
        dictionary, grants = gr.reclassed(dictionary, grants, classed)
    elif class_rules != "strict":
        head.check("class_rules", class_rules, lists, "unknown_rule_set")
    text = canonical_text(documents)
    return PolicySet(
        version=version,
        title=title,
        reviewed_on=reviewed or date.min,  # a fault where it is missing
        digest=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
        statutes=statutes,
        bases=bases,
        purposes=purposes,
        roles=roles,
        blocks=blocks,
        status_blocks=status_blocks,
        channel_table=channels,
        items=items,
        fields=dictionary.fields,
        dimensions=dictionary.dimensions,
        sections=dictionary.sections,
        classes=dictionary.classes,
        grants=grants,
        parameters=parameters,
        parameter_labels=numbers.labels,
        reasons=reasons,
        sheets=sheets,
        transfer=transfer,
        holidays=holidays,
        free_text=free_text,
        retention=retention,
        tags=tags,
        company=numbers.company,
        class_lists=lists,
        class_rules=class_rules,
        strict=strict,
        may_loosen=frozenset(may_loosen),
    )


def _is_ours(name: str) -> bool:
    """TOML of the three folders, and the dictionary; other tables (``law/requirements.csv``) belong to others."""
    return name.split("/", 1)[0] in FOLDERS and (
        name.lower().endswith(".toml") or name.lower() == "dictionary/fields.csv"
    )


def _check_names(documents: Mapping[str, Any], faults: list[Fault]) -> None:
    known = {*SINGLE_FILES, *LATER_FILES, *(f"policy/grants/{p}.toml" for p in gr.PURPOSES)}
    faults.extend(Fault(name, "missing_file") for name in SINGLE_FILES if name not in documents)
    for name in documents:
        if name not in known and not name.startswith("law/holidays/"):
            faults.append(Fault(name, "unknown_file", name, nearest(name, known)))


def _parse(name: str, text: str, faults: list[Fault]) -> Any:
    if name.lower().endswith(".csv"):
        try:
            return [dict(row) for row in csv.DictReader(io.StringIO(text), strict=True)]
        except csv.Error as error:
            faults.append(Fault(name, "bad_csv", str(error)))
            return []
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        twice = "overwrite" in str(error) or "twice" in str(error)
        faults.append(Fault(name, "duplicate_key" if twice else "bad_toml", str(error)))
        return {}
    except (RecursionError, ValueError):  # thousands of brackets, a number of thousands of digits
        faults.append(Fault(name, "bad_toml"))
        return {}


def _tagged(value: object) -> object:
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    raise TypeError(type(value).__name__)


def _revive(entry: dict[str, Any]) -> Any:
    return date.fromisoformat(entry["$date"]) if set(entry) == {"$date"} else entry
