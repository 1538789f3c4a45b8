"""What each role reaches: the matrix for reading, pseudonyms for auditors, two people for what needs two."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from support import STAFF, Desk, Doctor, done, invent, no, shown

from compliance.errors import ComplianceError, InputErrors, VaultError, WrongPassphrase
from compliance.i18n import t
from compliance.model.access import BeforeProof, Purpose, Role
from compliance.model.register import PendingRequest
from compliance.progress import NoProgress
from compliance.use_cases.consent import checking, recording
from compliance.use_cases.evidence import evidence
from compliance.use_cases.imports import imports
from compliance.use_cases.seat import accounts
from compliance.use_cases.seat import session as sessions
from compliance.use_cases.seat.duties import duties
from compliance.use_cases.seeing import cases, profiles
from compliance.use_cases.signing import approvals
from compliance.use_cases.upkeep import settings

NAME, PHONE = "尉迟惊鸿", "13922223333"
#: domain.md 2.2 with architecture section 3: which roles may use which purpose in a master vault at all.
READERS = {
    Purpose.ASK: {Role.COMPLIANCE},
    Purpose.VISIT: {Role.COMPLIANCE},
    Purpose.DIGITAL: {Role.COMPLIANCE},
    Purpose.EVENT: {Role.COMPLIANCE},
    Purpose.MEDICAL: {Role.COMPLIANCE},
    Purpose.SPEAKER: {Role.COMPLIANCE, Role.FINANCE},
    Purpose.SEGMENT: {Role.COMPLIANCE},
    Purpose.PERSONALISE: {Role.COMPLIANCE},
    Purpose.MEDINFO: {Role.COMPLIANCE},
    Purpose.MDM: {Role.COMPLIANCE, Role.CLERK},
    Purpose.RIGHTS: {Role.COMPLIANCE, Role.DPO},
    Purpose.AUDIT: {Role.COMPLIANCE, Role.DPO},
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(tmp_path_factory.mktemp("roles"))
    desk.bring([Doctor(number="R1", name=NAME, phone=PHONE, licence="110000000000777"), *invent(230)])
    hcp = desk.id_of(NAME)
    for item in ("visit", "digital/phone", "event"):
        desk.consent(hcp, item)
    yield desk
    desk.rise()


def test_whoever_may_not_is_told_whose_role_may(desk: Desk) -> None:
    refused = no(imports.undo_import(desk.sit("zheng"), batch="IM-AAAAAAAA"))
    may = [t(f"role.{role}", desk.sit("zheng").lang) for role in Role if role in duties()["undo_import"]]
    assert may and all(words in refused.lifted_by for words in may)
    listed = no(profiles.find_people(desk.sit("zhao"), text="", purpose=Purpose.MDM))
    opened = no(profiles.open_profile(desk.sit("zhao"), hcp_id=desk.id_of(NAME), purpose=Purpose.MDM))
    assert listed.lifted_by == opened.lifted_by and t("role.clerk", desk.sit("zhao").lang) in opened.lifted_by
    assert t("role.dpo", desk.sit("zhao").lang) not in opened.lifted_by


@pytest.mark.req("REQ-044", "REQ-043")
@pytest.mark.parametrize("user", list(STAFF))
def test_each_role_reads_what_the_matrix_grants(desk: Desk, user: str) -> None:
    session, hcp = desk.sit(user), desk.id_of(NAME)
    for purpose in Purpose:
        granted = STAFF[user] in READERS[purpose]
        found = profiles.find_people(session, text=NAME, purpose=purpose).value
        view = profiles.open_profile(session, hcp_id=hcp, purpose=purpose).value
        if not granted:
            assert no_value(found) and no_value(view), (user, purpose)
        text = values(found) + values(view)
        if user == "chen" and purpose is Purpose.VISIT:
            assert NAME in text  # the search below can find what is there
        assert PHONE not in text, (user, purpose)
        if STAFF[user] in (Role.AUDITOR, Role.SECURITY_ADMIN):
            assert NAME not in text
    assert set(profiles.purposes_for(session)) == {p for p, roles in READERS.items() if STAFF[user] in roles}


@pytest.mark.req("REQ-046")
@pytest.mark.parametrize("user", ["zhou", "zheng"])
def test_auditor_and_security_admin_hold_no_key_to_people(desk: Desk, user: str) -> None:
    vault = desk.sit(user).vault
    assert not vault.sees_people
    assert {str(k) for k in vault.keyring.keys} == {"main"}
    with pytest.raises(VaultError):
        _ = vault.keys
    names = {row[1] for row in vault.db.execute("SELECT name, name FROM sqlite_master")}
    assert names  # main.db is there
    for table in ("idx.person", "keys.wrapped_key", "keys.sqlite_master", "idx.sqlite_master"):
        with pytest.raises(ComplianceError):
            vault.db.execute(f"SELECT * FROM {table}")
    lines = evidence.list_entries(desk.sit("zhou"), limit=1000)
    assert NAME not in str(lines.value)


@pytest.mark.req("REQ-017", "REQ-044")
def test_the_clerk_sees_identity_only_and_checks_nothing(desk: Desk) -> None:
    wu, hcp = desk.sit("wu"), desk.id_of(NAME)
    view = done(profiles.open_profile(wu, hcp_id=hcp, purpose=Purpose.MDM))
    seen = shown(view)
    assert seen["full_name"] == NAME
    assert PHONE not in seen.values()
    assert not {"content_topics", "research_interests", "kol_tier", "bank_account"} & set(seen), seen
    made = done(recording.record_consent(desk.sit("chen"), request=desk.act(hcp, "medical")))
    no(checking.check_evidence(wu, event_id=made.event_id, accept=True))
    no(checking.open_evidence(wu, event_id=made.event_id))
    no(profiles.reveal_field(wu, hcp_id=hcp, key="mobile_phone", purpose=Purpose.MDM))
    done(checking.check_evidence(desk.sit("sun"), event_id=made.event_id, accept=False, code="signature_missing"))


@pytest.mark.req("REQ-048", "REQ-040")
def test_a_phone_is_revealed_only_under_its_item(desk: Desk) -> None:
    chen, hcp = desk.sit("chen"), desk.id_of(NAME)
    field = done(profiles.reveal_field(chen, hcp_id=hcp, key="mobile_phone", purpose=Purpose.DIGITAL))
    assert field.value == PHONE
    last = done(evidence.list_entries(desk.sit("zhou"), limit=5, kind="value_revealed"))[0]
    assert last.fields == ("mobile_phone",) and PHONE not in str(last)
    with pytest.raises((InputErrors, AssertionError)):
        done(profiles.reveal_field(chen, hcp_id=hcp, key="bank_account", purpose=Purpose.DIGITAL))
    other = desk.id_of(invent(230)[0].name, invent(230)[0].hospital)
    desk.consent(other)
    no(profiles.reveal_field(chen, hcp_id=other, key="mobile_phone", purpose=Purpose.VISIT))
    no(profiles.reveal_field(chen, hcp_id=other, key="mobile_phone", purpose=Purpose.DIGITAL))
    for user in ("wu", "zhou", "zheng", "qian"):
        no(profiles.reveal_field(desk.sit(user), hcp_id=hcp, key="mobile_phone", purpose=Purpose.DIGITAL))


@pytest.mark.req("REQ-044")
def test_rights_without_a_case_shows_less(desk: Desk) -> None:
    chen, hcp = desk.sit("chen"), desk.id_of(NAME)
    without = shown(done(profiles.open_profile(chen, hcp_id=hcp, purpose=Purpose.RIGHTS)))
    case = done(cases.open_case(desk.sit("zhao"), hcp_id=hcp, kind="access"))
    within = shown(done(profiles.open_profile(chen, hcp_id=hcp, purpose=Purpose.RIGHTS, case_id=case.case_id)))
    # an open request closes asking: a channel that was only open for asking is none until it is answered
    assert set(without) - {"permitted_channels"} <= set(within)
    other = desk.id_of(invent(230)[1].name, invent(230)[1].hospital)
    foreign = profiles.open_profile(chen, hcp_id=other, purpose=Purpose.RIGHTS, case_id=case.case_id).value
    plain = profiles.open_profile(chen, hcp_id=other, purpose=Purpose.RIGHTS).value
    assert set(shown(foreign)) == set(shown(plain))  # another's case opens nothing more
    done(cases.close_case(desk.sit("zhao"), case_id=case.case_id))
    after = shown(done(profiles.open_profile(chen, hcp_id=hcp, purpose=Purpose.RIGHTS, case_id=case.case_id)))
    assert after == without


@pytest.mark.req("REQ-046")
@pytest.mark.parametrize("user", ["chen", "wu", "qian", "zhou", "zheng"])
def test_only_the_privacy_officer_adds_users(desk: Desk, user: str) -> None:
    no(accounts.add_user(desk.sit(user), name="evil", role=Role.DPO, passphrase="a long passphrase 1"))
    assert "evil" not in sessions.peek_vault(desk.vault).users


@pytest.mark.req("REQ-046")
def test_no_name_holds_two_roles_and_no_rep_a_slot(desk: Desk) -> None:
    zhao = desk.sit("zhao")
    for name, role in (("zhou", Role.SECURITY_ADMIN), ("zheng", Role.COMPLIANCE), ("Zhou ", Role.CLERK)):
        with pytest.raises(InputErrors):
            accounts.add_user(zhao, name=name, role=role, passphrase="a long passphrase 1")
    for role in (Role.REP, Role.MSL):
        with pytest.raises(InputErrors):
            accounts.add_user(zhao, name="repslot", role=role, passphrase="a long passphrase 1")


@pytest.mark.req("REQ-045")
def test_a_reset_takes_two(desk: Desk) -> None:
    asked = done(accounts.reset_user(desk.sit("zhao"), name="qian", new_passphrase="fresh passphrase 9"))
    assert isinstance(asked, PendingRequest)
    no(approvals.approve(desk.sit("zhao"), request_id=asked.request_id))
    for user in ("wu", "zhou", "zheng", "qian"):
        no(approvals.approve(desk.sit(user), request_id=asked.request_id))
    with pytest.raises(WrongPassphrase):
        desk.fresh("qian", "fresh passphrase 9")
    done(approvals.approve(desk.sit("chen"), request_id=asked.request_id))
    again = desk.fresh("qian", "fresh passphrase 9")
    assert again.role is Role.FINANCE
    sessions.close_session(again)
    with pytest.raises(WrongPassphrase):
        desk.fresh("qian")
    with pytest.raises(InputErrors):
        approvals.approve(desk.sit("sun"), request_id=asked.request_id)  # not twice


@pytest.mark.req("REQ-045")
def test_loosening_takes_two_tightening_one(desk: Desk) -> None:
    zhao = desk.sit("zhao")
    assert not isinstance(done(settings.set_before_proof(zhao, choice=BeforeProof.NOTHING, until=None)), PendingRequest)
    assert done(settings.get_settings(zhao))["before_proof"] == "nothing"
    asked = done(settings.set_before_proof(zhao, choice=BeforeProof.TRANSITION, until=date(2026, 12, 24)))
    assert isinstance(asked, PendingRequest)
    no(approvals.approve(zhao, request_id=asked.request_id))
    assert done(settings.get_settings(zhao))["before_proof"] == "nothing"
    done(approvals.reject(desk.sit("chen"), request_id=asked.request_id))
    assert done(settings.get_settings(zhao))["before_proof"] == "nothing"
    with pytest.raises(InputErrors):
        approvals.approve(desk.sit("chen"), request_id=asked.request_id)
    with pytest.raises(InputErrors):  # at most 90 days
        settings.set_before_proof(zhao, choice=BeforeProof.TRANSITION, until=date(2027, 3, 1))
    for user in ("chen", "wu", "zhou", "zheng"):
        no(settings.set_before_proof(desk.sit(user), choice=BeforeProof.NOTHING, until=None))
    card = done(settings.set_before_proof(zhao, choice=BeforeProof.CARD, until=None))
    assert isinstance(card, PendingRequest)
    done(approvals.approve(desk.sit("chen"), request_id=card.request_id))
    assert done(settings.get_settings(zhao))["before_proof"] == "card"


@pytest.mark.req("REQ-045")
def test_an_export_of_200_takes_two(desk: Desk, tmp_path: Path) -> None:
    chen, out = desk.sit("chen"), tmp_path / "all.xlsx"
    asked = profiles.export_people(chen, purpose=Purpose.MDM, path=out, progress=NoProgress()).value
    assert isinstance(asked, PendingRequest)
    assert not out.exists()
    no(approvals.approve(chen, request_id=asked.request_id))
    assert not out.exists()
    done(approvals.approve(desk.sit("sun"), request_id=asked.request_id))
    assert out.exists() and out.stat().st_mode & 0o077 == 0
    turned = profiles.export_people(chen, purpose=Purpose.MDM, path=tmp_path / "b.xlsx", progress=NoProgress()).value
    assert isinstance(turned, PendingRequest)
    done(approvals.reject(desk.sit("sun"), request_id=turned.request_id))
    assert not (tmp_path / "b.xlsx").exists()
    for user in ("wu", "qian", "zhou", "zheng"):
        no(profiles.export_people(desk.sit(user), purpose=Purpose.MDM, path=tmp_path / "c.xlsx", progress=NoProgress()))
    assert not (tmp_path / "c.xlsx").exists()


@pytest.mark.req("REQ-045")
def test_a_withdrawal_between_request_and_approval_counts(desk: Desk, tmp_path: Path) -> None:
    """The list is decided when it is written, not when it was asked for."""
    hcp = desk.id_of(NAME)
    out = tmp_path / "late.xlsx"
    asked = profiles.export_people(desk.sit("chen"), purpose=Purpose.MDM, path=out, progress=NoProgress()).value
    assert isinstance(asked, PendingRequest)
    erase = done(
        approvals.request_erasure(
            desk.sit("chen"), hcp_id=desk.id_of(invent(230)[9].name, invent(230)[9].hospital), reason="PIPL 47"
        )
    )
    done(approvals.approve(desk.sit("sun"), request_id=erase.request_id))
    report = done(approvals.approve(desk.sit("sun"), request_id=asked.request_id))
    assert int(report.result["people"]) < 231 and hcp
    assert invent(230)[9].phone not in out.read_bytes().decode("latin-1")


def test_the_matrix_names_every_purpose() -> None:
    assert set(READERS) == set(Purpose)


def values(answer: object) -> str:
    """Every value of a page or a profile; their repr keeps values to itself."""
    people = getattr(answer, "rows", None) or [answer]
    return " ".join(str(f.value) for person in people for f in getattr(person, "fields", ()))


def no_value(value: object) -> bool:
    from compliance.model.answer import Refusal

    return isinstance(value, Refusal)
