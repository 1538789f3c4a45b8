"""Practice vaults for measuring: invented people in a private folder, made as quickly as the real ways in allow.

Rules: (1) generated data only, the same for the same numbers; (2) every row comes in through the import, every consent
through record and check, so that what is measured later is what a company would hold; (3) a step that is refused here
is a fault of the program.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from compliance.clock import Clock, shanghai_day
from compliance.errors import ComplianceError
from compliance.i18n import Lang
from compliance.model.access import Purpose, Role
from compliance.model.answer import Refusal
from compliance.model.consent import Method
from compliance.model.profile import SourceClass
from compliance.model.register import Rep
from compliance.progress import NoProgress
from compliance.use_cases.consent import checking, recording
from compliance.use_cases.imports import imports
from compliance.use_cases.people import reps, sources
from compliance.use_cases.seat import accounts
from compliance.use_cases.seat.session import Session, create_vault, open_session
from compliance.use_cases.seeing import people_list
from compliance.use_cases.showing.sample_data import HEADER, make_crm_csv
from compliance.use_cases.showing.sample_papers import make_consent_pdf
from compliance.use_cases.signing import approvals, plans

PASSPHRASE = "bench-only-passphrase"  # noqa: S105 - of vaults that live for seconds
REP = "bench-rep"
#: People one part of a file can hold: the phones of the sample.
_PART = 10_000
#: Parts have phones and numbers of their own; the last is for people who are there before the import.
_PARTS = 24
MOST_ROWS = (_PARTS - 1) * _PART
#: Columns that are never collected cost nothing, so they are left out: 20 columns remain, all of which are read.
_UNREAD = frozenset({"性别", "银行卡号", "月处方量(盒)", "潜力"})
_ID, _PHONE, _LICENCE = (HEADER.index(name) for name in ("客户编号", "手机", "执业证书编码"))


@dataclass(frozen=True, slots=True)
class Filled:
    """A vault with people: each with a checked visit consent and assigned to the rep."""

    path: Path
    ids: tuple[str, ...]


def bench_csv(rows: int, *, part: int = 0) -> bytes:
    """At least ``rows`` data lines (cut to the number) of 20 columns in GB18030, as dirty as the sample. ``part`` is
    the first block of numbers used."""
    keep = [place for place, name in enumerate(HEADER) if name not in _UNREAD]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([HEADER[place] for place in keep])
    left = rows
    while left > 0:
        lines = _part(min(_PART, max(left, 20)), part)[:left]
        writer.writerows([line[place] for place in keep] for line in lines)
        left -= len(lines)
        part += 1
    return out.getvalue().encode("gb18030")


class Stores:
    """Makes vaults in one folder."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder, self.clock = folder, clock
        self._made = 0

    def empty(self) -> Path:
        """A new vault with its privacy officer ``zhao`` and nothing in it."""
        self._made += 1
        made = create_vault(
            self.folder / f"v{self._made}.ckvault",
            owner="zhao",
            handler="bench",
            passphrase=PASSPHRASE,
            clock=self.clock,
            sandbox=True,
        )
        return made.vault

    def open(self, path: Path, user: str = "zhao") -> Session:
        """Unlock."""
        session = open_session(path, user=user, passphrase=PASSPHRASE, clock=self.clock, lang=Lang.ZH)
        assert isinstance(session, Session)
        return session

    def bring_in(self, session: Session, file: Path) -> int:
        """Import a file of people; the rows that were read."""
        request = imports.ImportRequest(path=file, source="CRM")
        return int(done(imports.import_people(session, request=request, progress=NoProgress())).read)

    def source(self, session: Session) -> None:
        """Register where the people come from."""
        done(sources.add_source(session, code="CRM", name="CRM", provenance=SourceClass.FIRST))

    def filled(self, *, people: int, recipient: str) -> Filled:
        """A vault with officers ``chen`` and ``sun``, clerk ``wu`` and ``people`` assigned to one rep, each with a
        visit consent on file, checked by a second person."""
        path = self.empty()
        owner = self.open(path)
        self.source(owner)
        for name, role in (("chen", Role.COMPLIANCE), ("sun", Role.COMPLIANCE), ("wu", Role.CLERK)):
            done(accounts.add_user(owner, name=name, role=role, passphrase=PASSPHRASE))
        file = self.folder / f"people-{people}.csv"
        file.write_bytes(bench_csv(people * 2, part=_PARTS - 1))  # some stay out: duplicates, quarantine
        self.bring_in(owner, file)
        today = shanghai_day(self.clock.now())
        done(reps.add_rep(owner, rep=_rep(today, recipient)))
        chen, wu, sun = self.open(path, "chen"), self.open(path, "wu"), self.open(path, "sun")
        page = done(people_list.find_people(chen, text="", purpose=Purpose.MDM, limit=people))
        ids = tuple(row.hcp_id for row in page.rows)
        done(reps.assign(chen, hcp_ids=ids, rep=REP))
        kind, until = plans.PlanKind.PACK, today + timedelta(days=30)  # a pack of that many takes two, or a plan
        asked = done(plans.request_plan(owner, kind=kind, recipient=REP, people=people, until=until))
        done(approvals.approve(chen, request_id=asked.request_id))
        self._consents(wu, sun, ids, today - timedelta(days=3))
        for session in (owner, chen, wu, sun):
            session.vault.close()
        return Filled(path, ids)

    def _consents(self, clerk: Session, checker: Session, ids: Sequence[str], day: date) -> None:
        scan = self.folder / "form.pdf"
        scan.write_bytes(make_consent_pdf("bench", ["visit: yes"]))
        for hcp_id in ids:
            act = recording.RecordConsent(
                hcp_id=hcp_id,
                item="visit",
                answer="given",
                method=Method.PAPER,
                notice="CK-VISIT@1.0",
                presented_at=day.isoformat(),
                acted_at=day.isoformat(),
                evidence=scan,
                identity_check="known in person",
                asked_by_hcp=True,  # some said no in the file
                place_of_original="archive",
                page_count=1,
            )
            recorded = done(recording.record_consent(clerk, request=act))
            done(checking.check_evidence(checker, event_id=recorded.event_id, accept=True, code=""))


def done(answer: Any) -> Any:
    """The value of a step that must succeed."""
    value = answer.value
    if isinstance(value, Refusal):
        raise ComplianceError("bench_step_refused", reason=value.reason)
    return value


def _part(people: int, part: int) -> list[list[str]]:
    """Lines of one part: the sample of its own seed, with numbers no other part has."""
    lines = list(csv.reader(make_crm_csv(people, seed=part + 1).decode("gb18030").splitlines()))
    return [_numbered(line, part) for line in lines if line[0].startswith("C")]


def _numbered(line: list[str], part: int) -> list[str]:
    two = f"{part:02d}"
    line[_ID] = line[_ID][0] + two + line[_ID][1:]
    for place, digit in zip((5, 6), two, strict=True):
        line[_PHONE] = _at_digit(line[_PHONE], place, int(digit))
    if line[_LICENCE]:
        place = len(line[_LICENCE]) - 7
        line[_LICENCE] = line[_LICENCE][:place] + two + line[_LICENCE][place + 2 :]
    return line


def _at_digit(phone: str, place: int, part: int) -> str:
    """Another digit at the zero ``place`` digits into a number, however it is written."""
    places = [at for at, char in enumerate(phone) if char.isdigit()]
    if phone.startswith("+86"):
        places = places[2:]
    if len(places) <= place:
        return phone
    at = places[place]
    return phone[:at] + chr(ord(phone[at]) + part) + phone[at + 1 :]


def _rep(today: date, recipient: str) -> Rep:
    return Rep(
        name=REP,
        role=Role.REP,
        employee_no="E1",
        recipient=recipient,
        trained_on=today - timedelta(days=30),
        filing_no="YYDB2026000001",
        filing_checked_on=today - timedelta(days=20),
    )
