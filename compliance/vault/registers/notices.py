"""Versions of notices, whose exact words are evidence, and what was checked, shown and kept with them."""

import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import datetime
from functools import lru_cache
from typing import Any

from compliance.errors import bad_input
from compliance.model.consent import NoticeLine, NoticeLists, NoticeState, NoticeVersion
from compliance.model.notice import NoticeException, NoticeFile, NoticeLock, Shown
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import from_micros, instant_or_none, micros, micros_or_none
from compliance.vault.registers.register import Register

NOTICE = Table.of("notice", "ref TEXT NOT NULL", "data TEXT NOT NULL", "source TEXT NOT NULL")
NOTICE_LOCK = Table.of(
    "notice_lock",
    "ref TEXT NOT NULL",
    "sha256 TEXT NOT NULL",
    "predecessor TEXT NOT NULL",
    "matrix TEXT NOT NULL",
    "locked_at INTEGER NOT NULL",
    "locked_by TEXT NOT NULL",
)
RENDERING = Table.of(
    "notice_rendering",
    "sha256 TEXT NOT NULL",
    "ref TEXT NOT NULL",
    "lang TEXT NOT NULL",
    "body TEXT NOT NULL",
    "made_at INTEGER NOT NULL",
    index=("ref",),
)
SHOWN = Table.of(
    "consent_shown", "event_id TEXT NOT NULL", "rendering TEXT NOT NULL", "channel TEXT NOT NULL", index=("rendering",)
)
NOTICE_FILE = Table.of(
    "notice_file", "ref TEXT NOT NULL", "sha256 TEXT NOT NULL", "media_type TEXT NOT NULL", "data BLOB NOT NULL"
)
EXCEPTION = Table.of(
    "notice_exception",
    "exception_id TEXT NOT NULL",
    "code TEXT NOT NULL",
    "purpose TEXT NOT NULL",
    "hcp_id TEXT NOT NULL",
    "citation TEXT NOT NULL",
    "approver TEXT NOT NULL",
    "recorded_by TEXT NOT NULL",
    "recorded_at INTEGER NOT NULL",
    "ends_at INTEGER NOT NULL",
)
TABLES: tuple[Table, ...] = (NOTICE, NOTICE_LOCK, RENDERING, SHOWN, NOTICE_FILE, EXCEPTION)
_OPEN_TO_EDIT = (NoticeState.DRAFT, NoticeState.STAGED)


class Notices(Register):
    """Versions of notices with their exact source text, because the words are evidence."""

    def put(self, version: NoticeVersion, source_text: str) -> None:
        """Store or replace a version; once it is in force its text never changes. InputErrors
        ``notice_text_changed``."""
        old = self._tx.get(NOTICE, version.ref)
        if old is not None and old[2] != source_text and _notice(old[1]).state not in _OPEN_TO_EDIT:
            raise bad_input("notice_text_changed", "notice")
        self._tx.put(NOTICE, (version.ref, _notice_json(version), source_text))

    def get(self, ref: str) -> NoticeVersion | None:
        """A version by ``ID@VERSION``."""
        row = self._tx.get(NOTICE, ref)
        return _notice(row[1]) if row else None

    def all(self) -> list[NoticeVersion]:
        """All versions; kept, because each person asks for them. Their source texts, many pages each, stay unread."""
        return list(self._tx.kept("notices", (NOTICE,), self._read))

    def _read(self) -> list[NoticeVersion]:
        return [_notice(data) for (data,) in self._tx.db.execute("SELECT data FROM notice ORDER BY ref")]

    def source(self, ref: str) -> str | None:
        """The exact text a version was read from."""
        row = self._tx.get(NOTICE, ref)
        return row[2] if row else None

    def lock(self, lock: NoticeLock) -> None:
        """Note what was checked when a version was put in force."""
        self._tx.put(
            NOTICE_LOCK,
            (lock.ref, lock.sha256, lock.predecessor, lock.matrix, micros(lock.locked_at), lock.locked_by),
        )

    def lock_of(self, ref: str) -> NoticeLock | None:
        """The lock of a version; shipped versions have none."""
        row = self._tx.get(NOTICE_LOCK, ref)
        if row is None:
            return None
        return NoticeLock(
            ref=row[0],
            sha256=row[1],
            predecessor=row[2],
            matrix=row[3],
            locked_at=from_micros(row[4]),
            locked_by=row[5],
        )

    def keep_file(self, file: NoticeFile) -> None:
        """Keep a document with a version."""
        self._tx.put(NOTICE_FILE, (file.ref, file.sha256, file.media_type, file.data))

    def file_of(self, ref: str) -> NoticeFile | None:
        """The document kept with a version."""
        row = self._tx.get(NOTICE_FILE, ref)
        return NoticeFile(ref=row[0], sha256=row[1], media_type=row[2], data=row[3]) if row else None

    def except_from(self, exception: NoticeException) -> None:
        """Note an exception from notice."""
        self._tx.put(
            EXCEPTION,
            (
                exception.exception_id,
                exception.code,
                exception.purpose,
                exception.hcp_id,
                exception.citation,
                exception.approver,
                exception.recorded_by,
                micros(exception.recorded_at),
                micros(exception.ends_at),
            ),
        )

    def exceptions(self, hcp_id: str | None = None) -> list[NoticeException]:
        """Exceptions, newest first; of one person or all."""
        rows = (
            self._tx.select(EXCEPTION, "ORDER BY recorded_at DESC, exception_id")
            if hcp_id is None
            else self._tx.select(EXCEPTION, "WHERE hcp_id = ? ORDER BY recorded_at DESC, exception_id", (hcp_id,))
        )
        return [
            NoticeException(
                exception_id=row[0],
                code=row[1],
                purpose=row[2],
                hcp_id=row[3],
                citation=row[4],
                approver=row[5],
                recorded_by=row[6],
                recorded_at=from_micros(row[7]),
                ends_at=from_micros(row[8]),
            )
            for row in rows
        ]


class Renderings(Register):
    """Notices as they were shown, each once, and which consent rests on which."""

    def keep(self, sha256: str, ref: str, lang: str, body: str, at: datetime) -> None:
        """Keep a rendering; one that is kept already stays as it is."""
        if self._tx.get(RENDERING, sha256) is None:
            self._tx.insert(RENDERING, (sha256, ref, lang, body, micros(at)))

    def body(self, sha256: str) -> str | None:
        """The stored body of a rendering."""
        row = self._tx.get(RENDERING, sha256)
        return row[3] if row else None

    def of(self, ref: str) -> list[tuple[str, str]]:
        """(language, SHA-256) of all renderings of a version, oldest first."""
        return [
            (row[2], row[0]) for row in self._tx.select(RENDERING, "WHERE ref = ? ORDER BY made_at, sha256", (ref,))
        ]

    def kept(self) -> list[tuple[str, str, str]]:
        """(hash, notice version, language) of every rendering, in the order they were made."""
        rows = self._tx.db.execute("SELECT sha256, ref, lang FROM notice_rendering ORDER BY made_at, sha256")
        return [(row[0], row[1], row[2]) for row in rows]

    def bind(self, shown: Shown) -> None:
        """Say which rendering an event rests on."""
        self._tx.put(SHOWN, (shown.event_id, shown.rendering, shown.channel))

    def unbind(self, event_ids: Iterable[str]) -> None:
        """Events of an import that is taken back rest on nothing."""
        for event_id in event_ids:
            self._tx.remove(SHOWN, event_id)

    def shown(self, event_id: str) -> Shown | None:
        """What an event rests on; None for events from before renderings were kept."""
        row = self._tx.get(SHOWN, event_id)
        return Shown(event_id=row[0], rendering=row[1], channel=row[2]) if row else None


def _notice_json(version: NoticeVersion) -> str:
    data = {field.name: getattr(version, field.name) for field in fields(version)}
    data["active_from"] = micros_or_none(version.active_from)
    data["retired_from"] = micros_or_none(version.retired_from)
    data["lines"] = [asdict(line) for line in version.lines]
    if version.lists is None:
        del data["lists"]  # versions without lists are stored as format 1 stored them
    else:
        data["lists"] = asdict(version.lists)
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@lru_cache(maxsize=256)
def _notice(text: str) -> NoticeVersion:
    data = {key: _tuples(value) for key, value in json.loads(text).items()}
    data["state"] = NoticeState(data["state"])
    data["active_from"] = instant_or_none(data["active_from"])
    data["retired_from"] = instant_or_none(data["retired_from"])
    data["lines"] = tuple(NoticeLine(**line) for line in data["lines"])
    if "lists" in data:
        data["lists"] = NoticeLists(**data["lists"])
    return NoticeVersion(**data)


def _tuples(value: Any) -> Any:
    """JSON knows lists only; the model is frozen and knows tuples only."""
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return value
