"""The rep's own vault, made and filled from packs 代表离线包 (see packing.py for the office's side).

Rules: (1) a pack replaces what is there, never merges; (2) packs of others, older ones and changed ones are refused and
change nothing; (3) every refusal sounds alike.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from compliance.clock import Clock, FixedClock
from compliance.errors import bad_input
from compliance.exports.bundle import MAX_PACK_BYTES, PackFault, PackRefused, open_pack
from compliance.importing.readings import readings
from compliance.model.access import FieldState, Purpose, Reference
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.profile import ProfileView
from compliance.model.reference_code import pack_code
from compliance.policy.access import TOLD
from compliance.use_cases.field.packing import BundleMade, make_bundle
from compliance.use_cases.seat.acting import lift
from compliance.use_cases.seat.rep_session import RepSession
from compliance.use_cases.seat.session import shipped_policy
from compliance.use_cases.seeing.people_list import PeoplePage
from compliance.use_cases.seeing.profiles import WhyCard
from compliance.vault.rep.rep_store import init_rep_vault

__all__ = [
    "BundleMade",
    "BundleOpened",
    "PackState",
    "RepInit",
    "init_rep",
    "make_bundle",
    "open_bundle",
    "pack_state",
    "rep_people",
    "rep_profile",
    "rep_why",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepInit:
    """A rep's fresh vault: what the office needs to encrypt to it."""

    dir: Path
    recipient: str
    check_phrase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleOpened:
    """A pack that is now in the rep's vault."""

    people: int
    sequence: int
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PackState:
    """What a rep's vault holds now."""

    sequence: int
    issued: datetime | None
    expires: datetime | None
    people: int
    expired: bool
    clock_behind: bool
    handler: str = ""
    rep: str = ""


def init_rep(path: Path, *, passphrase: str, clock: Clock) -> RepInit:
    """On the rep's machine: keys of their own. With a fixed clock it is a practice vault."""
    made = init_rep_vault(path, passphrase, clock.now(), sandbox=isinstance(clock, FixedClock))
    return RepInit(dir=made.path, recipient=made.recipient, check_phrase=made.check_phrase)


def open_bundle(session: RepSession, *, path: Path) -> Answer[BundleOpened | Refusal]:
    """Put a pack into the rep's vault in place of what is there. Refused packs change nothing and are logged."""
    now = session.clock.now()
    if not path.is_file():
        raise bad_input("file_missing", "file")
    if path.stat().st_size > MAX_PACK_BYTES:
        return Answer(_told(session, session.vault.refuse(f"pack_{PackFault.TOO_LARGE}", now)))
    held = session.vault.state()
    opened = open_pack(
        path.read_bytes(),
        session.vault.identity(),
        held.manifest.publisher if held else None,
        now=now,
        vault_id=held.manifest.vault if held else None,
        last_sequence=held.manifest.sequence if held else 0,
        last_sha256=held.sha256 if held else "",
        floor=session.vault.time(now),
    )
    if isinstance(opened, PackRefused):
        return Answer(_told(session, session.vault.refuse(f"pack_{opened.code}", now)))
    state = session.vault.replace(opened, now)
    if isinstance(state, Refusal):
        return Answer(_told(session, state))
    done = BundleOpened(people=state.people, sequence=state.manifest.sequence, expires=state.manifest.expires)
    return Answer(done, Changes(people=True, audit=True))


def rep_people(
    session: RepSession,
    text: str = "",
    *,
    purpose: Purpose | None = None,
    limit: int = 200,
    offset: int = 0,
    after: str = "",
) -> Answer[PeoplePage]:
    """People of the pack whose name, as written or as typed in letters, or hospital match; with ``purpose`` those the
    pack opens for it. InputErrors ``two_places``, ``place_not_listed``."""
    if offset and after:
        raise bad_input("two_places", "after")
    found = session.vault.find(
        text, session.clock.now(), purpose=purpose, limit=limit, offset=offset, after=after,
        typed=lambda name: readings(name).typed,
    )  # fmt: skip
    page = PeoplePage(rows=found.rows, total=found.total, audit_index=found.audit_index, more=found.more)
    return Answer(page, Changes(audit=True))


def rep_profile(session: RepSession, hcp_id: str, purpose: Purpose) -> Answer[ProfileView | Refusal]:
    """One person as the pack has them."""
    shown = session.vault.show(hcp_id, purpose, session.clock.now())
    if isinstance(shown, Refusal):
        code = _code(session, hcp_id, purpose) or shown.reference_code
        return Answer(replace(_told(session, shown), reference_code=code), Changes(audit=True))
    return Answer(shown, Changes(audit=True))


def rep_why(session: RepSession, *, hcp_id: str, key: str, purpose: Purpose) -> Answer[WhyCard]:
    """Why a field shows as it does in the pack: an action, one reason for all, and a code an officer can open.

    A person who is not in the pack, and a field that is not, answer alike.
    """
    policy = shipped_policy()
    if policy.field(key) is None:
        raise bad_input("unknown_field", "key", key, policy.nearest_field(key))
    shown = session.vault.show(hcp_id, purpose, session.clock.now())
    field = None if isinstance(shown, Refusal) else shown.field(key)
    closed = field is None or field.state is FieldState.WITHHELD
    told = policy.reasons[TOLD]
    reason = TOLD if field is None or closed else field.reason or "granted"
    return Answer(
        WhyCard(
            state=FieldState.WITHHELD if field is None else field.state,
            reason=reason,
            references=told.references if field is None or closed else field.references,
            lifted_by=lift(session, reason),
            level=1,
            reference_code=_code(session, hcp_id, purpose, key),
            action=session.vault.action(hcp_id, session.clock.now()) or "do_not_contact",
        ),
        Changes(audit=True),
    )


def _code(session: RepSession, hcp_id: str, purpose: Purpose, key: str = "") -> str:
    """The code an officer's store understands, "" without a pack."""
    held = session.vault.state()
    if held is None:
        return ""
    manifest, fields = held.manifest, shipped_policy().fields
    return pack_code(
        rep=manifest.rep, sequence=manifest.sequence, hcp_id=hcp_id, purpose=purpose, key=key, fields=fields
    )


def pack_state(session: RepSession) -> PackState:
    """Which pack is held and whether it still counts."""
    now = session.clock.now()
    held = session.vault.state()
    behind = session.vault.clock_behind(now)
    if held is None:
        return PackState(sequence=0, issued=None, expires=None, people=0, expired=False, clock_behind=behind)
    return PackState(
        sequence=held.manifest.sequence,
        issued=held.manifest.issued,
        expires=held.manifest.expires,
        people=held.people,
        expired=session.vault.time(now) >= held.manifest.expires,
        clock_behind=behind,
        handler=held.manifest.handler,
        rep=held.manifest.rep,
    )


def _told(session: RepSession, refusal: Refusal) -> Refusal:
    return Refusal(
        reason=refusal.reason,
        references=refusal.references or (Reference("PIPL", "6"),),
        lifted_by=refusal.lifted_by or lift(session, refusal.reason),
        reference_code=refusal.reference_code,
    )
