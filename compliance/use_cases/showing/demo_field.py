"""The last part of the demo: what came back from the field, what audits found, a second file of the same source.

Rules: (1) a rep asks offline and the office takes the signed file in; a yes waits for its check, a no acts; (2) one
finding is answered and waits for the second person, one is open; a hold keeps one person for an inspection; (3) the
later export is compared with who is held, and its bad rows lie in a workbook; (4) two records that may be one person
are left for whoever opens the store.
"""

from datetime import timedelta
from pathlib import Path

from compliance.model.consent import Method
from compliance.model.inspection import Risk
from compliance.use_cases.consent.recording import RecordConsent
from compliance.use_cases.ending import holds
from compliance.use_cases.evidence import findings
from compliance.use_cases.field import bundles, rep_capture, returning, returns
from compliance.use_cases.imports import imports
from compliance.use_cases.people import amendments
from compliance.use_cases.seat.rep_session import RepSession
from compliance.use_cases.showing.demo_consent import Stage, done

_NOTICE = "CK-VISIT@1.0"


def play_field(stage: Stage, session: RepSession, *, pack: Path, export: Path) -> None:
    """All of it. ``session``: the rep's, unlocked; ``export``: the file that was imported."""
    _return(stage, session, pack)
    _inspection(stage)
    _second_file(stage, export)
    _alike(stage)


def _return(stage: Stage, session: RepSession, pack: Path) -> None:
    """Rule 1: one yes with its photograph, one no; the file is looked at before it is taken in."""
    done(bundles.open_bundle(session, path=pack))
    today, proof = stage.today.isoformat(), stage.path / "consent-form.pdf"
    for hcp_id, answer in ((stage.one(0), "given"), (stage.one(2), "refused")):
        request = RecordConsent(
            hcp_id=hcp_id,
            item="digital/email",
            answer=answer,
            method=Method.PAPER,
            notice=_NOTICE,
            presented_at=today,
            acted_at=today,
            evidence=proof if answer == "given" else None,
            identity_check=stage.say("identity_check"),
            asked_by_hcp=True,
            place_of_original=stage.say("place_of_original"),
            page_count=1,
        )
        done(rep_capture.capture_answer(session, request=request))
    file = stage.path / "return-001.ckreturn"
    done(returning.make_return(session, path=file))
    done(returns.receive_return(stage.who("chen"), path=file, dry_run=True))
    done(returns.receive_return(stage.who("chen"), path=file))


def _inspection(stage: Stage) -> None:
    """Rule 2."""
    zhao, chen = stage.who("zhao"), stage.who("chen")
    due = stage.today + timedelta(days=30)
    answered = done(findings.open_finding(zhao, title=stage.say("finding_training"), owner="chen", due=due, item="19"))
    done(
        findings.answer_finding(
            chen, finding_id=answered.finding_id, action=stage.say("finding_action"), reference="TR-2026-11"
        )
    )
    done(findings.open_finding(zhao, title=stage.say("finding_register"), owner="sun", due=due, risk=Risk.LOW))
    until = stage.clock.now() + timedelta(days=60)
    authority, reason = stage.say("hold_authority"), stage.say("hold_reason")
    done(holds.set_hold(zhao, authority=authority, reason=reason, until=until, people=(stage.one(50),)))


def _second_file(stage: Stage, export: Path) -> None:
    """Rule 3: three people have moved, two are gone, two lines hold nobody."""
    lines = export.read_text(encoding="gb18030").splitlines(keepends=True)
    moved = [line.replace("医院", "医院分院", 1) for line in lines[2:5]]
    nobody = ["X-0001,,,,,\r\n", "X-0002,,,,,\r\n"]
    later = stage.path / "crm_export_next_week.csv"
    later.write_text("".join([*lines[:2], *moved, *lines[5:-2], *nobody]), encoding="gb18030", newline="")
    request = imports.ImportRequest(path=later, source="CRM", update=True, errors=stage.path / "rows-to-mend.xlsx")
    done(imports.import_people(stage.who("wu"), request=request, progress=stage.progress))


def _alike(stage: Stage) -> None:
    """Rule 4."""
    chen = stage.who("chen")
    with chen.vault.unit_of_work() as uow:
        row = uow.index.get_many([stage.one(31)])[stage.one(31)]
    values = {"full_name": row.name, "institution_name": row.hospital}
    done(amendments.add_person(chen, values=values, source="CRM", held=False))
