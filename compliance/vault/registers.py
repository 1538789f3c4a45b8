"""Registers of the company: sources, users, reps, notices, settings, policy texts, import templates."""

import json
from dataclasses import asdict, fields
from datetime import datetime
from functools import lru_cache
from typing import Any

from compliance.errors import bad_input
from compliance.model.access import Role
from compliance.model.consent import NoticeLine, NoticeState, NoticeVersion
from compliance.model.profile import SourceClass
from compliance.model.register import Rep, Source, User
from compliance.vault.schema import ASSIGNMENT, MAPPING, NOTICE, POLICY_TEXT, REP, SETTING, SOURCE, USER
from compliance.vault.times import day_or_none, from_micros, instant_or_none, iso_or_none, micros, micros_or_none
from compliance.vault.transaction import Transaction


class _Register:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx


class Sources(_Register):
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

    add = put

    def get(self, code: str) -> Source | None:
        """One source."""
        row = self._tx.get(SOURCE, code)
        return _source(row) if row else None

    def all(self) -> list[Source]:
        """All sources by code."""
        return [_source(row) for row in self._tx.select(SOURCE, "ORDER BY code")]


class Users(_Register):
    """Roster of named users; their keys are in the header, their history in the log."""

    def put(self, user: User) -> None:
        """Register or replace. Called by the vault when slots change."""
        self._tx.put(
            USER,
            (
                user.name,
                str(user.role),
                micros(user.added_at),
                micros_or_none(user.removed_at),
                user.ed25519,
                user.x25519,
            ),
        )

    def get(self, name: str) -> User | None:
        """One user, removed ones too."""
        row = self._tx.get(USER, name)
        return _user(row) if row else None

    def all(self) -> list[User]:
        """All users ever, in order of entry."""
        return [_user(row) for row in self._tx.select(USER, "ORDER BY added_at, name")]


class Reps(_Register):
    """Registered reps and MSLs."""

    def put(self, rep: Rep) -> None:
        """Register or replace."""
        self._tx.put(
            REP,
            (
                rep.name,
                str(rep.role),
                rep.employee_no,
                rep.territory,
                rep.recipient,
                iso_or_none(rep.trained_on),
                rep.filing_no,
                iso_or_none(rep.filing_checked_on),
                int(rep.active),
            ),
        )

    add = put

    def get(self, name: str) -> Rep | None:
        """One rep by name."""
        row = self._tx.get(REP, name)
        return _rep(row) if row else None

    def by_employee_no(self, employee_no: str) -> Rep | None:
        """One rep by employee number."""
        rows = self._tx.select(REP, "WHERE employee_no = ?", (employee_no,))
        return _rep(rows[0]) if rows else None

    def all(self) -> list[Rep]:
        """All reps by name."""
        return [_rep(row) for row in self._tx.select(REP, "ORDER BY name")]


class Assignments(_Register):
    """Who visits whom."""

    def assign(self, hcp_id: str, rep: str, at: datetime) -> None:
        """Assign; an assignment that stands keeps its date. InputErrors ``unknown_rep``, ``unknown_person``."""
        hcp = self._tx.number(hcp_id)
        if self._tx.get(REP, rep) is None:
            raise bad_input("unknown_rep", "rep")
        if self._tx.get(ASSIGNMENT, hcp, rep) is None:
            self._tx.insert(ASSIGNMENT, (hcp, rep, micros(at)))

    def end(self, hcp_id: str, rep: str | None = None) -> int:
        """End the assignment to ``rep``, or all of them; how many ended."""
        hcp = self._tx.number(hcp_id)
        if rep is None:
            return self._tx.remove_where(ASSIGNMENT, "WHERE hcp = ?", (hcp,))
        return int(self._tx.remove(ASSIGNMENT, hcp, rep))

    def rep_of(self, hcp_id: str) -> tuple[str, ...]:
        """Names of the reps a person is assigned to."""
        hcp = self._tx.number_or_none(hcp_id)
        rows = self._tx.select(ASSIGNMENT, "WHERE hcp = ? ORDER BY since, rep", (hcp,))
        return tuple(row[1] for row in rows)

    def people_of(self, rep: str) -> list[str]:
        """Ids of the people assigned to a rep, oldest record first."""
        rows = self._tx.db.execute(
            "SELECT s.hcp_id FROM assignment a JOIN shown s ON s.hcp = a.hcp WHERE a.rep = ? ORDER BY a.hcp", (rep,)
        )
        return [row[0] for row in rows]

    def counts(self) -> dict[str, int]:
        """rep → number of people."""
        rows = self._tx.db.execute(
            "SELECT a.rep, count(*) FROM assignment a JOIN shown s ON s.hcp = a.hcp GROUP BY a.rep"
        )
        return dict(rows)


class Notices(_Register):
    """Versions of notices with their exact source text, because the words are evidence."""

    def put(self, version: NoticeVersion, source_text: str) -> None:
        """Store or replace a version; the text of a version once stored never changes. InputErrors
        ``notice_text_changed``."""
        old = self._tx.get(NOTICE, version.ref)
        if old is not None and old[2] != source_text:
            raise bad_input("notice_text_changed", "notice")
        self._tx.put(NOTICE, (version.ref, _notice_json(version), source_text))

    def get(self, ref: str) -> NoticeVersion | None:
        """A version by ``ID@VERSION``."""
        row = self._tx.get(NOTICE, ref)
        return _notice(row[1]) if row else None

    def all(self) -> list[NoticeVersion]:
        """All versions."""
        return [_notice(row[1]) for row in self._tx.select(NOTICE, "ORDER BY ref")]

    def source(self, ref: str) -> str | None:
        """The exact text a version was read from."""
        row = self._tx.get(NOTICE, ref)
        return row[2] if row else None


class Settings(_Register):
    """Choices of the company, text by key."""

    def get(self, key: str, default: str = "") -> str:
        """The value, ``default`` where nothing is chosen."""
        row = self._tx.get(SETTING, key)
        return row[1] if row else default

    def set(self, key: str, value: str) -> None:
        """Choose."""
        self._tx.put(SETTING, (key, value))

    def all(self) -> dict[str, str]:
        """All choices."""
        return {row[0]: row[1] for row in self._tx.select(SETTING, "ORDER BY key")}


class PolicyTexts(_Register):
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


class Mappings(_Register):
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


def _source(row: tuple[Any, ...]) -> Source:
    return Source(
        code=row[0],
        name=row[1],
        provenance=SourceClass(row[2]),
        status=row[3],
        grade=row[4],
        basis_proof=row[5],
        reviewed_on=day_or_none(row[6]),
        registered_at=from_micros(row[7]),
    )


def _user(row: tuple[Any, ...]) -> User:
    return User(
        name=row[0],
        role=Role(row[1]),
        added_at=from_micros(row[2]),
        removed_at=instant_or_none(row[3]),
        ed25519=row[4],
        x25519=row[5],
    )


def _rep(row: tuple[Any, ...]) -> Rep:
    return Rep(
        name=row[0],
        role=Role(row[1]),
        employee_no=row[2],
        territory=row[3],
        recipient=row[4],
        trained_on=day_or_none(row[5]),
        filing_no=row[6],
        filing_checked_on=day_or_none(row[7]),
        active=bool(row[8]),
    )


def _notice_json(version: NoticeVersion) -> str:
    data = {field.name: getattr(version, field.name) for field in fields(version)}
    data["active_from"] = micros_or_none(version.active_from)
    data["retired_from"] = micros_or_none(version.retired_from)
    data["lines"] = [asdict(line) for line in version.lines]
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@lru_cache(maxsize=256)
def _notice(text: str) -> NoticeVersion:
    data = {key: _tuples(value) for key, value in json.loads(text).items()}
    data["state"] = NoticeState(data["state"])
    data["active_from"] = instant_or_none(data["active_from"])
    data["retired_from"] = instant_or_none(data["retired_from"])
    data["lines"] = tuple(NoticeLine(**line) for line in data["lines"])
    return NoticeVersion(**data)


def _tuples(value: Any) -> Any:
    """JSON knows lists only; the model is frozen and knows tuples only."""
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return value
