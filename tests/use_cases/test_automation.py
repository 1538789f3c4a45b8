"""Automated decisions: registered rules with explanations under an assessment, and a person's way out (PIPL 24)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support import Desk, Doctor, done, no

from compliance.clock import FixedClock, shanghai_day
from compliance.errors import InputErrors
from compliance.i18n import Lang
from compliance.model.access import Purpose
from compliance.model.audit import Kind
from compliance.model.register import Assessment, PendingRequest
from compliance.progress import NoProgress
from compliance.use_cases.bases import transfers
from compliance.use_cases.people import amendments, automation
from compliance.use_cases.rules import replay
from compliance.use_cases.seeing import explained_rules, people_export, people_list, profiles
from compliance.use_cases.signing import approvals

PROFILE = "CK-PROFILE@1.0"
TITLES = ("主任医师", "主治医师", "住院医师")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Three people with titles who agreed to profiling and suggestions; nothing assessed yet."""
    made = Desk.create(tmp_path_factory.mktemp("rules"))
    people = [
        Doctor(number=f"R{n}", name=name, title=title)
        for n, (name, title) in enumerate(zip(("东方既白", "百里行舟", "万俟长风"), TITLES, strict=True))
    ]
    made.bring(people)
    made.ids = [made.id_of(p.name) for p in people]  # type: ignore[attr-defined]
    for hcp_id in made.ids:  # type: ignore[attr-defined]
        for item in ("segment", "personalise"):
            made.consent(hcp_id, item, notice=PROFILE)
    yield made
    made.rise()


def assess(desk: Desk, purpose: str) -> None:
    row = Assessment(
        assessment_id=f"PIA-{purpose}",
        purpose=purpose,
        title="评估",
        approved_on=shanghai_day(desk.at) - timedelta(days=1),
        valid_until=None,
        author="甲",
        approver="乙",
    )
    done(transfers.add_assessment(desk.sit("zhao"), assessment=row))


def logged(desk: Desk, kind: Kind):  # type: ignore[no-untyped-def]
    with desk.sit("zhao").vault.snapshot() as snap:
        return snap.log.find(kind=kind, limit=1)[0]


@pytest.mark.req("REQ-054")
def test_a_tier_run_needs_its_assessment_and_each_result_lists_its_inputs(desk: Desk) -> None:
    chen = desk.sit("chen")
    refused = no(explained_rules.run_rule(chen, rule_id="T1"))
    assert refused.reason == "assessment_missing"
    assert {"statute": "PIPL", "article": "55(2)"} in [one.as_json() for one in refused.references]
    assess(desk, "segment")
    run = done(explained_rules.run_rule(chen, rule_id="T1"))
    assert run.assessment == "PIA-segment" and len(run.results) == run.total == 3
    tiers = {one.hcp_id: one for one in run.results}
    assert [tiers[hcp_id].en for hcp_id in desk.ids] == ["advanced", "standard", "introductory"]  # type: ignore[attr-defined]
    for hcp_id, title in zip(desk.ids, TITLES, strict=True):  # type: ignore[attr-defined]
        one = tiers[hcp_id]
        assert [(given.key, given.value) for given in one.inputs] == [("professional_title", title)]
        assert one.inputs[0].source_date is not None and one.basis == "segment" and one.case > 0
    entry = logged(desk, Kind.RULE_RUN).data
    assert entry["detail"] == {
        "rule": "T1",
        "rule_digest": run.rule.digest,
        "assessment": "PIA-segment",
        "results": 3,
    }
    assert entry["fields"] == ["professional_title"] and sorted(entry["hcps"]) == sorted(desk.ids)  # type: ignore[attr-defined]


@pytest.mark.req("REQ-054")
def test_only_a_registered_rule_runs_and_only_for_its_role(desk: Desk) -> None:
    assert no(explained_rules.run_rule(desk.sit("chen"), rule_id="T99")).reason == "rule_not_registered"
    for who in ("zhao", "wu", "qian", "zhou"):
        assert no(explained_rules.run_rule(desk.sit(who), rule_id="T1")).reason == "role_not_allowed"
    with pytest.raises(InputErrors, match="bad_limit"):
        explained_rules.run_rule(desk.sit("chen"), rule_id="T1", limit=201)


@pytest.mark.req("REQ-054")
def test_what_rests_on_nothing_is_no_result(desk: Desk) -> None:
    assess(desk, "personalise")
    run = done(explained_rules.run_rule(desk.sit("chen"), rule_id="N5"))
    assert run.results and all((one.case, one.en, one.inputs) == (0, "", ()) for one in run.results)


@pytest.mark.req("REQ-055")
def test_who_opts_out_is_not_on_the_next_suggestion_list(desk: Desk) -> None:
    gone = desk.ids[0]  # type: ignore[attr-defined]
    chen = desk.sit("chen")
    before = done(explained_rules.run_rule(chen, rule_id="N5"))
    assert gone in {one.hcp_id for one in before.results}
    done(profiles.open_profile(chen, hcp_id=gone, purpose=Purpose.PERSONALISE))
    then = logged(desk, Kind.PROFILE_OPENED).index
    done(automation.refuse_automation(desk.sit("wu"), hcp_id=gone))
    after = done(explained_rules.run_rule(chen, rule_id="N5"))
    assert gone not in {one.hcp_id for one in after.results} and after.total == before.total - 1
    found = done(people_list.find_people(chen, text="", purpose=Purpose.PERSONALISE))
    assert gone not in {row.hcp_id for row in found.rows}
    assert no(profiles.open_profile(chen, hcp_id=gone, purpose=Purpose.PERSONALISE)).reason == "adm_optout"
    assert done(replay.replay_decision(desk.sit("zhao"), index=then)).outcome == "same", "it was allowed then"
    assert logged(desk, Kind.AUTOMATION_CHOICE).data["detail"]["refused"] is True
    with pytest.raises(InputErrors, match="automation_unchanged"):
        automation.refuse_automation(desk.sit("wu"), hcp_id=gone)

    day = shanghai_day(desk.at).isoformat()
    back = {"hcp_id": gone, "received_at": day, "channel": "电话"}
    assert no(automation.allow_automation(desk.sit("wu"), **back)).reason == "role_not_allowed"
    with pytest.raises(InputErrors, match="channel_missing"):
        automation.allow_automation(chen, **{**back, "channel": " "})
    done(automation.allow_automation(chen, **back))
    again = done(explained_rules.run_rule(chen, rule_id="N5"))
    assert gone in {one.hcp_id for one in again.results}


@pytest.mark.req("REQ-055", "REQ-045")
def test_a_rule_leaves_nobody_off_the_speakers_list_without_its_reviewer(desk: Desk, tmp_path: Path) -> None:
    chen, ids = desk.sit("chen"), desk.ids  # type: ignore[attr-defined]
    for hcp_id in ids[:2]:
        desk.consent(hcp_id, "speaker", notice="CK-SPEAKER@1.0")
    off, kept = ids[:2]
    done(
        amendments.amend_person(
            chen, hcp_id=off, key="employer_approval", value="refused", source="CRM", purpose=Purpose.SPEAKER
        )
    )
    out = tmp_path / "speakers.xlsx"

    def ask(**more: object):  # type: ignore[no-untyped-def]
        asked = {"purpose": Purpose.SPEAKER, "path": out, "rule": "S1", "progress": NoProgress(), **more}
        return people_export.export_people(chen, **asked)  # type: ignore[arg-type]

    assert no(ask(reviewer="sun")).reason == "assessment_missing"
    assess(desk, "speaker")
    refused = no(ask())
    assert refused.reason == "reviewer_needed"
    assert {"statute": "PIPL", "article": "24(3)"} in [one.as_json() for one in refused.references]
    for who in ("chen", "wu", "nobody"):
        with pytest.raises(InputErrors, match="bad_reviewer"):
            ask(reviewer=who)
    with pytest.raises(InputErrors, match="bad_exclusion_rule"):
        ask(rule="T1", reviewer="sun")
    assert no(ask(rule="S9", reviewer="sun")).reason == "rule_not_registered"
    request = ask(reviewer="sun").value
    assert isinstance(request, PendingRequest) and not out.exists()
    assert logged(desk, Kind.REQUESTED).data["hcps"] == [off], "who is left out is named where it was asked"
    assert sorted(logged(desk, Kind.RULE_RUN).data["hcps"]) == sorted([off, kept]), "looking is logged"
    assert "sun" in approvals.request_words(request, "en") and "S1" in approvals.request_words(request, "en")
    assert no(approvals.approve(desk.sit("zhao"), request_id=request.request_id)).reason == "not_the_reviewer"
    assert not out.exists()
    road, file, sig = tmp_path / "zhao.key", tmp_path / "asked.json", tmp_path / "zhao.sig"
    done(approvals.carry_key(desk.sit("zhao"), path=road, passphrase="a passphrase for the road"))
    done(approvals.export_request(chen, request_id=request.request_id, path=file))
    clock = FixedClock(desk.at)
    done(
        approvals.sign_request(
            file, key=road, passphrase="a passphrase for the road", out=sig, clock=clock, lang=Lang.EN
        )
    )
    assert no(approvals.import_signature(chen, path=sig)).reason == "not_the_reviewer", "nor by file"
    assert not out.exists()
    made = done(approvals.approve(desk.sit("sun"), request_id=request.request_id)).result
    assert made["people"] == 1 and out.exists()
    entry = logged(desk, Kind.EXPORT_APPROVED).data
    assert entry["hcps"] == [kept]
    assert (entry["detail"]["rule"], entry["detail"]["reviewer"], entry["detail"]["left_out"]) == ("S1", "sun", 1)
