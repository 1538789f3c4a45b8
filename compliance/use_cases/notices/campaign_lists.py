"""What reps take along in a campaign: a list of their people in Excel, and forms with the changed items.

Rules: (1) names, hospitals and departments are read under the reader's own purpose and stand in the log; (2) people
whose contact is closed are left out and counted; (3) file names are ids and numbers, never a person's name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from compliance.errors import bad_input
from compliance.exports.files import file_name, write_file
from compliance.exports.tables import Sheet, workbook
from compliance.i18n import Lang, t
from compliance.model.access import AccessRefused, Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.notice import Delivery
from compliance.progress import Phase, Progress
from compliance.use_cases.notices.campaigns import waiting_people
from compliance.use_cases.notices.consent_forms import FormBatch, print_forms
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.walk import walk
from compliance.vault import UnitOfWork

_PERSON = ("full_name", "institution_name", "department")
_HEADS = ("id", "name", "hospital", "department", "do", "items")
_LISTED_BY_NAME = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ListWritten:
    """One rep's list."""

    rep: str
    path: Path
    sha256: str
    people: int
    left_out: int


def write_lists(
    session: Session, *, campaign_id: str, out: Path, progress: Progress, rep: str = ""
) -> Answer[tuple[ListWritten, ...] | Refusal]:
    """One .xlsx per rep of who still has to be reached: who, where, what to do, which items."""
    now = session.now()
    if no := barred(session, "print_forms", at=now):
        return no
    waiting = waiting_people(session, campaign_id=campaign_id, rep=rep).value
    if not waiting:
        raise bad_input("nobody_to_ask", "campaign", "0")
    by_rep: dict[str, list[Delivery]] = {}
    for delivery in waiting:
        by_rep.setdefault(delivery.rep, []).append(delivery)
    progress.phase(Phase.RENDERING)
    files: list[tuple[str, bytes, int, int]] = []
    done = 0
    for name, people in sorted(by_rep.items()):
        with session.vault.unit_of_work() as uow:
            rows, shown = _rows(session, uow, people, progress, done, len(waiting))
            uow.commit(
                session.event(
                    Kind.LIST_SHOWN,
                    at=now,
                    hcps=shown if len(shown) <= _LISTED_BY_NAME else (),
                    purpose=str(Purpose.MDM),
                    fields=_PERSON,
                    detail={"what": "campaign_list", "campaign": campaign_id, "for": name, "people": len(shown)},
                )
            )
        done += len(people)
        heads = [t(f"paper.campaign.{key}", session.lang) for key in _HEADS]
        title = t("paper.campaign.sheet", session.lang)
        sheet = Sheet(name=title, heads=(heads,), rows=rows, widths=(16, 14, 28, 16, 14, 60))
        files.append((name, workbook([sheet], title=title), len(rows), len(people) - len(rows)))
    made = []
    for number, (name, content, count, left) in enumerate(files, start=1):
        written = write_file(out / file_name(campaign_id, str(number), suffix=".xlsx"), content)
        made.append(ListWritten(rep=name, path=written.path, sha256=written.sha256, people=count, left_out=left))
    return Answer(tuple(made), Changes(exports=True, audit=True))


def print_campaign_forms(
    session: Session, *, campaign_id: str, out: Path, progress: Progress, rep: str = "", lang: Lang = Lang.ZH
) -> Answer[FormBatch | Refusal]:
    """Forms for whom the campaign must ask again, each with the items that changed for this person."""
    waiting = [d for d in waiting_people(session, campaign_id=campaign_id, rep=rep).value if d.action == "ask"]
    if not waiting:
        raise bad_input("nobody_to_ask", "campaign", "0")
    with session.vault.snapshot() as snap:
        campaign = snap.campaigns.get(campaign_id)
    assert campaign is not None  # waiting_people knew it
    return print_forms(
        session,
        ref=campaign.notice,
        out=out,
        progress=progress,
        hcp_ids=tuple(d.hcp_id for d in waiting),
        rep=rep,
        own_items={d.hcp_id: d.items for d in waiting},
        lang=lang,
    )


def _rows(
    session: Session, uow: UnitOfWork, people: Sequence[Delivery], progress: Progress, done: int, total: int
) -> tuple[list[list[str]], tuple[str, ...]]:
    rows: list[list[str]] = []
    shown: list[str] = []
    for number, delivery in enumerate(people):
        progress.tick(done + number, total)
        look = walk(session, uow, hcp_id=delivery.hcp_id, purpose=Purpose.MDM, at=session.now())
        if look.person is None or isinstance(look.decision, AccessRefused):
            continue
        if session.policy.closed_by(Purpose.ASK, look.facts.blocks, look.facts.record_status):
            continue
        values = [field.value or "" if (field := look.shown.get(key)) else "" for key in _PERSON]
        action = t(f"paper.campaign.{delivery.action}", session.lang)
        rows.append([delivery.hcp_id, *values, action, ", ".join(delivery.items)])
        shown.append(delivery.hcp_id)
    return rows, tuple(shown)
