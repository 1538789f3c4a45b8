"""An open rep's vault (architecture section 8).

Rules: (1) a pack replaces what was there, it is never merged, and sequence numbers only rise; (2) time is
``max(clock, floor)``: a clock set back can narrow rights, never revive them, and more than five minutes behind takes
no pack; (3) after a person's view-until date, or when the pack is over, only the head (name, hospital) remains;
(4) unknown, unassigned, erased and closed people answer alike, because none of them is in the pack; (5) the entry is
committed before the answer.
"""

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from compliance.audit.entry import canonical
from compliance.clock import stamp
from compliance.errors import VaultError, bad_input
from compliance.model.access import FieldState, Purpose, Role
from compliance.model.answer import Refusal
from compliance.model.audit import AuditEvent, Kind, Scalar
from compliance.model.ids import is_hcp_id, new_id
from compliance.model.pack import (
    OpenedPack,
    PackManifest,
    PackNotice,
    PackPerson,
    person_from_json,
    person_to_json,
    without_channels,
)
from compliance.model.profile import CrossBorderState, PersonRow, ProfileView, ShownField
from compliance.model.register import SheetRecord
from compliance.model.returned import CapturedAct, Note, NoteKind, PackOffice, SpokenItem, act_to_json
from compliance.vault.checks.check_rows import adds_up
from compliance.vault.checks.findings import CheckReport, Problem
from compliance.vault.folder import databases
from compliance.vault.keys import header as headers
from compliance.vault.keys.age_key import identity_of, recipient_of
from compliance.vault.keys.keyring import RoleKey
from compliance.vault.rep import rep_notes
from compliance.vault.rep.rep_tables import (
    PACK,
    PACK_NOTICE,
    PACK_OFFICE,
    PACK_PERSON,
    PACK_SPOKEN,
    TABLES,
    manifest_of,
    row,
)
from compliance.vault.session import Vault
from compliance.vault.unit_of_work import Snapshot, UnitOfWork

#: A clock this far behind the latest instant seen takes no pack (anchors.md 12.2).
_BACKWARDS = timedelta(minutes=5)
_NOTHING = "no_valid_consent"
#: What a rep or an MSL comes for; closed, nobody asks again.
_COME_FOR = {str(Purpose.VISIT), str(Purpose.MEDICAL)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PackState:
    """The pack held now."""

    manifest: PackManifest
    sha256: str
    people: int


@dataclass(frozen=True, slots=True)
class RepPeople:
    """People found, and the number of the entry that says so."""

    rows: tuple[PersonRow, ...]
    total: int
    audit_index: int
    more: str = ""


@dataclass(frozen=True, slots=True)
class RepPlan:
    """People of a day plan as the pack holds them, and the number of the entry that says so."""

    people: dict[str, PackPerson | None]
    audit_index: int


class RepVault:
    """An open rep's vault. Made by :func:`open_rep_vault` only."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault

    def __repr__(self) -> str:
        return f"RepVault({self.vault.vault_id})"

    def __enter__(self) -> "RepVault":
        return self

    def __exit__(self, *_: object) -> None:
        self.vault.close()

    @property
    def recipient(self) -> str:
        """What the office encrypts packs to."""
        return recipient_of(self.vault.user.x25519)

    def identity(self) -> str:
        """What opens packs. Secret."""
        return identity_of(self.vault.keyring.agreement)

    def time(self, now: datetime) -> datetime:
        """The instant that counts: never before the latest one this vault has seen (sandboxes may go back)."""
        return max(now, self.vault.time_floor())

    def clock_behind(self, now: datetime) -> bool:
        """Whether the clock stands more than five minutes before the latest instant seen: no pack is taken then."""
        return now + _BACKWARDS < self.vault.time_floor()

    def state(self) -> PackState | None:
        """The pack held now, None before the first."""
        with self.vault.snapshot() as snap:
            held = snap.get(PACK, 1)
            count = int(snap.db.value("SELECT count(*) FROM pack_person"))
        return PackState(manifest=manifest_of(held), sha256=held[14], people=count) if held else None

    def notices(self) -> tuple[PackNotice, ...]:
        """Notices to show when asking for consent."""
        with self.vault.snapshot() as snap:
            rows = snap.select(PACK_NOTICE, "ORDER BY notice, lang")
        return tuple(PackNotice(notice=row[0], lang=row[1], text=row[2]) for row in rows)

    def replace(self, pack: OpenedPack, now: datetime) -> PackState | Refusal:
        """Put ``pack`` in place of everything held. ``pack`` has passed ``exports.bundle.open_pack``; what concerns
        this vault is asked again inside the transaction, because another process may have opened a newer one."""
        manifest = pack.manifest
        if self.clock_behind(now):
            return self.refuse("clock_behind", now)
        at = self.time(now if self.vault.sandbox else max(now, pack.floor))
        with self.vault.unit_of_work() as uow:
            held = uow.get(PACK, 1)
            reason = self._why_not(manifest_of(held) if held else None, manifest)
            if at >= manifest.expires:
                reason = reason or "pack_expired"
            if not reason:
                uow.remove_where(PACK_PERSON, "", ())
                uow.remove_where(PACK_NOTICE, "", ())
                uow.insert_all(PACK_PERSON, [(p.hcp_id, canonical(person_to_json(p)).decode()) for p in pack.people])
                uow.insert_all(PACK_NOTICE, [(n.notice, n.lang, n.text) for n in pack.notices])
                uow.put(PACK, row(manifest, pack.sha256))
                confirmed = self._from_office(uow, pack.office)
                if held is not None:
                    gone = {"sequence": int(held[8]), "how": "replaced"}
                    rep_notes.add(uow, Note(note_id=new_id("N", 12), kind=NoteKind.PACK_GONE, at=at, body=gone))
                detail: dict[str, Scalar | list[Scalar]] = {
                    "vault": manifest.vault,
                    "sequence": manifest.sequence,
                    "people": len(pack.people),
                    "sha256": pack.sha256,
                    "expires": stamp(manifest.expires),
                    "confirmed": confirmed,
                }
                opened = self.vault.event(Kind.BUNDLE_OPENED, at)
                uow.commit(replace(opened, policy=manifest.policy, detail=detail))
        if reason:
            return self.refuse(reason, now)
        self._mirror(manifest)
        return PackState(manifest=manifest, sha256=pack.sha256, people=len(pack.people))

    @staticmethod
    def _from_office(uow: UnitOfWork, office: PackOffice) -> int:
        uow.remove_where(PACK_SPOKEN, "", ())
        uow.put(PACK_OFFICE, (1, office.returns_to, office.secret, json.dumps(list(office.recalls))))
        uow.insert_all(
            PACK_SPOKEN,
            [
                (notice, lang, title, json.dumps([asdict(item) for item in items], ensure_ascii=False))
                for notice, lang, title, items in office.spoken
            ],
        )
        return rep_notes.confirm(uow, office.confirmed)

    def office(self) -> PackOffice:
        """What the office said with the pack held now; what it confirmed stands at the notes."""
        with self.vault.snapshot() as snap:
            row = snap.get(PACK_OFFICE, 1)
            spoken = snap.select(PACK_SPOKEN, "ORDER BY notice, lang")
        if row is None:
            return PackOffice()
        return PackOffice(
            returns_to=row[1],
            secret=row[2],
            recalls=tuple(json.loads(row[3])),
            spoken=tuple((s[0], s[1], s[2], tuple(SpokenItem(**i) for i in json.loads(s[3]))) for s in spoken),
        )

    def capture(self, acts: Sequence[CapturedAct], document: tuple[str, bytes] | None, now: datetime) -> list[str]:
        """Keep acts with the document that proves them; ids of their notes. One transaction, one entry each."""
        at, ids = self.time(now), []
        with self.vault.unit_of_work() as uow:
            sealed = uow.evidence.seal_company(document[1], document[0]) if document else None
            events = []
            for act in acts:
                note = Note(
                    note_id=new_id("N", 12),
                    kind=NoteKind.ACT,
                    at=at,
                    body=act_to_json(act),
                    evidence=sealed.sha256 if sealed else "",
                    media_type=sealed.media_type if sealed else "",
                )
                rep_notes.add(uow, note, document=sealed.evidence_id if sealed else "")
                ids.append(note.note_id)
                detail: dict[str, Scalar | list[Scalar]] = {
                    "note": note.note_id,
                    "item": act.item,
                    "answer": str(act.answer),
                    "notice": act.notice,
                    "evidence_sha256": note.evidence or None,
                }
                event = self._event(uow, Kind.ACT_CAPTURED, at, hcps=(act.hcp_id,))
                events.append(replace(event, detail=detail))
            uow.commit(*events)
        return ids

    def refuse_capture(self, reason: str, hcp_id: str, now: datetime) -> Refusal:
        """Log that an act was not taken; the refusal to show."""
        with self.vault.unit_of_work() as uow:
            known = (hcp_id,) if is_hcp_id(hcp_id) else ()
            event = replace(self._event(uow, Kind.ACCESS_REFUSED, self.time(now), hcps=known), decision=reason)
            index = uow.commit(event)[0]
        return Refusal(reason=reason, reference_code=f"A{index}")

    def drop_pack(self, now: datetime) -> int:
        """Delete everybody of the pack from this computer; the number of people. The notes for the office stay."""
        at = self.time(now)
        with self.vault.unit_of_work() as uow:
            held = uow.get(PACK, 1)
            people = uow.remove_where(PACK_PERSON, "", ())
            if held is not None and people:
                gone = {"sequence": int(held[8]), "how": "dropped"}
                rep_notes.add(uow, Note(note_id=new_id("N", 12), kind=NoteKind.PACK_GONE, at=at, body=gone))
            event = self._event(uow, Kind.BUNDLE_DROPPED, at, hcps=())
            uow.commit(replace(event, detail={"sequence": int(held[8]) if held else 0, "people": people}))
        return people

    def person(self, hcp_id: str) -> PackPerson | None:
        """One person as the pack has them, closed items taken out; nothing is logged: for rules, not for eyes."""
        with self.vault.snapshot() as snap:
            row, held = snap.get(PACK_PERSON, hcp_id), snap.get(PACK, 1)
            return _closed(snap, person_from_json(json.loads(row[1])), held) if row else None

    def refuse(self, reason: str, now: datetime) -> Refusal:
        """Log that a pack was not taken; the refusal to show. ``reason`` is ``clock_behind`` or ``pack_`` and a code of
        ``exports.bundle.PackFault``."""
        event = self.vault.event(Kind.BUNDLE_REFUSED, self.time(now), reason=reason)
        with self.vault.unit_of_work() as uow:
            index = uow.commit(event)[0]
        return Refusal(reason=reason, reference_code=f"A{index}")

    def people(self, now: datetime) -> RepPeople:
        """Everybody in the pack."""
        return self.find("", now)

    def find(
        self,
        text: str,
        now: datetime,
        *,
        purpose: Purpose | None = None,
        limit: int = 200,
        offset: int = 0,
        after: str = "",
        typed: Callable[[str], tuple[str, ...]] = lambda _name: (),
    ) -> RepPeople:
        """People whose name or hospital (the head, which never ends) holds every word of ``text``, or whose name is
        ``typed`` beginning with it; with ``purpose`` those whom the pack has for it; from ``offset`` on, or behind the
        person ``after``. InputErrors ``place_not_listed``."""
        at = self.time(now)
        words = _fold(text).split()
        with self.vault.unit_of_work() as uow:
            everybody = _people(uow)
            held = [p for p in everybody if purpose is None or p.view(purpose) is not None]
            people = [p for p in held if all(_holds(p, word, typed) for word in words)]
            people.sort(key=_heading)
            if after:
                offset = next((place for place, p in enumerate(people, start=1) if p.hcp_id == after), 0)
                if not offset:
                    raise bad_input("place_not_listed", "after")
            shown = people[offset : offset + limit]
            event = self._event(
                uow, Kind.LIST_SHOWN, at, hcps=tuple(p.hcp_id for p in shown), fields=_keys(p.head for p in shown)
            )
            event = replace(event, purpose=str(purpose or ""))
            index = uow.commit(replace(event, detail={"shown": len(shown), "total": len(people)}))[0]
        rows = tuple(
            PersonRow(
                hcp_id=p.hcp_id,
                fields=p.head,
                cross_border=p.cross_border,
                action=p.action if at < p.view_until else "",
            )
            for p in shown
        )
        more = shown[-1].hcp_id if shown and offset + len(shown) < len(people) else ""
        return RepPeople(rows, len(people), index, more)

    def show(self, hcp_id: str, purpose: Purpose, now: datetime) -> ProfileView | Refusal:
        """One person for one purpose, as the pack has them; after the view-until date the head alone."""
        at = self.time(now)
        with self.vault.unit_of_work() as uow:
            row = uow.get(PACK_PERSON, hcp_id)
            person = _closed(uow, person_from_json(json.loads(row[1])), uow.get(PACK, 1)) if row else None
            view = person.view(purpose) if person else None
            if person is None or view is None:
                known = (hcp_id,) if is_hcp_id(hcp_id) else ()  # anything else may be a name
                event = replace(self._event(uow, Kind.ACCESS_REFUSED, at, hcps=known), purpose=str(purpose))
                index = uow.commit(replace(event, decision=_NOTHING))[0]
                return Refusal(reason=_NOTHING, reference_code=f"A{index}")
            live = at < person.view_until
            fields = view.fields if live else person.head
            event = replace(
                self._event(uow, Kind.PROFILE_OPENED, at, hcps=(hcp_id,), fields=_keys([fields])),
                purpose=str(purpose),
                detail={"live": live, "view_until": stamp(person.view_until)},
            )
            index = uow.commit(event)[0]
            held = manifest_of(_required(uow))
        return ProfileView(
            hcp_id=hcp_id,
            role=Role(held.role),
            purpose=purpose,
            at=at,
            fields=fields,
            cross_border=(CrossBorderState(recipient="", state=person.cross_border),),
            basis=view.basis if live else "",
            policy_digest=held.policy,
            audit_index=index,
        )

    def look_for_plan(self, hcp_ids: Sequence[str], now: datetime, *, serial: str, day: date) -> RepPlan:
        """People for a day plan, in one transaction; None for whoever the pack does not hold or no longer shows."""
        at = self.time(now)
        with self.vault.unit_of_work() as uow:
            rows = {hcp_id: uow.get(PACK_PERSON, hcp_id) for hcp_id in hcp_ids}
            pack = uow.get(PACK, 1)
            people = {
                hcp_id: _closed(uow, person_from_json(json.loads(row[1])), pack) if row else None
                for hcp_id, row in rows.items()
            }
            found = {hcp_id: p if p and at < p.view_until else None for hcp_id, p in people.items()}
            named = tuple(hcp_id for hcp_id, person in found.items() if person is not None)
            event = replace(
                self._event(uow, Kind.EXPORT_APPROVED, at, hcps=named),
                detail={"what": "day_plan", "serial": serial, "day": day.isoformat(), "people": len(named)},
            )
            index = uow.commit(event)[0]
        return RepPlan(found, index)

    def register_paper(self, record: SheetRecord, now: datetime, *, checked: int) -> None:
        """A paper the rep made left the computer."""
        with self.vault.unit_of_work() as uow:
            uow.sheets.add(record)
            told = {
                "serial": record.serial,
                "purpose": str(record.purpose),
                "issued_at": stamp(record.issued_at),
                "expires_at": stamp(record.expires_at),
                "sha256": record.sha256,
                "people": [[p.hcp_id, str(p.purpose or "")] for p in record.people],
            }
            note = Note(note_id=new_id("N", 12), kind=NoteKind.PAPER, at=record.issued_at, body=told)
            rep_notes.add(uow, note)
            event = replace(
                self._event(uow, Kind.SHEET_ISSUED, self.time(now), hcps=record.about),
                purpose=str(record.purpose),
                detail={
                    "serial": record.serial,
                    "sha256": record.sha256,
                    "leak_check": checked,
                    "what": str(record.kind),
                },
            )
            uow.commit(event)

    def paper_failed(self, serial: str, code: str, now: datetime) -> None:
        """A paper was not released."""
        with self.vault.unit_of_work() as uow:
            event = self._event(uow, Kind.EXPORT_FAILED, self.time(now), hcps=())
            uow.commit(replace(event, detail={"serial": serial, "code": code}))

    def log_root(self) -> bytes:
        """Root of this vault's log as it stands now."""
        with self.vault.snapshot() as snap:
            return snap.log.root()

    def action(self, hcp_id: str, now: datetime) -> str:
        """What the pack says may be done with a person; "" for one it does not hold, or whose date has passed."""
        person = self.person(hcp_id)
        return person.action if person and self.time(now) < person.view_until else ""

    def view_until(self, hcp_id: str) -> datetime | None:
        """View-until date 查阅有效期 of a person in the pack."""
        with self.vault.snapshot() as snap:
            row = snap.get(PACK_PERSON, hcp_id)
        return person_from_json(json.loads(row[1])).view_until if row else None

    def check(self, *, full: bool = False) -> CheckReport:
        """As ``Vault.check``, the pack's tables included."""
        report = self.vault.check(full=full)
        if not full:
            return report
        with self.vault.snapshot():
            changed = [t.name for t in TABLES if not adds_up(self.vault, t)]
        if changed:
            self.vault.restricted = True
            found = (*report.problems, *(Problem("table_changed", None, name) for name in changed))
            self.vault.findings = found
            return replace(report, ok=False, problems=found)
        return report

    def close(self, now: datetime) -> None:
        """Seal the log and lock. Safe to call twice."""
        if not self.vault.closed:
            self.vault.close(self.time(now))

    def _why_not(self, held: PackManifest | None, fresh: PackManifest) -> str:
        if fresh.recipient != self.recipient:
            return "pack_wrong_recipient"
        if held is None:
            return "pack_wrong_vault" if self.vault.sandbox and not fresh.sandbox else ""
        if fresh.vault != held.vault or fresh.sandbox is not held.sandbox:
            return "pack_wrong_vault"
        if fresh.publisher != held.publisher:
            return "pack_publisher_changed"
        return "" if fresh.sequence > held.sequence else "pack_older_sequence"

    def event(
        self,
        uow: UnitOfWork,
        kind: Kind,
        at: datetime,
        *,
        hcps: tuple[str, ...] = (),
        detail: Mapping[str, Scalar | list[Scalar]],
    ) -> AuditEvent:
        """An entry of this vault's log under the policy of its pack."""
        return replace(self._event(uow, kind, at, hcps=hcps), detail=detail)

    def _event(
        self, uow: UnitOfWork, kind: Kind, at: datetime, *, hcps: tuple[str, ...], fields: tuple[str, ...] = ()
    ) -> AuditEvent:
        held = uow.get(PACK, 1)
        policy = manifest_of(held).policy if held else ""
        return replace(self.vault.event(kind, at), hcps=hcps, fields=fields, policy=policy)

    def settle_in(self, now: datetime) -> None:
        """On opening: what a crash after a pack's commit left, and a clock that was set back."""
        held = self.state()
        if held is not None:
            self._mirror(held.manifest)
        if self.clock_behind(now):
            floor = self.vault.time_floor()
            behind = int((floor - now).total_seconds())
            with self.vault.unit_of_work() as uow:
                uow.commit(self.vault.event(Kind.CLOCK_ANOMALY, floor, seconds_behind=behind))

    def _mirror(self, manifest: PackManifest) -> None:
        """The header says whose vault this is before a passphrase is given; the first pack decides it."""
        header = self.vault.header
        wanted = replace(
            header, handler=manifest.handler, sandbox=manifest.sandbox, publisher_public=manifest.publisher
        )
        if wanted != header:
            self.vault.header = headers.change(
                self.vault.path,
                self.vault.keyring.get(RoleKey.MAIN),
                lambda current: replace(
                    current,
                    handler=manifest.handler,
                    sandbox=manifest.sandbox,
                    publisher_public=manifest.publisher,
                ),
            )


def _required(uow: UnitOfWork) -> tuple[Any, ...]:
    row = uow.get(PACK, 1)
    if row is None:
        raise VaultError("file_damaged", file=databases.MAIN)  # people without a pack
    return row


def _people(uow: UnitOfWork) -> list[PackPerson]:
    people = [person_from_json(json.loads(row[1])) for row in uow.select(PACK_PERSON, "ORDER BY hcp_id")]
    held = uow.get(PACK, 1)
    closed = rep_notes.closed_items(uow, manifest_of(held).issued) if held else {}
    return [without(person, closed[person.hcp_id]) if person.hcp_id in closed else person for person in people]


def _closed(reader: UnitOfWork | Snapshot, person: PackPerson, held: tuple[Any, ...] | None) -> PackPerson:
    """The person without what they closed in front of this rep since the pack was made."""
    closed = rep_notes.closed_items(reader, manifest_of(held).issued) if held else {}
    return without(person, closed[person.hcp_id]) if person.hcp_id in closed else person


def without(person: PackPerson, items: frozenset[str]) -> PackPerson:
    """The person after closing ``items``: no view of a closed purpose, no closed channel, nobody asks again."""
    if "" in items:
        return replace(person, views=(), action="do_not_contact")
    purposes = {item for item in items if "/" not in item}
    channels = {item.partition("/")[2] for item in items if "/" in item}
    ended = bool(purposes & _COME_FOR)
    views = tuple(
        replace(view, fields=tuple(without_channels(f, channels) for f in view.fields))
        for view in person.views
        if str(view.purpose) not in purposes and not (ended and view.purpose is Purpose.ASK)
    )
    return replace(person, views=views, action="do_not_contact" if ended else person.action)


def _holds(person: PackPerson, word: str, typed: Callable[[str], tuple[str, ...]]) -> bool:
    if word in _heading(person):
        return True
    names = (f.value for f in person.head if f.key == "full_name" and f.value and f.state is FieldState.DISCLOSED)
    return any(way.startswith(word) for name in names for way in typed(name))


def _heading(person: PackPerson) -> str:
    return _fold(" ".join([*(f.value or "" for f in person.head), person.hcp_id]))


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _keys(groups: Iterable[Iterable[ShownField]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f.key for group in groups for f in group if f.state is not FieldState.WITHHELD))
