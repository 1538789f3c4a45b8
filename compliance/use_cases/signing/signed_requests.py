"""The second signature from another machine: a request goes out as a file, a signature comes back as a file.

Rules: (1) out goes what a person can check and the digest of the rest (``asked``); (2) signing needs the file and the
second person's carried key, no vault; (3) coming back, everything is looked at anew: vault, kind of vault, still
waiting, a user with this key who has not left, the signature, the rules in force, the statement made again from the
vault's own request, not the requester's own, still entitled, not expired; each has its own word; (4) the log names who
asked, who signed and who brought the signature in; (5) whoever may sign, and the requester, may bring it in.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from compliance.audit import approval as files
from compliance.clock import Clock, stamp
from compliance.errors import bad_input
from compliance.exports.files import write_file
from compliance.i18n import Lang, t
from compliance.importing.documents import read_document
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind, Scalar
from compliance.model.register import PendingRequest, RequestState
from compliance.use_cases.seat.acting import refuse
from compliance.use_cases.seat.duties import references
from compliance.use_cases.seat.session import Session
from compliance.use_cases.signing import carrying
from compliance.use_cases.signing.asked import asked_of, words_of
from compliance.use_cases.signing.signers import may_sign
from compliance.use_cases.signing.two_person import (
    Approved,
    can_carry,
    carry_out,
    expires_at,
    no_signer,
    reviews,
    undecided,
    void,
    waiting,
)
from compliance.vault import UnitOfWork
from compliance.vault.keys import carried_key


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFile:
    """What a request file says, read on any machine. ``file`` is what was written, None when it was only read."""

    request_id: str
    vault_id: str
    sandbox: bool
    action: str
    words: str
    facts: tuple[tuple[str, str], ...]
    requested_by: str
    requested_at: datetime
    expires_at: datetime
    digest: str
    file: Path | None = None
    signed_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedKeyFile:
    """Whose key file was written, or which key was called back (``file`` None)."""

    user: str
    file: Path | None


def carry_key(session: Session, *, path: Path, passphrase: str) -> Answer[CarriedKeyFile | Refusal]:
    """Give the acting user a key to sign requests with elsewhere. It replaces the one carried before."""
    now = session.now()
    if path.exists():
        raise bad_input("file_exists", "out")
    if no := no_signer(session, now):
        return no
    content, public = carried_key.make(
        vault_id=session.vault.vault_id,
        user=session.actor,
        passphrase=passphrase,
        params=session.vault.header.params,
        now=now,
    )
    _note_key(session, public.hex(), now)  # first: a key nobody logged signs nothing
    write_file(path, content)
    return Answer(CarriedKeyFile(user=session.actor, file=path), Changes(users=True, audit=True))


def call_back_key(session: Session) -> Answer[CarriedKeyFile | Refusal]:
    """The acting user's carried key is lost or no longer wanted: from now on it signs nothing."""
    _note_key(session, "", session.now())
    return Answer(CarriedKeyFile(user=session.actor, file=None), Changes(users=True, audit=True))


def export_request(session: Session, *, request_id: str, path: Path) -> Answer[RequestFile | Refusal]:
    """Write a waiting request as a file for the second person."""
    now = session.now()
    if path.exists():
        raise bad_input("file_exists", "out")
    with session.vault.unit_of_work() as uow:
        request = waiting(uow.requests.get(request_id))
        if no := _outsider(session, uow, request, now):
            return no
        if reason := void(session, uow, request, now):
            return refuse(session, uow, at=now, reason=reason, detail={"request": request_id})
        detail: dict[str, Scalar | list[Scalar]] = {"what": "request_file", "request": request_id}
        uow.commit(session.event(Kind.EXPORT_APPROVED, at=now, detail=detail))
    statement = _statement(session, request)
    words = {str(lang): words_of(statement.action, statement.asked, lang) for lang in Lang}
    written = write_file(path, files.write_request(statement, handler=session.handler, words=words))
    with session.vault.unit_of_work() as uow:
        uow.commit(session.event(Kind.EXPORT_WRITTEN, at=now, detail={**detail, "sha256": written.sha256}))
    return Answer(_read(statement, session.lang, file=path), Changes(audit=True))


def read_request(path: Path, *, lang: Lang) -> RequestFile:
    """What a request file asks; no vault needed. InputErrors ``request_file_unreadable``."""
    return _read(_request_of(path), lang)


def sign_request(
    path: Path, *, key: Path, passphrase: str, out: Path, clock: Clock, lang: Lang
) -> Answer[RequestFile | Refusal]:
    """Sign a request file with a carried key and write the signature file; no vault needed.

    InputErrors ``request_file_unreadable``, ``key_file_unreadable``, ``key_other_vault``; WrongPassphrase. Refused:
    the requester's own request, and one that is too old.
    """
    statement = _request_of(path)
    now = clock.now()
    if out.exists():
        raise bad_input("file_exists", "out")
    mine = carried_key.unlock(read_document(key).data, passphrase)
    if mine.vault_id != statement.vault_id:
        raise bad_input("key_other_vault", "key")
    if mine.user == statement.requested_by:
        return Answer(_no("own_request", lang))
    if now >= statement.expires_at:
        return Answer(_no("request_expired", lang))
    signature = mine.signing.sign(files.signed_bytes(statement, mine.user, now))
    approval = files.Approval(
        statement=statement, user=mine.user, signed_at=now, public=mine.public, signature=signature
    )
    write_file(out, files.write_approval(approval))
    return Answer(_read(statement, lang, file=out, signed_by=mine.user))


def import_signature(session: Session, *, path: Path) -> Answer[Approved | Refusal]:
    """Take in a signature file and carry the act out. InputErrors ``signature_file_unreadable``,
    ``signature_other_vault``, ``signature_other_kind``, ``unknown_request``, ``signature_replayed``,
    ``request_decided``; everything else that does not hold is a refusal with an entry."""
    try:
        approval = files.read_approval(read_document(path).data)
    except ValueError:
        raise bad_input("signature_file_unreadable", "file") from None
    said = approval.statement
    if said.vault_id != session.vault.vault_id:
        raise bad_input("signature_other_vault", "file")
    if said.sandbox != session.sandbox:
        raise bad_input("signature_other_kind", "file")
    now = session.now()
    with session.vault.unit_of_work() as uow:
        request = uow.requests.get(said.request_id)
        if request is not None and request.state is RequestState.APPROVED:
            raise bad_input("signature_replayed", "file")
        request = undecided(request)
        if no := _outsider(session, uow, request, now):
            return no
        if reason := _wrong(session, uow, approval, request, now):
            refused = {"request": request.request_id, "signed_by": approval.user[:64]}
            return refuse(session, uow, at=now, reason=reason, detail=refused, because=references())
        if not can_carry(session, request):
            return refuse(session, uow, at=now, reason="deputy_cannot_carry", detail={"request": request.request_id})
        if request.state is RequestState.SIGNED:  # signed before, by this file or at the desk, and not carried out yet
            if reason := carrying.second_fails(uow, request, now):
                return refuse(session, uow, at=now, reason=reason, detail={"request": request.request_id})
            signing = carrying.take_up(session, request)
        else:
            detail: dict[str, Scalar | list[Scalar]] = {
                "request": request.request_id,
                "action": request.action,
                "requested_by": request.requested_by,
                "signed_by": approval.user,
                "signed_at": stamp(approval.signed_at),
                carried_key.APPROVAL_KEY: approval.public.hex(),
                "signature": approval.signature.hex(),
            }
            event = session.event(Kind.APPROVED, at=now, detail=detail)
            signing = carrying.sign_off(session, uow, request, signer=approval.user, event=event)
    return carry_out(session, request, signing)


def _wrong(session: Session, uow: UnitOfWork, approval: files.Approval, request: PendingRequest, now: datetime) -> str:
    """What does not hold about a signature; "" when it is good."""
    signer = uow.users.get(approval.user)
    if signer is None:
        return "signer_unknown"
    if signer.removed_at is not None:
        return "signer_gone"
    if carried_key.current(uow, signer.name) != approval.public:
        return "signer_key"
    try:
        signed = files.signed_bytes(approval.statement, approval.user, approval.signed_at)
        Ed25519PublicKey.from_public_bytes(approval.public).verify(approval.signature, signed)
    except (InvalidSignature, ValueError):
        return "approval_signature"
    if approval.statement.policy != session.policy.digest:
        return "rules_changed"
    if approval.statement != _statement(session, request):
        return "request_changed"
    if signer.name == request.requested_by:
        return "own_request"
    if not reviews(request, signer.name):
        return "not_the_reviewer"
    if not may_sign(uow, name=signer.name, role=signer.role, at=now):
        return "signer_role"
    return void(session, uow, request, now)


def _statement(session: Session, request: PendingRequest) -> files.Statement:
    """The statement as this vault makes it: a function of its own request and the rules in force."""
    return files.Statement(
        request_id=request.request_id,
        vault_id=session.vault.vault_id,
        sandbox=session.sandbox,
        action=request.action,
        asked=asked_of(json.loads(request.canonical)["params"]),
        digest=hashlib.sha256(request.canonical).hexdigest(),
        requested_by=request.requested_by,
        requested_at=request.requested_at,
        expires_at=expires_at(session, request),
        policy=session.policy.digest,
    )


def _outsider(session: Session, uow: UnitOfWork, request: PendingRequest, now: datetime) -> Answer[Refusal] | None:
    """The refusal for somebody who neither asked nor may sign."""
    if request.requested_by == session.actor or may_sign(uow, name=session.actor, role=session.role, at=now):
        return None
    detail = {"act": "decide_request", "request": request.request_id}
    return refuse(session, uow, at=now, reason="role_not_allowed", detail=detail, because=references())


def _note_key(session: Session, public: str, now: datetime) -> None:
    detail = {"user": session.actor, carried_key.APPROVAL_KEY: public}
    with session.vault.unit_of_work() as uow:
        uow.commit(session.event(Kind.KEY_CARRIED, at=now, detail=detail))


def _request_of(path: Path) -> files.Statement:
    try:
        return files.read_request(read_document(path).data)
    except ValueError:
        raise bad_input("request_file_unreadable", "file") from None


def _read(statement: files.Statement, lang: Lang, *, file: Path | None = None, signed_by: str = "") -> RequestFile:
    return RequestFile(
        request_id=statement.request_id,
        vault_id=statement.vault_id,
        sandbox=statement.sandbox,
        action=statement.action,
        words=words_of(statement.action, statement.asked, lang),
        facts=tuple((key, str(value)) for key, value in sorted(statement.asked.items())),
        requested_by=statement.requested_by,
        requested_at=statement.requested_at,
        expires_at=statement.expires_at,
        digest=statement.digest,
        file=file,
        signed_by=signed_by,
    )


def _no(reason: str, lang: Lang) -> Refusal:
    """A refusal where there is no vault and so no log."""
    return Refusal(reason=reason, references=references(), lifted_by=t(f"lift.{reason}", lang))
