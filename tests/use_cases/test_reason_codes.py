"""A rep hears an action, one reason and a code; an officer opens the code (product idea 5, REQ-044)."""

import random
from collections.abc import Iterator
from itertools import product

import pytest
from support import NOW, Desk, Doctor, done, no

from compliance.clock import FixedClock
from compliance.errors import InputErrors
from compliance.i18n import Lang, t
from compliance.model.access import FieldState, Purpose, Role
from compliance.model.reference_code import PackCode, pack_code, read_code
from compliance.use_cases.consent import recording, withdrawing
from compliance.use_cases.field import bundles
from compliance.use_cases.notices.about_words import about_words
from compliance.use_cases.people import amendments, disputes
from compliance.use_cases.seat.rep_session import RepSession
from compliance.use_cases.seat.session import close_session, open_session
from compliance.use_cases.seeing import profiles
from compliance.use_cases.seeing.profiles import WhyCard
from compliance.use_cases.seeing.reason_codes import OpenedReason, open_reason

IDS: dict[str, str] = {}
STORIES = ("上官无问", "上官拒绝", "上官撤回", "上官冻结", "上官他人", "上官同意")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("codes")
    desk = Desk.create(folder, staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK})
    made = bundles.init_rep(folder / "rep.ckvault", passphrase="a rep's own words", clock=FixedClock(NOW))
    desk.rep("mei", "E009", made.recipient)
    desk.bring([Doctor(number=f"C{n}", name=name, phone=f"1391234000{n}") for n, name in enumerate(STORIES)])
    ids = IDS
    ids.update({name: desk.id_of(name) for name in STORIES})
    desk.consent(ids["上官撤回"])
    desk.consent(ids["上官冻结"])
    desk.consent(ids["上官同意"])
    desk.consent(ids["上官同意"], "digital/email")
    for item, answer in (("digital/phone", "refused"), ("digital/sms", "deferred")):
        done(recording.record_consent(desk.sit("wu"), request=desk.act(ids["上官同意"], item, answer=answer)))
    done(recording.record_consent(desk.sit("wu"), request=desk.act(ids["上官拒绝"], answer="refused")))
    done(
        withdrawing.withdraw_consent(
            desk.sit("wu"), hcp_id=ids["上官撤回"], items=["visit"], received_at="2026-11-24", channel="电话"
        )
    )
    done(amendments.freeze_person(desk.sit("chen"), hcp_id=ids["上官冻结"]))
    desk.assign(*(ids[name] for name in STORIES if name != "上官他人"), rep="mei")
    yield desk
    desk.rise()


@pytest.fixture(scope="module")
def rep(desk: Desk) -> Iterator[RepSession]:
    pack = desk.folder / "mei.ckpack"
    done(bundles.make_bundle(desk.sit("chen"), rep="mei", path=pack))
    found = open_session(desk.folder / "rep.ckvault", user="mei", passphrase="a rep's own words", clock=FixedClock(NOW))
    assert isinstance(found, RepSession)
    done(bundles.open_bundle(found, path=pack))
    yield found
    close_session(found)


def told(desk: Desk, name: str, key: str = "mobile_phone") -> WhyCard:
    hcp, chen = IDS.get(name) or desk.id_of(name), desk.sit("chen")
    return done(profiles.why_field(chen, hcp_id=hcp, key=key, purpose=Purpose.VISIT, as_rep="mei"))


def opened(desk: Desk, code: str) -> OpenedReason:
    return done(open_reason(desk.sit("zhao"), code=code))


@pytest.mark.req("REQ-044")
def test_a_rep_hears_one_reason_and_an_action_an_officer_opens_the_true_one(desk: Desk) -> None:
    cards = {name: told(desk, name) for name in STORIES if name != "上官同意"}
    same = {(c.state, c.reason, c.references, c.lifted_by, c.level, c.detail) for c in cards.values()}
    assert len(same) == 1 and next(iter(same))[1] == "no_valid_consent"
    assert {name: card.action.partition(":")[0] for name, card in cards.items()} == {
        "上官无问": "may_ask",
        "上官拒绝": "do_not_ask_before",
        "上官撤回": "do_not_ask_before",
        "上官冻结": "do_not_contact",
        "上官他人": "do_not_contact",
    }
    true = {name: opened(desk, card.reference_code) for name, card in cards.items()}
    assert {name: (x.reason, x.step) for name, x in true.items()} == {
        "上官无问": ("consent_not_asked", "basis"),
        "上官拒绝": ("consent_refused", "basis"),
        "上官撤回": ("consent_withdrawn", "basis"),
        "上官冻结": ("blocked_frozen", "blocks"),
        "上官他人": ("not_assigned", "assignment"),
    }
    withdrawn = true["上官撤回"]
    assert "event=EV-" in withdrawn.about and withdrawn.told == "no_valid_consent"
    assert (withdrawn.reader, withdrawn.key, withdrawn.at) == ("mei", "mobile_phone", desk.at)
    assert (withdrawn.reason_now, withdrawn.step_now) == ("consent_withdrawn", "basis") and withdrawn.lifted_by
    for name, x in true.items():
        assert name not in repr(x) and "1391234" not in repr(x)


def test_a_field_of_an_open_person_has_its_own_reason_for_an_officer_alone(desk: Desk) -> None:
    card = told(desk, "上官同意", "satisfaction_score")
    assert (card.state, card.reason, card.action) == (FieldState.WITHHELD, "no_valid_consent", "open")
    hcp = IDS["上官同意"]
    done(disputes.dispute_value(desk.sit("wu"), hcp_id=hcp, key="department", reason="person_says"))
    doubted = told(desk, "上官同意", "department")
    said = {
        (c.state, c.reason, c.references, c.lifted_by) for c in (card, doubted, told(desk, "上官同意", "kol_level"))
    }
    assert len(said) == 1, "that a value is disputed, stale or for others is not told to a rep"
    assert opened(desk, doubted.reference_code).reason == "value_disputed"
    found = opened(desk, card.reference_code)
    assert found.step == "fields" and found.reason not in ("", "no_valid_consent")
    assert "notice=CK-VISIT@1.0" in found.about


def test_what_was_closed_may_be_open_when_somebody_calls(desk: Desk) -> None:
    desk.bring([Doctor(number="C9", name="上官后来")], name="later.csv")
    hcp = desk.id_of("上官后来")
    desk.assign(hcp, rep="mei")
    refused = no(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT, as_rep="mei"))
    desk.consent(hcp)
    found = opened(desk, refused.reference_code.lower())
    assert (found.reason, found.hcp_id, found.key) == ("consent_not_asked", hcp, "")
    card = told(desk, "上官后来", "full_name")
    found = opened(desk, card.reference_code)
    assert (found.state_now, found.reason_now, found.lifted_by) == (FieldState.DISCLOSED, "", "")


@pytest.mark.req("REQ-044")
def test_a_code_from_the_reps_own_store_opens_at_the_office(desk: Desk, rep: RepSession) -> None:
    cards = {}
    for name in STORIES:
        cards[name] = done(bundles.rep_why(rep, hcp_id=IDS[name], key="satisfaction_score", purpose=Purpose.VISIT))
    closed = {name: card for name, card in cards.items() if name != "上官同意"}
    assert {(c.state, c.reason, c.lifted_by, c.level, c.detail) for c in closed.values()} == {
        (FieldState.WITHHELD, "no_valid_consent", cards["上官无问"].lifted_by, 1, "")
    }
    assert cards["上官他人"].action == "do_not_contact"
    for name, card in cards.items():
        code = card.reference_code.replace("-", " ").lower()
        found = opened(desk, code)
        assert (found.hcp_id, found.reader, found.key) == (IDS[name], "mei", "satisfaction_score"), name
    assert opened(desk, cards["上官撤回"].reference_code).reason_now == "consent_withdrawn"
    refusal = no(bundles.rep_profile(rep, IDS["上官他人"], Purpose.VISIT))
    assert opened(desk, refusal.reference_code).reason_now == "not_assigned"


@pytest.mark.req("REQ-044")
def test_what_the_rep_saw_in_the_pack_is_told_as_it_was(desk: Desk, rep: RepSession) -> None:
    seen = {}
    few, all_fields = ("full_name", "mobile_phone", "satisfaction_score"), desk.sit("zhao").policy.fields
    for name, key in (*product(STORIES, few), *(("上官同意", key) for key in all_fields)):
        card = done(bundles.rep_why(rep, hcp_id=IDS[name], key=key, purpose=Purpose.VISIT))
        found = opened(desk, card.reference_code)
        assert (found.state, found.told) == (card.state, card.reason), (name, key)
        seen[name, key] = found
    masked = seen["上官同意", "mobile_phone"]
    assert (masked.state, masked.told) == (FieldState.MASKED, "masked_for_role")
    assert masked.step == "fields" and "notice=CK-VISIT@1.0" in masked.about
    assert seen["上官同意", "full_name"].told == "granted"
    closed = seen["上官撤回", "mobile_phone"]
    assert (closed.told, closed.reason, closed.step) == ("no_valid_consent", "consent_withdrawn", "basis")


def test_what_stood_in_the_pack_does_not_change_with_what_happened_since(desk: Desk, rep: RepSession) -> None:
    """After all other codes of the pack: a consent that came later opens nothing then."""
    hcp = IDS["上官无问"]
    code = done(bundles.rep_why(rep, hcp_id=hcp, key="full_name", purpose=Purpose.VISIT)).reference_code
    desk.wait(hours=1)
    desk.consent(hcp)
    found = opened(desk, code)
    assert (found.state, found.told, found.reason) == (FieldState.WITHHELD, "no_valid_consent", "consent_not_asked")
    assert (found.state_now, found.reason_now) == (FieldState.DISCLOSED, "")


@pytest.mark.req("REQ-044")
def test_of_the_consents_by_channel_the_field_sees_the_open_ones_alone(desk: Desk, rep: RepSession) -> None:
    """Who said no, put it off or was never asked reads alike; compliance reads it all."""
    hcp, chen = desk.id_of("上官同意"), desk.sit("chen")
    packed = done(bundles.rep_profile(rep, hcp, Purpose.VISIT))
    preview = done(profiles.open_profile(chen, hcp_id=hcp, purpose=Purpose.VISIT, as_rep="mei"))
    for view in (packed, preview):
        assert view.field("channel_consents").value == "email:open"
        assert not [f.key for f in view.fields if "refused" in (f.value or "") or "deferred" in (f.value or "")]
    own = done(profiles.open_profile(chen, hcp_id=hcp, purpose=Purpose.VISIT))
    assert "phone:refused" in own.field("channel_consents").value


def test_what_a_reason_is_about_reads_as_words() -> None:
    about = "visit withdrawn WITHDRAWN_BY_SUBJECT event=EV-ABCD2345 notice=CK-VISIT@1.0"
    starts = {Lang.ZH: "学术拜访 · 已撤回 · 本人已撤回同意", Lang.EN: "Visits · Withdrawn · The person withdrew"}
    for lang, start in starts.items():
        said = about_words(about, lang)
        assert said.startswith(start) and "EV-ABCD2345" in said and "CK-VISIT@1.0" in said
        assert "WITHDRAWN_BY" not in said and "=" not in said
        scope = about_words("visit event=- notice=CK-VISIT@1.0 element=kinds lacks=contact, mobile_phone", lang)
        assert t("field.mobile_phone", lang) in scope and "=" not in scope and "lacks" not in scope
    assert about_words("frozen", Lang.ZH) == about_words("", Lang.EN) == ""


def test_who_may_open_and_what_is_no_code(desk: Desk) -> None:
    card = told(desk, "上官无问")
    assert no(open_reason(desk.sit("wu"), code=card.reference_code)).reason == "role_not_allowed"
    for wrong in ("", "A", "A0", "A999999999", "R-0000-0000-0000-00", "K7-3F", "上官"):
        with pytest.raises(InputErrors, match="unknown_code"):
            open_reason(desk.sit("zhao"), code=wrong)


def test_a_code_can_be_spoken_and_a_typo_is_found() -> None:
    dice = random.Random(7)
    fields = [f"f{n}" for n in range(110)]
    for _ in range(300):
        hcp = "HCP-" + "".join(dice.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(8))
        purpose, key, sequence = dice.choice(list(Purpose)), dice.choice([*fields, ""]), dice.randrange(1, 9000)
        code = pack_code(rep="李明", sequence=sequence, hcp_id=hcp, purpose=purpose, key=key, fields=fields)
        assert not set(code) & set("ILOU")
        read = read_code(code.replace("0", "o").replace("1", "l"))
        assert isinstance(read, PackCode)
        assert read.is_of("李明", sequence) and not read.is_of("李明", sequence + 1)
        assert (read.purpose, read.key(fields), read.people(["HCP-AAAAAAAA", hcp])) == (purpose, key, [hcp])
        place = dice.choice([n for n, c in enumerate(code) if c != "-" and n])
        wrong = code[:place] + dice.choice("ABCDEFGH".replace(code[place], "")) + code[place + 1 :]
        assert read_code(wrong) is None or dice.random() < 1 / 500
