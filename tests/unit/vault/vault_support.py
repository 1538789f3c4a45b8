"""Shared pieces of the vault tests: a world with one vault, people in it, and the raw file as an insider sees it."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from compliance.model.access import AccessGranted, FieldRuling, FieldState, Purpose, Role, Section
from compliance.model.audit import AuditEvent, Kind
from compliance.model.consent import ConsentEvent, ConsentStatus, EventKind, Grade, LineStatus, Method
from compliance.model.profile import FieldValue, Provenance, SourceClass
from compliance.model.register import Batch, BatchState
from compliance.vault import HashParams, IndexRow, RecoverySecret, RoleKey, Vault, create_vault, open_vault
from compliance.vault.arrivals.portions import Portion
from compliance.vault.arrivals.sealing import Sealer
from compliance.vault.arrivals.staging import sealing_keys
from compliance.vault.engine.connection import Connection
from compliance.vault.engine.times import micros
from compliance.vault.people.section_columns import SectionColumns

T = TypeVar("T")
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
PASS = "correct horse battery"
CHEAP = HashParams(memory_kib=64 * 1024)
PUBLIC = Provenance(
    source="SITE", source_class=SourceClass.PUBLIC, source_date=date(2026, 10, 1), collector="林岚", grade="A",
    basis="PIPL 27", cited=True,
)  # fmt: skip


@dataclass
class World:
    """One vault and what is needed to open it again."""

    path: Path
    state: Path
    vault: Vault
    recovery: RecoverySecret
    log: list[int] = field(default_factory=list)

    def event(self, kind: Kind = Kind.PERSON_ADDED, *hcps: str, at: datetime = NOW, **detail: Any) -> AuditEvent:
        """An audit event by the officer."""
        return AuditEvent(kind=kind, at=at, actor="林岚", role="dpo", hcps=hcps, detail=detail)

    def person(self, hcp_id: str = "HCP-AAAAAAAA", name: str = "欧阳若溪", phone: str = "13800138000") -> str:
        """Add one person with sealed values and an index row."""
        with self.vault.unit_of_work() as uow:
            uow.people.add(hcp_id, created_at=NOW)
            uow.sections.write(hcp_id, Section.DIRECTORY, {"full_name": value(name), "department": value("心内科")})
            uow.sections.write(hcp_id, Section.CONTACT, {"mobile": value(phone)})
            spoken = "ou yang ruo xi" if name == "欧阳若溪" else "si ma"
            parts = tuple((part,) for part in spoken.split(" "))
            uow.index.put(IndexRow(hcp_id=hcp_id, name=name, hospital="北京协和医院", parts=parts))
            uow.commit(self.event(Kind.PERSON_ADDED, hcp_id))
        return hcp_id

    def looks(self, count: int, *hcps: str) -> None:
        """Write ``count`` entries, each in a commit of its own."""
        for number in range(count):
            with self.vault.unit_of_work() as uow:
                uow.commit(self.event(Kind.LIST_SHOWN, *hcps, number=number))

    def close(self) -> None:
        """Close cleanly."""
        self.vault.close(NOW)

    def open(self, user: str = "林岚", passphrase: str = PASS, now: datetime = NOW) -> Vault:
        """Open again; ``self.vault`` is the new session."""
        self.vault = open_vault(self.path, user=user, passphrase=passphrase, now=now, state_dir=self.state)
        return self.vault

    def other(self, user: str = "林岚", passphrase: str = PASS) -> Vault:
        """A further seat."""
        return open_vault(self.path, user=user, passphrase=passphrase, now=NOW, state_dir=self.state)

    def insider(self) -> Connection:
        """``main.db`` opened with the key in hand and every trigger dropped: a malicious administrator."""
        raw = Connection.open(self.path / "main.db", self.vault.keyring.file_key(RoleKey.MAIN))
        for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            raw.execute(f"DROP TRIGGER {name}")
        return raw

    def tamper(self, *statements: tuple[str, tuple[Any, ...]]) -> None:
        """Close cleanly, change rows as an insider, leave no session open."""
        key = self.vault.keyring.file_key(RoleKey.MAIN)
        self.close()
        raw = Connection.open(self.path / "main.db", key)
        for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            raw.execute(f"DROP TRIGGER {name}")
        for sql, values in statements:
            raw.execute(sql, values)
        raw.close()


def make_world(folder: Path, **options: Any) -> World:
    """Create a vault under ``folder``."""
    path, state = folder / "测试.ckvault", folder / "state"
    made = create_vault(
        path,
        handler="远山制药（上海）有限公司",
        owner="林岚",
        passphrase=PASS,
        now=options.pop("now", NOW),
        params=CHEAP,
        state_dir=state,
        **options,
    )
    return World(path=path, state=state, vault=made.vault, recovery=made.recovery)


def value(text: str, provenance: Provenance = PUBLIC) -> FieldValue:
    """A value with its provenance."""
    return FieldValue(text, provenance)


def granted(hcp_id: str, *fields: tuple[str, Section, FieldState], at: datetime = NOW) -> AccessGranted:
    """A decision with these rulings."""
    return AccessGranted(
        hcp_id=hcp_id,
        role=Role.DPO,
        purpose=Purpose.MDM,
        at=at,
        rulings=tuple(FieldRuling(key=key, section=section, state=state) for key, section, state in fields),
        basis="test",
        references=(),
        policy_digest="p",
        digest="d",
    )


@dataclass(frozen=True)
class NewPerson:
    """One person of an import."""

    number: int
    hcp_id: str


def new_person(number: int) -> NewPerson:
    """One row of an import."""
    return NewPerson(number, f"HCP-{_letters(number)}")


def stage(vault: Vault, name: str, people: list[NewPerson], event: AuditEvent) -> None:
    """Seal and stage people as an import does, in one transaction."""
    staging = vault.staging(name, lambda count: replace(event, detail={**event.detail, "people": count}))
    try:
        texts = SectionColumns({"full_name": Section.DIRECTORY, "mobile": Section.CONTACT}, ())
        sealer = Sealer(sealing_keys(vault), micros(NOW), texts)
        grant = staging.grant(people=len(people), items=["visit"])
        sealer.use(grant)
        provenance = staging.reader().provenances.number(PUBLIC)
        shape = sealer.event_shape(imported_yes("", ""), grant.items["visit"])
        line = LineStatus(item="visit", purpose="visit", status=ConsentStatus.UNPROVEN, code="IMPORTED_NO_PROOF")
        state = sealer.state_shape(line, grant.items["visit"])
        for person in people:
            number = person.number
            hcp = sealer.add(
                person.hcp_id,
                blocks=0,
                values={"full_name": f"诸葛{number}", "mobile": f"139{number:08}"},
                provenance=provenance,
                acts=[(shape, None, None)],
                event_ids=[f"CE-{number}"],
                stands=[(0, (state, micros(NOW), None))],
            )
            row = IndexRow(
                hcp_id=person.hcp_id, name=f"诸葛{number}", hospital="华山医院",
                identifiers=(("licence", f"3100{number:011}"),),
            )  # fmt: skip
            sealer.portion.index.add(sealer.tagger, hcp, row, lambda _: provenance)
        staging.add(Portion.decode(sealer.cut().encode()))
        staging.finish()
    except BaseException:
        staging.abandon()
        raise


def imported_yes(event_id: str, hcp_id: str) -> ConsentEvent:
    """A consent event without evidence."""
    return ConsentEvent(
        event_id=event_id, hcp_id=hcp_id, item="visit", kind=EventKind.IMPORTED_YES, method=Method.IMPORT,
        recorded_at=NOW, recorded_by="林岚",
    )  # fmt: skip


def open_line(item: str, until: datetime = NOW + timedelta(days=30)) -> LineStatus:
    """A stored status that is open."""
    return LineStatus(
        item=item, purpose=item.partition("/")[0], status=ConsentStatus.GIVEN, code="VALID_LATEST", since=NOW,
        valid_until=until, grade=Grade.E1, event_id="CE-X",
    )  # fmt: skip


def batch(name: str = "B-1") -> Batch:
    """An import that begins."""
    return Batch(
        batch=name, source="SITE", state=BatchState.STAGING, file_sha256="00", started_at=NOW, published_at=None,
        actor="林岚", counts={},
    )  # fmt: skip


def start(world: World, name: str = "B-1") -> None:
    """Begin an import."""
    with world.vault.unit_of_work() as uow:
        uow.batches.start(batch(name))
        uow.commit(world.event(Kind.IMPORT_STARTED, batch=name))


def publish(world: World, name: str = "B-1") -> None:
    """Publish an import."""
    with world.vault.unit_of_work() as uow:
        uow.batches.publish(name, NOW)
        uow.commit(world.event(Kind.IMPORT_PUBLISHED, batch=name))


def steps(world: World, ask: Callable[[Any], T]) -> tuple[T, int]:
    """An answer, and how many hundred steps SQLite made for it: the same on any machine."""
    made = 0

    def step() -> int:
        nonlocal made
        made += 1
        return 0

    raw = world.vault.db._raw
    with world.vault.snapshot() as snap:
        raw.set_progress_handler(step, 100)
        try:
            return ask(snap), made
        finally:
            raw.set_progress_handler(None, 0)


def all_bytes(*folders: Path) -> dict[str, bytes]:
    """Every file below, by name."""
    return {str(path): path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


def encodings(text: str) -> list[bytes]:
    """The forms in which a value could stand in a file."""
    return [text.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")]


def copy_tree(source: Path, target: Path) -> None:
    """Copy a vault folder as a backup program would."""
    shutil.copytree(source, target)


def _letters(number: int) -> str:
    alphabet, text = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ""
    for _ in range(8):
        number, rest = divmod(number, 32)
        text = alphabet[rest] + text
    return text
