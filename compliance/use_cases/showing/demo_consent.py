"""The second half of the demo: a carton of scanned forms, a changed notice, changes to a source, stops, registers.

So that no window of the practice store is empty: each step is what an officer does with the same use cases, and leaves
some work undone for whoever opens the store. What takes two is signed by two.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

from compliance.clock import Clock, shanghai_day
from compliance.errors import ComplianceError
from compliance.i18n import Lang, t
from compliance.model.access import Purpose
from compliance.model.answer import Answer, Refusal
from compliance.model.basis import BasisSupport
from compliance.model.consent import Method
from compliance.model.register import Assessment, PendingRequest
from compliance.progress import Progress
from compliance.resources import read_text
from compliance.use_cases.bases import activities, bases, memos, transfers
from compliance.use_cases.consent import checking, recording, stops
from compliance.use_cases.consent.proof_pack import ProofRequest, make_proof_pack
from compliance.use_cases.ending import erasure
from compliance.use_cases.intake import check_desk, scans
from compliance.use_cases.notices import campaigns, consent_forms, notice_life
from compliance.use_cases.people import amendments, feeds, merging
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing import cases
from compliance.use_cases.showing.sample_papers import make_consent_pdf
from compliance.use_cases.showing.sample_scans import scan_forms
from compliance.use_cases.signing import deputies, plans, two_person
from compliance.use_cases.signing.plans import PlanKind

T = TypeVar("T")
_NOTICE, _OLD = "CK-VISIT@1.0", "CK-PROFILE@1.0"


def done(answer: Answer[T | Refusal | PendingRequest] | Answer[T | Refusal]) -> T:
    """The value of a step that must succeed; a refusal here is a fault of the program."""
    value: Any = answer.value
    if isinstance(value, Refusal | PendingRequest):
        raise ComplianceError("demo_step_refused", step=getattr(value, "reason", "pending"))
    return value  # type: ignore[no-any-return]


def waits(answer: Answer[PendingRequest | Refusal] | Answer[PendingRequest]) -> PendingRequest:
    """The request of a step that takes two."""
    if not isinstance(answer.value, PendingRequest):
        raise ComplianceError("demo_step_refused", step=answer.value.reason)
    return answer.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Who plays, where, and with whom. ``ids``: sixty people of the first rep; twenty were asked for a visit."""

    path: Path
    who: Callable[[str], Session]
    lang: Lang
    clock: Clock
    progress: Progress
    ids: Sequence[str]
    rep: str
    withdrawn: str

    def one(self, number: int) -> str:
        """One of them; a small demo has fewer, and the last ones play several parts."""
        return self.ids[min(number, len(self.ids) - 1)]

    @property
    def today(self) -> date:
        """The day of the demo."""
        return shanghai_day(self.clock.now())

    def say(self, key: str) -> str:
        """Words as an officer would type them."""
        return t(f"demo.{key}", self.lang)


def play_consent(stage: Stage) -> None:
    """All of it."""
    _carton(stage)
    _changed_notice(stage)
    _source_system(stage)
    _stops(stage)
    _registers(stage)
    _merge(stage)
    _gone(stage)
    _waiting(stage)
    _proof(stage)


def _carton(stage: Stage) -> None:
    """Forms printed for seven people come back from the scanner: two are accepted, one returned, the rest wait."""
    people = stage.ids[20:27] or stage.ids[-7:]
    chen, sun = stage.who("chen"), stage.who("sun")
    out = stage.path / "forms"
    printed = done(
        consent_forms.print_forms(chen, ref=_NOTICE, out=out, hcp_ids=people, lang=stage.lang, progress=stage.progress)
    )
    serials = [(form.serial, form.path) for form in printed.forms]
    with chen.vault.snapshot() as snap:
        forms = [(record, path.read_bytes()) for serial, path in serials if path and (record := snap.forms.get(serial))]
    scanned = stage.path / "scanned-forms.pdf"
    scan_forms(forms, scanned, signed=stage.today.isoformat(), unread=4, turned=2)
    request = scans.ScanRequest(
        paths=(scanned,), name=stage.say("stack"), place=stage.say("place_of_original"), offered_on=stage.today
    )
    done(scans.take_in_scans(chen, request=request, progress=stage.progress))
    for number in range(3):
        found = done(check_desk.next_form(sun, stack=stage.say("stack"), with_data=False))
        if found is None:
            break
        form = found.form
        if number == 2:
            done(check_desk.return_form(sun, form_id=form.form_id, reason="no_signature"))
            break
        accepted = check_desk.AcceptForm(
            form_id=form.form_id,
            answers=tuple((one.item, "given") for one in form.answers),
            take_offered=True,
            identity_check=stage.say("identity_check"),
        )
        done(check_desk.accept_form(sun, request=accepted))


def _changed_notice(stage: Stage) -> None:
    """Eight people agreed to profiling; the notice then keeps values longer, so they are asked again."""
    zhao, wu, sun = stage.who("zhao"), stage.who("wu"), stage.who("sun")
    scan = stage.path / "consent-profile.pdf"
    scan.write_bytes(make_consent_pdf("Consent form (practice) - profiling", ["[x] yes", "signed"]))
    day = (stage.today - timedelta(days=20)).isoformat()
    people = stage.ids[4:12]
    for hcp_id in people:
        act = recording.RecordConsent(
            hcp_id=hcp_id,
            item="personalise",
            answer="given",
            method=Method.PAPER,
            notice=_OLD,
            presented_at=day,
            acted_at=day,
            evidence=scan,
            identity_check=stage.say("identity_check"),
            asked_by_hcp=True,
            place_of_original=stage.say("place_of_original"),
            page_count=1,
        )
        event = done(recording.record_consent(wu, request=act)).event_id
        done(checking.check_evidence(sun, event_id=event, accept=True, code=""))
    for number, purpose in enumerate(("personalise", "segment"), 2):
        done(transfers.add_assessment(zhao, assessment=_assessment(stage, purpose, number)))
    text = read_text("notices", "CK-PROFILE", "1.0.toml")
    text = text.replace('version = "1.0"\nstate = "active"\nactive_from = 2026-01-01\n', 'version = "1.1"\n')
    text = text.replace("retention_months = 12", "retention_months = 24")
    changed = stage.path / "CK-PROFILE-1.1.toml"
    changed.write_text(text, encoding="utf-8")
    campaign = done(notice_life.activate_notice(zhao, target=str(changed), progress=stage.progress)).campaign
    due = (stage.today + timedelta(days=45)).isoformat()
    done(campaigns.start_campaign(zhao, ref="CK-PROFILE@1.1", due=due, progress=stage.progress))
    for hcp_id in people[:3]:
        done(campaigns.deliver(sun, campaign_id=campaign, hcp_id=hcp_id, channel="visit"))


def _source_system(stage: Stage) -> None:
    """The CRM is told what changed; nothing has come back yet."""
    since = stage.clock.now() - timedelta(days=2)
    out = stage.path / "consent-changes.xlsx"
    done(feeds.send_changes(stage.who("chen"), source="CRM", since=since, path=out, progress=stage.progress))


def _stops(stage: Stage) -> None:
    """One channel rests for everybody, one item is over."""
    done(stops.pause_scope(stage.who("chen"), scope="digital/sms", reason=stage.say("pause_reason")))
    done(stops.end_scope(stage.who("zhao"), scope="event/publish:photo", reason=stage.say("end_reason")))


def _registers(stage: Stage) -> None:
    """A contract with a speaker, a memo that waives one separate consent, two activities, an open case, a payment."""
    zhao, chen, speaker = stage.who("zhao"), stage.who("chen"), stage.one(12)
    support = BasisSupport(
        contract="SPK-2026-014",
        parties=(speaker, t("demo.handler", stage.lang)),
        reasons=(("full_name", stage.say("why_name")), ("institution_name", stage.say("why_hospital"))),
    )
    request = bases.BasisRequest(
        hcp_id=speaker, purpose=Purpose.SPEAKER, basis="contract", reference="SPK-2026-014", support=support
    )
    done(bases.record_basis(chen, request=request))
    done(memos.add_memo(zhao, item="speaker/sensitive:payment", hcp_id=speaker, necessity=stage.say("necessity")))
    for name, purpose, basis, reference in (
        ("activity_visit", Purpose.VISIT, "consent", "SOP-VISIT-01"),
        ("activity_speaker", Purpose.SPEAKER, "contract", "SOP-SPK-03"),
    ):
        done(activities.save_activity(chen, name=stage.say(name), purpose=purpose, basis=basis, reference=reference))
    done(cases.open_case(chen, hcp_id=stage.one(13), kind="access"))


def _merge(stage: Stage) -> None:
    """Somebody was entered twice; two people make one record of it."""
    chen, zhao, kept = stage.who("chen"), stage.who("zhao"), stage.one(30)
    with chen.vault.unit_of_work() as uow:
        row = uow.index.get_many([kept])[kept]
    again = done(
        amendments.add_person(
            chen, values={"full_name": row.name, "institution_name": row.hospital}, source="CRM", held=False
        )
    )
    asked = waits(merging.merge_people(chen, kept=kept, gone=again))
    done(two_person.approve(zhao, request_id=asked.request_id))


def _gone(stage: Stage) -> None:
    """One person asked to be erased, and gets a certificate."""
    zhao, sun, hcp_id = stage.who("zhao"), stage.who("sun"), stage.one(16)
    asked = waits(erasure.request_erasure(zhao, hcp_id=hcp_id, reason="PIPL 47(1)(3)"))
    done(two_person.approve(sun, request_id=asked.request_id))
    request = ProofRequest(
        hcp_id=hcp_id, folder=stage.path / "proof-erasure", reason=stage.say("proof_reason"), recipient="subject"
    )
    done(make_proof_pack(zhao, request=request))


def _waiting(stage: Stage) -> None:
    """A request waits for a second person; a deputy and a plan for recurring packs are approved."""
    waits(erasure.request_erasure(stage.who("chen"), hcp_id=stage.one(59), reason="PIPL 47(1)(3)"))
    until = stage.today + timedelta(days=14)
    asked = deputies.request_deputy(stage.who("zhao"), name="wu", stands_for="chen", begins=stage.today, until=until)
    done(two_person.approve(stage.who("sun"), request_id=waits(asked).request_id))
    plan = plans.request_plan(stage.who("chen"), kind=PlanKind.PACK, people=300, until=until, recipient=stage.rep)
    done(two_person.approve(stage.who("zhao"), request_id=waits(plan).request_id))


def _proof(stage: Stage) -> None:
    """The proof pack of the doctor who withdrew."""
    request = ProofRequest(
        hcp_id=stage.withdrawn,
        folder=stage.path / "proof",
        reason=stage.say("proof_reason"),
        recipient="subject",
    )
    done(make_proof_pack(stage.who("chen"), request=request))


def _assessment(stage: Stage, purpose: str, number: int) -> Assessment:
    return Assessment(
        assessment_id=f"PIA-DEMO-{number}",
        purpose=purpose,
        title=stage.say("assessment_profile"),
        approved_on=stage.today - timedelta(days=30),
        valid_until=None,
        author="chen",
        approver="zhao",
    )
