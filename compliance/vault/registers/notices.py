"""Versions of notices, whose exact words are evidence."""

import json
from dataclasses import asdict, fields
from functools import lru_cache
from typing import Any

from compliance.errors import bad_input
from compliance.model.consent import NoticeLine, NoticeState, NoticeVersion
from compliance.vault.registers.register import Register
from compliance.vault.table import Table
from compliance.vault.times import instant_or_none, micros_or_none

NOTICE = Table.of("notice", "ref TEXT NOT NULL", "data TEXT NOT NULL", "source TEXT NOT NULL")
TABLES: tuple[Table, ...] = (NOTICE,)


class Notices(Register):
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
