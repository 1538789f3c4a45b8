"""Notices from draft to retirement: gaps, lists, locks, dates, and what was shown (REQ-001 to REQ-005, REQ-008)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from notice_files import OVERSEAS, SPEAKER, VISIT, edited, put, without_block
from support import STAFF, Desk, done, no

from compliance.consent.notice import parse_notice
from compliance.consent.rendering import read_rendering
from compliance.errors import ComplianceError, InputErrors, PolicyFileError
from compliance.i18n import Lang
from compliance.model.audit import Kind
from compliance.model.consent import NoticeState
from compliance.model.register import Assessment
from compliance.policy.loader import load_policy
from compliance.progress import NoProgress
from compliance.resources import read_tree
from compliance.use_cases.bases import transfers
from compliance.use_cases.evidence import evidence
from compliance.use_cases.notices import consent_forms, notice_life, notices, presenting, renderings


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk.create(tmp_path / "d", staff={k: STAFF[k] for k in ("zhao", "chen", "wu")})
    yield made
    made.rise()


def assess(desk: Desk, purpose: str) -> None:
    """An impact assessment on file."""
    done(
        transfers.add_assessment(
            desk.sit("zhao"),
            assessment=Assessment(
                assessment_id=f"PIA-{purpose.partition(':')[2] or purpose}",
                purpose=purpose,
                title="x",
                approved_on=date(2026, 11, 1),
                valid_until=None,
                author="wu",
                approver="zhao",
            ),
        )
    )


def kinds_logged(desk: Desk) -> list[str]:
    return [str(e.kind) for e in done(evidence.list_entries(desk.sit("chen"), limit=8))]


SHIPPED_KINDS = next(x.kinds for x in parse_notice(VISIT, "visit").lines if x.item == "visit")
SLOTS = ("handler", "contact", "method", "retention", "rights", "purpose", "kinds")


@pytest.mark.req("REQ-001")
@pytest.mark.parametrize("slot", SLOTS)
def test_each_mandatory_item_removed_in_turn_names_exactly_that_gap(slot: str, tmp_path: Path) -> None:
    path = put(tmp_path, without_block(edited(VISIT), slot))
    found = notices.check_notice_file(path).value
    assert {f.where.partition("@")[0] for f in found} == {slot}
    assert {f.code for f in found} == {"slot_empty"}
    assert {f.value for f in found} == {"zh", "en"}


@pytest.mark.req("REQ-001")
def test_benefit_and_refusal_lines_are_both_needed(tmp_path: Path) -> None:
    for key in ("benefit", "if_refused"):
        line = next(x for x in VISIT.splitlines() if x.startswith(f"{key} ="))
        path = put(tmp_path, edited(VISIT, (line, f'{key} = {{ zh = "", en = "" }}')), f"{key}.toml")
        assert {f.where for f in notices.check_notice_file(path).value} == {f"{key}@visit"}


@pytest.mark.req("REQ-001")
def test_an_incomplete_notice_is_not_put_in_force_and_the_gap_is_named(desk: Desk, tmp_path: Path) -> None:
    path = put(tmp_path, without_block(edited(VISIT), "retention"))
    answer = no(notice_life.activate_notice(desk.sit("zhao"), target=str(path)))
    assert answer.reason == "notice_incomplete"
    assert answer.lifted_by == "retention"
    assert "access_refused" in kinds_logged(desk)
    assert done(notices.list_notices(desk.sit("zhao")))[-1].state is NoticeState.DRAFT


@pytest.mark.req("REQ-001")
def test_from_draft_to_retirement(desk: Desk, tmp_path: Path) -> None:
    chen, zhao = desk.sit("chen"), desk.sit("zhao")
    hcp = _someone(desk)
    desk.consent(hcp)
    made = done(notice_life.draft_notice(chen, path=put(tmp_path, edited(VISIT))))
    assert (made.gaps, made.notice.state, made.notice.predecessor) == ((), NoticeState.DRAFT, "CK-VISIT@1.0")
    ref = made.notice.ref
    assert no(notice_life.activate_notice(chen, target=ref)).reason == "role_not_allowed"
    staged = done(notice_life.stage_notice(chen, ref=ref, from_="2026-12-01"))
    assert staged.state is NoticeState.STAGED
    with pytest.raises(InputErrors) as early:
        notice_life.activate_notice(zhao, target=ref, from_="2026-11-23")
    assert early.value.code == "back_dated"
    active = done(notice_life.activate_notice(zhao, target=ref))
    assert (active.retired, str(active.change.cls)) == ("CK-VISIT@1.0", "none")
    assert notice_life.state_at(active.notice, desk.at) is NoticeState.STAGED  # until its day
    assert notice_life.state_at(active.notice, desk.at + timedelta(days=8)) is NoticeState.ACTIVE
    known = {n.ref: n for n in done(notices.list_notices(zhao))}
    assert known["CK-VISIT@1.0"].retired_from == active.notice.active_from
    effects = done(notice_life.retirement_effects(zhao, ref="CK-VISIT@1.0"))
    assert (effects.people, effects.by_item, effects.successor) == (1, {"visit": 1}, ref)
    gone = done(notice_life.retire_notice(zhao, ref=ref, from_="2027-01-01"))
    assert notice_life.state_at(gone.notice, desk.at + timedelta(days=60)) is NoticeState.RETIRED
    assert {"notice_drafted", "notice_staged", "notice_activated", "notice_retired"} <= set(kinds_logged(desk))


def test_what_is_in_force_cannot_be_edited(desk: Desk, tmp_path: Path) -> None:
    zhao = desk.sit("zhao")
    path = put(tmp_path, edited(VISIT))
    done(notice_life.activate_notice(zhao, target=str(path)))
    changed = put(tmp_path, edited(VISIT, ("重复打扰", "打扰")), "b.toml")
    for act in (
        lambda: notice_life.activate_notice(zhao, target=str(changed)),
        lambda: notice_life.draft_notice(zhao, path=changed),
    ):
        with pytest.raises(ComplianceError) as fault:
            act()
        assert fault.value.code in ("notice_text_changed", "wrong_predecessor")
    version = notices.known_notice(zhao, "CK-VISIT@2.0")
    with zhao.vault.snapshot() as snap:
        source = snap.notices.source(version.ref)
        lock = snap.notices.lock_of(version.ref)
    assert source and notice_life.intact(version, source)
    assert lock and (lock.sha256, lock.predecessor) == (version.sha256, "CK-VISIT@1.0")
    assert not notice_life.intact(replace(version, title_zh="别的"), source)
    assert not notice_life.intact(version, source.replace("不重复打扰", "不打扰"))
    # should the stored words change all the same, nothing is handed over or printed under them
    hcp = _someone(desk)
    with zhao.vault.unit_of_work() as uow:
        uow.notices.put(replace(version, title_zh="别的"), source)
        uow.commit(zhao.event(Kind.SETTING_CHANGED, at=desk.at))
    ask = presenting.Presentation(hcp_id=hcp, notice=version.ref, channel="paper")
    assert no(presenting.present_notice(desk.sit("wu"), request=ask)).reason == "notice_hash"
    answer = consent_forms.print_forms(
        desk.sit("wu"), ref=version.ref, out=tmp_path / "f.pdf", progress=NoProgress(), hcp_ids=[hcp]
    )
    assert no(answer).reason == "notice_hash" and not (tmp_path / "f.pdf").exists()


@pytest.mark.req("REQ-002")
def test_lists_come_from_the_matrix_and_an_edit_by_hand_is_found(desk: Desk, tmp_path: Path) -> None:
    chen = desk.sit("chen")
    from_matrix = re.sub(r"kinds = \[[^\]]*\]", 'kinds = ["matrix"]', edited(VISIT), count=1)
    made = done(notice_life.draft_notice(chen, path=put(tmp_path, from_matrix))).notice
    assert made.lists is not None and made.lists.matrix == chen.policy.digest
    assert made.lines[0].kinds == SHIPPED_KINDS == dict(made.lists.collection)["visit"]
    before = dict(made.lists.collection)["visit"]
    assert "mobile_phone" in before and "concept_barrier" not in before
    # a hand-edited list fails the hash check
    text = "".join(made.text.rsplit('"mobile_phone", ', 1))
    assert text != made.text
    with pytest.raises(PolicyFileError) as fault:
        notices.check_notice_file(put(tmp_path, text, "edited.toml"))
    assert [f.code for f in fault.value.faults] == ["list_edited"]
    # a field more in the matrix stands in the list when the notice is made again
    texts = read_tree() | read_tree(suffix=".csv")
    key = "policy/grants/visit.toml" if "policy/grants/visit.toml" in texts else "grants/visit.toml"
    extra = (
        '\n[[version.field]]\nkey = "practice_licence_no"\nreason = { zh = "核对", en = "to match" }\n'
        'references = [{ statute = "PIPL", article = "6" }]\ntreatments = { compliance = "show" }\n'
    )
    assert key in texts, sorted(texts)[:30]
    wider = load_policy({**texts, key: texts[key] + extra})
    chen.shipped, chen._book = wider, None
    again = done(notice_life.draft_notice(chen, path=put(tmp_path, made.text, "again.toml"))).notice
    assert again.lists is not None and again.lists.matrix == wider.digest != made.lists.matrix
    assert "practice_licence_no" in dict(again.lists.collection)["visit"]
    assert again.sha256 != made.sha256
    # one that names its kinds itself is told what it leaves closed, and carries no more than it says
    named = done(notice_life.draft_notice(chen, path=put(tmp_path, edited(VISIT), "named.toml")))
    assert ("visit", "practice_licence_no") in named.outside
    assert "practice_licence_no" not in dict(named.notice.lists.collection)["visit"]


@pytest.mark.req("REQ-003")
def test_a_sensitive_field_needs_necessity_and_effect(desk: Desk, tmp_path: Path) -> None:
    wide = edited(VISIT, ("kinds = [\n", 'kinds = [\n    "bank_account_no",\n'))
    answer = no(notice_life.activate_notice(desk.sit("zhao"), target=str(put(tmp_path, wide))))
    assert answer.reason == "notice_incomplete"
    assert {"necessity@visit", "impact@visit", "separate@visit"} == set(answer.lifted_by.split(", "))
    without = without_block(edited(SPEAKER), "impact")
    answer = no(notice_life.activate_notice(desk.sit("zhao"), target=str(put(tmp_path, without, "s.toml"))))
    assert answer.lifted_by.startswith("impact@speaker/sensitive:")


def test_an_assessment_the_law_asks_for_must_be_on_file(desk: Desk, tmp_path: Path) -> None:
    path = put(tmp_path, edited(SPEAKER))
    answer = no(notice_life.activate_notice(desk.sit("zhao"), target=str(path)))
    assert (answer.reason, answer.detail) == ("assessment_missing", "speaker")
    assert answer.references[0].article == "55"
    assess(desk, "speaker")
    assert (
        done(notice_life.activate_notice(desk.sit("zhao"), target="CK-SPEAKER@2.0")).notice.state is NoticeState.ACTIVE
    )


@pytest.mark.req("REQ-004")
def test_a_recipient_is_a_registered_legal_person(desk: Desk, tmp_path: Path) -> None:
    zhao = desk.sit("zhao")
    for name in ("affiliates", "关联公司", "Example Group AG and affiliates", "示例集团及关联方"):
        path = put(tmp_path, edited(OVERSEAS, ('recipient = "Example Group AG"', f'recipient = "{name}"')))
        found = notices.check_notice_file(path).value
        assert [f.code for f in found] == ["recipient_not_named"], name
        assert no(notice_life.activate_notice(zhao, target=str(path))).reason == "notice_incomplete"
    path = put(tmp_path, without_block(edited(OVERSEAS), "recipient_rights"))
    assert {f.where for f in notices.check_notice_file(path).value} == {"recipient_rights@visit/overseas:EXAMPLE-AG"}
    whole = put(tmp_path, edited(OVERSEAS))
    answer = no(notice_life.activate_notice(zhao, target=str(whole)))
    assert answer.lifted_by == "recipient@visit/overseas:EXAMPLE-AG"  # not in the register
    _recipient(desk, tmp_path)
    assess(desk, "overseas:EXAMPLE-AG")
    made = done(notice_life.activate_notice(zhao, target=str(whole))).notice
    assert made.lists is not None
    entry = dict(made.lists.sharing[0])
    assert (entry["legal_name"], entry["rights_channel"]) == ("Example Group AG", "privacy@example.ch")


@pytest.mark.req("REQ-018", "REQ-024")
def test_a_consent_is_no_condition_of_anything_and_never_required(desk: Desk, tmp_path: Path) -> None:
    for words in ('condition_of = "speaker"', "required = true"):
        tied = edited(VISIT, ('purpose = "visit"\n', f'purpose = "visit"\n{words}\n'))
        path = put(tmp_path, tied)
        for act in (
            lambda path=path: notices.check_notice_file(path),
            lambda path=path: notice_life.activate_notice(desk.sit("zhao"), target=str(path)),
        ):
            with pytest.raises(PolicyFileError) as fault:
                act()
            assert [f.code for f in fault.value.faults] == ["consent_is_no_condition"]
    plain = edited(VISIT, ('purpose = "visit"\n', 'purpose = "visit"\nrequired = false\n'))
    assert notices.check_notice_file(put(tmp_path, plain)).value == ()


@pytest.mark.req("REQ-005")
def test_the_old_rendering_opens_after_the_style_changed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    hcp = _someone(desk)
    event = desk.consent(hcp)
    chen = desk.sit("chen")
    before = done(renderings.shown_with(chen, event_id=event))
    assert before.notice == "CK-VISIT@1.0" and before.template == "1"
    assert "示例药业（上海）有限公司" in before.text and "收集个人信息清单" in before.text
    real = renderings.read_text
    monkeypatch.setattr(
        renderings,
        "read_text",
        lambda *parts: real(*parts).replace('template = "1"', 'template = "2"').replace("size = 160", "size = 300"),
    )
    assert done(renderings.preview(chen, ref="CK-VISIT@1.0", lang=Lang.ZH)).template == "2"
    after = done(renderings.shown_with(chen, event_id=event))
    assert after == before == read_rendering(before.body)
    assert after.parts[0].size == 160
    with chen.vault.snapshot() as snap:
        assert len(snap.renderings.of("CK-VISIT@1.0")) == 1
    desk.consent(hcp, "event")
    with chen.vault.snapshot() as snap:
        assert len(snap.renderings.of("CK-VISIT@1.0")) == 2


@pytest.mark.req("REQ-008")
def test_the_rules_can_be_kept_before_deciding(desk: Desk, tmp_path: Path) -> None:
    hcp, wu = _someone(desk), desk.sit("wu")
    saved = done(renderings.save_notice(wu, ref="CK-VISIT@1.0", lang=Lang.EN, path=tmp_path / "rules.pdf"))
    assert saved.path.read_bytes().startswith(b"%PDF")
    assert "notice_saved" in kinds_logged(desk)
    text = done(renderings.save_notice(wu, ref="CK-VISIT@1.0", lang=Lang.ZH, path=tmp_path / "rules.txt"))
    assert "尊敬的医生" in text.path.read_text(encoding="utf-8")
    with wu.vault.snapshot() as snap:
        assert snap.consents.events(hcp) == []  # nothing was answered yet
    with pytest.raises(ComplianceError) as there:
        renderings.save_notice(wu, ref="CK-VISIT@1.0", lang=Lang.ZH, path=tmp_path / "rules.txt")
    assert there.value.code == "exists"
    with pytest.raises(InputErrors):
        renderings.save_notice(wu, ref="CK-VISIT@1.0", lang=Lang.ZH, path=tmp_path / "rules.exe")


def _someone(desk: Desk) -> str:
    from support import Doctor

    desk.bring([Doctor(number="K1", name="端木守拙", hospital="寻常医院")])
    return desk.id_of("端木守拙")


def _recipient(desk: Desk, folder: Path) -> None:
    import json

    path = folder / "r.json"
    path.write_text(
        json.dumps(
            {
                "recipient": "EXAMPLE-AG",
                "legal_name": "Example Group AG",
                "country": "CH",
                "contact": "privacy@example.ch",
                "purpose": "visit",
                "method": "encrypted file",
                "kinds": ["name", "hospital"],
                "rights_channel": "privacy@example.ch",
            }
        ),
        encoding="utf-8",
    )
    done(transfers.add_recipient(desk.sit("zhao"), path=path))
