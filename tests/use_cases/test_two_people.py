"""What takes two and what one person may do alone (architecture section 3), act by act, through the use cases."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from support import PASS, STAFF, Desk, done, invent, no

from compliance.errors import InputErrors
from compliance.model.access import BeforeProof, Purpose, Role
from compliance.model.register import PendingRequest
from compliance.policy.policy_set import PolicySet
from compliance.progress import NoProgress
from compliance.use_cases.consent import withdrawing
from compliance.use_cases.ending import erasure
from compliance.use_cases.evidence import evidence
from compliance.use_cases.field import bundles, sheets
from compliance.use_cases.overview import today
from compliance.use_cases.people import amendments, objections
from compliance.use_cases.seat import accounts
from compliance.use_cases.seat import session as sessions
from compliance.use_cases.seeing import people_export, profiles
from compliance.use_cases.signing import approvals, deputies, plans
from compliance.use_cases.signing.plans import PlanKind
from compliance.use_cases.upkeep import settings

PEOPLE = 210


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A vault with staff, 210 people, all of them one rep's."""
    made = Desk.create(tmp_path_factory.mktemp("two"))
    made.bring(invent(PEOPLE))
    page = done(profiles.find_people(made.sit("chen"), text="", purpose=Purpose.MDM, limit=PEOPLE))
    ids = tuple(row.hcp_id for row in page.rows)
    assert len(ids) == PEOPLE
    clock = made.sit("zhao").clock
    init = bundles.init_rep(made.folder / "rep.ckvault", passphrase="a rep's long passphrase", clock=clock)
    made.rep("gaolan", "E009", init.recipient)
    made.assign(*ids, rep="gaolan")
    made.ids = ids  # type: ignore[attr-defined]
    yield made
    made.rise()


def waits(answer) -> str:  # type: ignore[no-untyped-def]
    """The request that now waits; the requester cannot sign it."""
    assert isinstance(answer.value, PendingRequest), answer.value
    return answer.value.request_id


def plan(desk: Desk, **scope: object) -> str:
    """An approved plan."""
    asked = waits(plans.request_plan(desk.sit("zhao"), **scope))  # type: ignore[arg-type]
    no(approvals.approve(desk.sit("zhao"), request_id=asked))
    return str(done(approvals.approve(desk.sit("chen"), request_id=asked)).result["plan"])


@pytest.mark.req("REQ-045")
def test_loosening_takes_two_and_tightening_one(desk: Desk) -> None:
    zhao = desk.sit("zhao")
    done(settings.set_before_proof(zhao, choice=BeforeProof.NOTHING, until=None))
    asked = waits(settings.set_before_proof(zhao, choice=BeforeProof.CARD, until=None))
    assert no(approvals.approve(zhao, request_id=asked)).reason == "same_person"
    assert done(settings.get_settings(zhao))["before_proof"] == "nothing"
    done(approvals.approve(desk.sit("chen"), request_id=asked))
    assert done(settings.get_settings(zhao))["before_proof"] == "card"
    tight = done(settings.set_before_proof(zhao, choice=BeforeProof.NOTHING, until=None))
    assert not isinstance(tight, PendingRequest)
    assert done(settings.get_settings(zhao))["before_proof"] == "nothing"


@pytest.mark.req("REQ-045")
def test_every_erasure_takes_two(desk: Desk) -> None:
    gone = desk.ids[-1]  # type: ignore[attr-defined]
    asked = waits(erasure.request_erasure(desk.sit("chen"), hcp_id=gone, reason="PIPL 47"))
    assert no(approvals.approve(desk.sit("chen"), request_id=asked)).reason == "same_person"
    done(approvals.approve(desk.sit("sun"), request_id=asked))


@pytest.mark.req("REQ-045", "REQ-046")
@pytest.mark.parametrize("role", [Role.DPO, Role.FINANCE])
def test_dpo_and_finance_take_two_after_the_first_import(desk: Desk, role: Role, tmp_path: Path) -> None:
    name = f"new{role}"
    asked = waits(accounts.add_user(desk.sit("zhao"), name=name, role=role, passphrase=f"{PASS} {name}"))
    no(approvals.approve(desk.sit("zhao"), request_id=asked))
    assert name not in sessions.peek_vault(desk.vault).users
    done(approvals.approve(desk.sit("chen"), request_id=asked))
    assert name in sessions.peek_vault(desk.vault).users
    done(accounts.remove_user(desk.sit("zhao"), name=name))
    clerk = done(accounts.add_user(desk.sit("zhao"), name=f"c{role}", role=Role.CLERK, passphrase=f"{PASS} c"))
    assert not isinstance(clerk, PendingRequest)


@pytest.mark.req("REQ-045")
def test_before_the_first_import_the_officer_adds_finance_alone(tmp_path: Path) -> None:
    fresh = Desk.create(tmp_path / "fresh", staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE})
    made = done(accounts.add_user(fresh.sit("zhao"), name="qian", role=Role.FINANCE, passphrase=f"{PASS} qian"))
    assert not isinstance(made, PendingRequest)
    assert accounts.signers_missing(fresh.sit("zhao")) == 1
    tiles = {tile.key: tile.count for tile in today.today(fresh.sit("zhao")).value.tiles}
    assert tiles["signers"] == 1
    assert "signers" not in {tile.key for tile in today.today(fresh.sit("chen")).value.tiles}
    done(accounts.add_user(fresh.sit("zhao"), name="sun", role=Role.COMPLIANCE, passphrase=f"{PASS} sun"))
    assert accounts.signers_missing(fresh.sit("zhao")) == 0
    fresh.rise()


@pytest.mark.req("REQ-045")
def test_key_recovery_takes_two(desk: Desk) -> None:
    asked = waits(accounts.reset_user(desk.sit("zhao"), name="qian", new_passphrase="fresh passphrase 9"))
    assert no(approvals.approve(desk.sit("zhao"), request_id=asked)).reason == "same_person"
    done(approvals.reject(desk.sit("zhao"), request_id=asked))


@pytest.mark.req("REQ-045")
def test_lists_packs_and_sheets_of_200_take_two(desk: Desk, tmp_path: Path) -> None:
    chen, ids = desk.sit("chen"), desk.ids  # type: ignore[attr-defined]
    files = {name: tmp_path / name for name in ("list.xlsx", "one.ckpack", "sheets")}
    asked = [
        waits(people_export.export_people(chen, purpose=Purpose.MDM, path=files["list.xlsx"], progress=NoProgress())),
        waits(bundles.make_bundle(chen, rep="gaolan", path=files["one.ckpack"])),
        waits(
            sheets.make_sheets(
                chen, hcp_ids=ids, purpose=Purpose.VISIT, rep="gaolan", out=files["sheets"], progress=NoProgress()
            )
        ),
    ]
    assert not any(path.exists() for path in files.values())
    for request_id in asked:
        assert no(approvals.approve(chen, request_id=request_id)).reason == "same_person"
    for request_id in asked[:2]:
        done(approvals.approve(desk.sit("sun"), request_id=request_id))
    assert files["list.xlsx"].exists() and files["one.ckpack"].exists()
    made = done(approvals.approve(desk.sit("sun"), request_id=asked[2]))
    assert made.result["refused"] == len(ids), "nobody has consented"
    few = sheets.make_sheets(
        chen, hcp_ids=ids[:199], purpose=Purpose.VISIT, rep="gaolan", out=tmp_path / "few", progress=NoProgress()
    )
    assert not isinstance(few.value, PendingRequest)


@pytest.mark.req("REQ-045")
def test_whatever_protects_takes_one(desk: Desk, tmp_path: Path) -> None:
    ids, wu = desk.ids, desk.sit("wu")  # type: ignore[attr-defined]
    for answer in (
        withdrawing.withdraw_consent(wu, hcp_id=ids[0], items=None, received_at=desk.at.isoformat(), channel="email"),
        amendments.freeze_person(wu, hcp_id=ids[1]),
        objections.object_public(wu, hcp_id=ids[2]),
        settings.set_before_proof(desk.sit("zhao"), choice=BeforeProof.NOTHING, until=None),
        approvals.call_back_key(desk.sit("chen")),
    ):
        assert not isinstance(done(answer), PendingRequest)
    done(accounts.add_user(desk.sit("zhao"), name="leaving", role=Role.CLERK, passphrase=f"{PASS} leaving"))
    done(accounts.remove_user(desk.sit("zheng"), name="leaving"))  # the security admin, alone


@pytest.mark.req("REQ-046")
@pytest.mark.parametrize("name", ["zheng", "zhou", "wu", "chen", "ZHENG", " zhou ", "ｗｕ"])
@pytest.mark.parametrize("role", [Role.SECURITY_ADMIN, Role.AUDITOR, Role.CLERK, Role.COMPLIANCE])
def test_one_person_holds_one_of_three_parts(desk: Desk, name: str, role: Role) -> None:
    """A person is a user name, upper, lower and full width alike: whoever is there is refused a second part."""
    with pytest.raises(InputErrors) as fault:
        accounts.add_user(desk.sit("zhao"), name=name, role=role, passphrase=f"{PASS} twice")
    held = STAFF[{"ZHENG": "zheng", " zhou ": "zhou", "ｗｕ": "wu"}.get(name, name)]
    parts = ({Role.SECURITY_ADMIN}, {Role.AUDITOR}, {Role.CLERK, Role.COMPLIANCE})
    apart = not any({held, role} <= part for part in parts)
    assert fault.value.code == ("roles_apart" if apart else "user_exists")


@pytest.mark.req("REQ-046")
def test_who_has_left_does_not_come_back_in_another_part(desk: Desk) -> None:
    zhao = desk.sit("zhao")
    done(accounts.add_user(zhao, name="tian", role=Role.AUDITOR, passphrase=f"{PASS} tian"))
    done(accounts.remove_user(zhao, name="tian"))
    for role in (Role.CLERK, Role.SECURITY_ADMIN):
        with pytest.raises(InputErrors) as fault:
            accounts.add_user(zhao, name="Tian", role=role, passphrase=f"{PASS} tian")
        assert fault.value.code == "roles_apart"


@pytest.mark.req("REQ-045")
def test_a_plan_covers_its_scope_and_nothing_else(desk: Desk, tmp_path: Path) -> None:
    chen, here = desk.sit("chen"), desk.at
    until = date(2026, 12, 24)

    def lists(purpose: Purpose, name: str) -> object:
        return people_export.export_people(chen, purpose=purpose, path=tmp_path / name, progress=NoProgress()).value

    small = plan(desk, kind=PlanKind.PEOPLE_LIST, purpose=Purpose.MDM, people=200, until=until)
    assert isinstance(lists(Purpose.MDM, "a.xlsx"), PendingRequest), "more people than the plan says"
    done(plans.end_plan(chen, plan_id=small))
    wide = plan(desk, kind=PlanKind.PEOPLE_LIST, purpose=Purpose.MDM, people=300, until=until)
    assert isinstance(lists(Purpose.MDM, "b.xlsx"), people_export.ExportReport)
    entry = done(evidence.list_entries(desk.sit("zhou"), limit=5, kind="export_approved"))[0]
    assert entry.detail["plan"] == wide
    packed = bundles.make_bundle(chen, rep="gaolan", path=tmp_path / "p.ckpack").value
    assert isinstance(packed, PendingRequest), "another kind of work"
    plan(desk, kind=PlanKind.PACK, recipient="gaolan", people=300, until=until)
    packed = bundles.make_bundle(chen, rep="gaolan", path=tmp_path / "q.ckpack").value
    assert isinstance(packed, bundles.BundleMade)
    try:
        desk.wait(days=31)
        assert done(plans.list_plans(desk.sit("chen"))) == ()
        late = bundles.make_bundle(desk.sit("chen"), rep="gaolan", path=tmp_path / "r.ckpack").value
        assert isinstance(late, PendingRequest), "it ended by itself"
    finally:
        desk.at = here
    desk.sit("chen")
    assert [p.plan_id for p in done(plans.list_plans(chen)) if p.kind is PlanKind.PEOPLE_LIST] == [wide]
    done(plans.end_plan(desk.sit("sun"), plan_id=wide))
    assert isinstance(lists(Purpose.MDM, "c.xlsx"), PendingRequest), "ended by one person"
    for user in ("wu", "zhou", "zheng", "qian"):
        no(plans.request_plan(desk.sit(user), kind=PlanKind.PACK, recipient="gaolan", people=9, until=until))
        no(plans.end_plan(desk.sit(user), plan_id=wide))


@pytest.mark.parametrize(
    ("scope", "code"),
    [
        ({"kind": PlanKind.PACK, "recipient": "gaolan", "people": 9, "until": date(2026, 12, 25)}, "plan_until"),
        ({"kind": PlanKind.PACK, "recipient": "gaolan", "people": 9, "until": date(2026, 11, 23)}, "plan_until"),
        ({"kind": PlanKind.PACK, "recipient": "gaolan", "people": 0, "until": date(2026, 12, 1)}, "bad_people"),
        ({"kind": PlanKind.PACK, "people": 9, "until": date(2026, 12, 1)}, "recipient_needed"),
        ({"kind": PlanKind.PACK, "recipient": "nobody", "people": 9, "until": date(2026, 12, 1)}, "unknown_rep"),
        ({"kind": PlanKind.PEOPLE_LIST, "people": 9, "until": date(2026, 12, 1)}, "purpose_needed"),
    ],
)
def test_a_plan_without_a_scope_is_not_asked_for(desk: Desk, scope: dict[str, object], code: str) -> None:
    with pytest.raises(InputErrors) as fault:
        plans.request_plan(desk.sit("zhao"), **scope)  # type: ignore[arg-type]
    assert fault.value.code == code


@pytest.mark.req("REQ-045")
def test_a_deputy_signs_in_their_days_only(desk: Desk, tmp_path: Path) -> None:
    zhao, here = desk.sit("zhao"), desk.at
    begins, until = date(2026, 11, 25), date(2026, 11, 27)

    def ask() -> str:
        return waits(settings.set_before_proof(desk.sit("zhao"), choice=BeforeProof.CARD, until=None))

    for name, stands_for, code in (
        ("zhou", "chen", "deputy_role"),
        ("zheng", "chen", "deputy_role"),
        ("wu", "qian", "deputy_for"),
        ("nobody", "chen", "unknown_user"),
    ):
        with pytest.raises(InputErrors) as fault:
            deputies.request_deputy(zhao, name=name, stands_for=stands_for, begins=begins, until=until)
        assert fault.value.code == code
    with pytest.raises(InputErrors) as fault:
        deputies.request_deputy(zhao, name="wu", stands_for="chen", begins=begins, until=date(2027, 6, 1))
    assert fault.value.code == "deputy_days"
    named = waits(deputies.request_deputy(zhao, name="wu", stands_for="chen", begins=begins, until=until))
    no(approvals.approve(zhao, request_id=named))
    no(approvals.approve(desk.sit("wu"), request_id=named))
    done(approvals.approve(desk.sit("chen"), request_id=named))
    first = ask()
    assert no(approvals.approve(desk.sit("wu"), request_id=first)).reason == "role_not_allowed", "not yet"
    try:
        desk.wait(days=1)
        done(approvals.approve(desk.sit("wu"), request_id=first))
        done(settings.set_before_proof(desk.sit("zhao"), choice=BeforeProof.NOTHING, until=None))
        listed = waits(
            people_export.export_people(
                desk.sit("sun"), purpose=Purpose.MDM, path=tmp_path / "x.xlsx", progress=NoProgress()
            )
        )
        refused = no(approvals.approve(desk.sit("wu"), request_id=listed))
        assert refused.reason == "deputy_cannot_carry" and not (tmp_path / "x.xlsx").exists()
        done(approvals.reject(desk.sit("wu"), request_id=listed))
        second = ask()
        desk.wait(days=3)
        assert no(approvals.approve(desk.sit("wu"), request_id=second)).reason == "role_not_allowed", "over"
        done(approvals.reject(desk.sit("zhao"), request_id=second))
    finally:
        desk.at = here
    assert [d.name for d in deputies.list_deputies(desk.sit("zhao")).value] == ["wu"]
    done(deputies.end_deputy(desk.sit("chen"), name="wu"))
    assert deputies.list_deputies(desk.sit("zhao")).value == ()
    third = ask()
    desk.wait(days=1)
    try:
        no(approvals.approve(desk.sit("wu"), request_id=third))
        done(approvals.reject(desk.sit("zhao"), request_id=third))
    finally:
        desk.at = here


@pytest.mark.req("REQ-045")
def test_two_halves_are_a_whole(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = PolicySet.parameter
    small = lambda self, name, at: 8 if name == "bulk_two_person_persons" else known(self, name, at)  # noqa: E731
    monkeypatch.setattr(PolicySet, "parameter", small)
    desk.wait(days=2)

    def export(number: int, name: str, who: str = "chen"):  # type: ignore[no-untyped-def]
        return people_export.export_people(
            desk.sit(who), purpose=Purpose.MDM, path=tmp_path / name, text=f"hospital:示例第{number}医院",
            progress=NoProgress(),
        )  # fmt: skip

    first = done(export(31, "1.xlsx"))
    assert 4 <= first.people < 8
    assert done(export(31, "2.xlsx")).people == first.people, "the same people again are no more people"
    asked = waits(export(32, "3.xlsx"))
    assert done(export(32, "4.xlsx", who="sun")).people, "lists of somebody else are their own"
    done(approvals.approve(desk.sit("sun"), request_id=asked))
    assert waits(export(33, "5.xlsx")), "what two signed for is not counted, what one made is"
    desk.wait(hours=25)
    assert done(export(33, "6.xlsx")).people
