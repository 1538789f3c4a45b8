"""Filling a stack: forms and their sealed documents come in unseen, in short transactions, and are shown by one.

Rules: (1) a stack that is being filled is nobody's work and no number counts it; (2) whatever ends the filling early
takes every form and document out again, here or, after a crash, at the next opening of the vault; (3) a document is
sealed under the person's key at once; one whose person is not known yet lies under the company's key until somebody
says whose it is; (4) nothing is written anywhere else.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from compliance.errors import Fault, InputErrors, bad_input
from compliance.importing.documents import Document
from compliance.model.audit import Kind
from compliance.model.ids import new_id
from compliance.model.intake import Form, Stack, StackKind, StackState
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.session import Session
from compliance.vault import UnitOfWork

_NAME = re.compile(r"[\w][\w .#-]{0,39}")
_PLACE = re.compile(r"[\w ./()（）#·,，、-]{1,80}")
#: Documents sealed in one transaction: others must get their turn at the vault.
CHUNK = 100
CHUNK_BYTES = 32 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A form with its document, not sealed yet. Forms with the same ``document`` object share it."""

    form: Form
    document: Document | None


class Filling:
    """One stack being filled. Leave by :meth:`publish` or :meth:`drop`."""

    def __init__(
        self, session: Session, *, name: str, kind: StackKind, now: datetime, place: str = "", origin: str = ""
    ) -> None:
        _check_words(session, name, place)
        self._session, self._now = session, now
        self._begun = False
        self.stack = Stack(
            stack_id=new_id("ST"),
            name=name,
            kind=kind,
            state=StackState.FILLING,
            opened_at=now,
            opened_by=session.actor,
            uploaders=(session.actor,),
            origin=origin,
            place_of_original=place,
        )
        with session.vault.snapshot() as snap:
            if snap.stacks.get(name) is not None:
                raise bad_input("stack_name_taken", "stack")

    def add(self, waiting: Sequence[Waiting]) -> list[Form]:
        """Seal documents and keep forms, in one transaction. The forms with their documents' ids."""
        session, kept = self._session, []
        with session.vault.unit_of_work() as uow:
            self._begin(uow)
            sealed: dict[tuple[str, str], str] = {}
            for one in waiting:
                form = one.form
                if one.document is not None:
                    key = (form.hcp_id or "", form.sha256)
                    if not form.sha256 or key not in sealed:
                        row = (
                            uow.evidence.seal(form.hcp_id, one.document.data, one.document.media_type)
                            if form.hcp_id
                            else uow.evidence.seal_company(one.document.data, one.document.media_type)
                        )
                        form = replace(form, sha256=row.sha256, media_type=row.media_type)
                        sealed[form.hcp_id or "", row.sha256] = row.evidence_id
                    form = replace(form, evidence_id=sealed[form.hcp_id or "", form.sha256])
                kept.append(form)
            uow.stacks.add_forms(kept)
            people = tuple(sorted({f.hcp_id for f in kept if f.hcp_id}))
            uow.commit(
                session.event(
                    Kind.EVIDENCE_SEALED,
                    at=self._now,
                    hcps=people,
                    detail={"stack": self.stack.stack_id, "forms": len(kept), "documents": len(sealed)},
                )
            )
        return kept

    def show(self, uow: UnitOfWork, stack: Stack) -> None:
        """With this transaction the stack is work. ``stack`` is :attr:`stack` with what is known of it now."""
        self._begin(uow)
        uow.stacks.put(replace(stack, state=StackState.OPEN))

    def drop(self) -> None:
        """Leave nothing behind."""
        if not self._begun:
            return
        with self._session.vault.unit_of_work() as uow:
            forms = uow.stacks.empty(self.stack)
            detail = {"stack": self.stack.stack_id, "forms": forms}
            uow.commit(self._session.event(Kind.IMPORT_DROPPED, at=self._now, detail=detail))
        self._begun = False

    def _begin(self, uow: UnitOfWork) -> None:
        if not self._begun:
            uow.stacks.put(self.stack)
            self._begun = True


def _check_words(session: Session, name: str, place: str) -> None:
    """Names of stacks and places stand in logs and lists: short, plain, and about no person."""
    faults = []
    if not _NAME.fullmatch(name):
        faults.append(Fault("stack", "stack_name_bad"))
    if place and not _PLACE.fullmatch(place):
        faults.append(Fault("place", "place_bad"))
    if faults:
        raise InputErrors(faults)
    guard(session, {"stack": name, "place": place})
