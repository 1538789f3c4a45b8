"""What the company chooses and keeps: sources, settings, policy texts, import templates."""

import json
from typing import Any

from compliance.model.profile import SourceClass
from compliance.model.register import Source
from compliance.vault.engine.connection import Connection
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import day_or_none, from_micros, iso_or_none, micros
from compliance.vault.registers.register import Register

SOURCE = Table.of(
    "source",
    "code TEXT NOT NULL",
    "name TEXT NOT NULL",
    "provenance TEXT NOT NULL",
    "status TEXT NOT NULL",
    "grade TEXT NOT NULL",
    "basis_proof TEXT NOT NULL",
    "reviewed_on TEXT",
    "registered_at INTEGER NOT NULL",
)
#: What a source says of itself beyond its first registration: scope, citation, the switch of a bought one.
SOURCE_TERMS = Table.of(
    "source_terms",
    "code TEXT NOT NULL",
    "scope TEXT NOT NULL",
    "citation TEXT NOT NULL",
    "cited_on TEXT",
    "switched_on TEXT",
    "switched_by TEXT NOT NULL",
)
SETTING = Table.of("setting", "key TEXT NOT NULL", "value TEXT NOT NULL")
POLICY_TEXT = Table.of("policy_text", "digest TEXT NOT NULL", "text TEXT NOT NULL")
MAPPING = Table.of("mapping", "name TEXT NOT NULL", "json TEXT NOT NULL")
TABLES: tuple[Table, ...] = (SOURCE, SOURCE_TERMS, SETTING, POLICY_TEXT, MAPPING)


class Sources(Register):
    """Source register 来源登记."""

    def put(self, source: Source) -> None:
        """Register or replace."""
        self._tx.put(
            SOURCE,
            (
                source.code,
                source.name,
                str(source.provenance),
                source.status,
                source.grade,
                source.basis_proof,
                iso_or_none(source.reviewed_on),
                micros(source.registered_at),
            ),
        )
        terms = (
            source.scope,
            source.citation,
            iso_or_none(source.cited_on),
            iso_or_none(source.switched_on),
            source.switched_by,
        )
        if any(terms) or self._tx.get(SOURCE_TERMS, source.code) is not None:
            self._tx.put(SOURCE_TERMS, (source.code, *terms))

    add = put

    def get(self, code: str) -> Source | None:
        """One source."""
        row = self._tx.get(SOURCE, code)
        return _source(row, self._tx.get(SOURCE_TERMS, code)) if row else None

    def all(self) -> list[Source]:
        """All sources by code."""
        return list(self._tx.kept("sources", (SOURCE, SOURCE_TERMS), self._all))

    def _all(self) -> list[Source]:
        terms = {row[0]: row for row in self._tx.select(SOURCE_TERMS, "ORDER BY code")}
        return [_source(row, terms.get(row[0])) for row in self._tx.select(SOURCE, "ORDER BY code")]


class Settings(Register):
    """Choices of the company, text by key."""

    def get(self, key: str, default: str = "") -> str:
        """The value, ``default`` where nothing is chosen."""
        return self._kept().get(key, default)

    def set(self, key: str, value: str) -> None:
        """Choose."""
        self._tx.put(SETTING, (key, value))

    def all(self) -> dict[str, str]:
        """All choices."""
        return dict(self._kept())

    def _kept(self) -> dict[str, str]:
        return self._tx.kept("settings", (SETTING,), lambda: dict(self._tx.select(SETTING, "ORDER BY key")))


class PolicyTexts(Register):
    """Every rule set this vault was used with, so that any decision can be replayed."""

    def put(self, digest: str, text: str) -> None:
        """Keep a set; one that is known stays as it is."""
        if self._tx.get(POLICY_TEXT, digest) is None:
            self._tx.insert(POLICY_TEXT, (digest, text))

    def get(self, digest: str) -> str | None:
        """The text of a set."""
        row = self._tx.get(POLICY_TEXT, digest)
        return row[1] if row else None

    def digests(self) -> frozenset[str]:
        """Digests of all kept sets."""
        return frozenset(row[0] for row in self._tx.db.execute("SELECT digest FROM policy_text"))


#: Settings that say which rules hold from when.
RULE_SETTINGS = ("class_rules", "policy_plan")


def chosen_rules(db: Connection) -> dict[str, str]:
    """The settings behind the rules in force."""
    return dict(db.execute("SELECT key, value FROM setting WHERE key IN (?, ?)", RULE_SETTINGS))


def kept_text(db: Connection, digest: str) -> str | None:
    """The text kept under ``digest``."""
    found = db.value("SELECT text FROM policy_text WHERE digest = ?", (digest,))
    return None if found is None else str(found)


class Mappings(Register):
    """Saved import templates: name → JSON."""

    def put(self, name: str, template: Any) -> None:
        """Save or replace."""
        self._tx.put(MAPPING, (name, json.dumps(template, ensure_ascii=False, sort_keys=True)))

    def get(self, name: str) -> Any:
        """A template, None when there is none of that name."""
        row = self._tx.get(MAPPING, name)
        return json.loads(row[1]) if row else None

    def names(self) -> list[str]:
        """All names."""
        return [row[0] for row in self._tx.db.execute("SELECT name FROM mapping ORDER BY name")]

    def remove(self, name: str) -> bool:
        """Forget a template; whether there was one."""
        return self._tx.remove(MAPPING, name)


def _source(row: tuple[Any, ...], terms: tuple[Any, ...] | None) -> Source:
    _, scope, citation, cited_on, switched_on, switched_by = terms or ("", "", "", None, None, "")
    return Source(
        code=row[0],
        name=row[1],
        provenance=SourceClass(row[2]),
        status=row[3],
        grade=row[4],
        basis_proof=row[5],
        reviewed_on=day_or_none(row[6]),
        registered_at=from_micros(row[7]),
        scope=scope,
        citation=citation,
        cited_on=day_or_none(cited_on),
        switched_on=day_or_none(switched_on),
        switched_by=switched_by,
    )
