"""A request signed on another machine: it works, and every wrong case has its own word."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from support import PASS, Desk, done, invent, no

from compliance.clock import FixedClock
from compliance.errors import InputErrors, WrongPassphrase
from compliance.i18n import Lang
from compliance.model.access import BeforeProof, Role
from compliance.model.register import PendingRequest
from compliance.use_cases.evidence import evidence
from compliance.use_cases.seat import accounts
from compliance.use_cases.seat import session as sessions
from compliance.use_cases.signing import approvals
from compliance.use_cases.upkeep import settings

KEY_PASS = "a passphrase for the road"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A vault with staff and a few people."""
    made = Desk.create(tmp_path_factory.mktemp("signed"))
    made.bring(invent(3))
    yield made
    made.rise()


@pytest.fixture(scope="module")
def key(desk: Desk) -> Path:
    """Chen's carried key."""
    path = desk.folder / "chen.key"
    done(approvals.carry_key(desk.sit("chen"), path=path, passphrase=KEY_PASS))
    return path


def ask(desk: Desk) -> str:
    """A request by the privacy officer."""
    made = done(settings.set_before_proof(desk.sit("zhao"), choice=BeforeProof.TRANSITION, until=date(2026, 12, 24)))
    assert isinstance(made, PendingRequest)
    return made.request_id


def out(desk: Desk, request_id: str) -> Path:
    """Exported."""
    path = desk.folder / f"{request_id}.json"
    done(approvals.export_request(desk.sit("zhao"), request_id=request_id, path=path))
    return path


def sign(desk: Desk, request: Path, key: Path, name: str = "a.sig") -> Path:
    """Signed on a machine without the vault."""
    sig = desk.folder / f"{request.stem}-{name}"
    clock = FixedClock(desk.at)
    done(approvals.sign_request(request, key=key, passphrase=KEY_PASS, out=sig, clock=clock, lang=Lang.EN))
    return sig


def code(fault: pytest.ExceptionInfo[InputErrors]) -> str:
    """The code of an input fault."""
    return fault.value.code


@pytest.mark.req("REQ-045")
def test_a_signature_from_another_machine_carries_the_act_out(desk: Desk, key: Path) -> None:
    request_id = ask(desk)
    file = out(desk, request_id)
    assert file.stat().st_mode & 0o077 == 0
    written = json.loads(file.read_text(encoding="utf-8"))
    assert "2026-12-24" in written["words"]["zh"] and "2026-12-24" in written["words"]["en"]
    shown = approvals.read_request(file, lang=Lang.EN)
    assert shown.request_id == request_id and shown.requested_by == "zhao" and "2026-12-24" in shown.words
    sig = sign(desk, file, key)
    made = done(approvals.import_signature(desk.sit("zhao"), path=sig))
    assert made.result["before_proof"] == "transition"
    assert done(settings.get_settings(desk.sit("zhao")))["before_proof"] == "transition"
    entry = done(evidence.list_entries(desk.sit("zhou"), limit=5, kind="approved"))[0]
    assert entry.detail["requested_by"] == "zhao" and entry.detail["signed_by"] == "chen" and entry.actor == "zhao"
    with pytest.raises(InputErrors) as replayed:
        approvals.import_signature(desk.sit("zhao"), path=sig)
    assert code(replayed) == "signature_replayed"


@pytest.mark.req("REQ-045")
def test_a_reset_is_signed_elsewhere_and_no_key_leaves_in_the_file(desk: Desk, key: Path) -> None:
    fresh = "fresh passphrase 9"
    asked = done(accounts.reset_user(desk.sit("zhao"), name="qian", new_passphrase=fresh))
    assert isinstance(asked, PendingRequest)
    file = out(desk, asked.request_id)
    text = file.read_text(encoding="utf-8")
    assert "wrapped" not in text and "slot_sha256" in text and len(text) < 4_000
    with pytest.raises(WrongPassphrase):
        desk.fresh("qian", fresh)
    done(approvals.import_signature(desk.sit("sun"), path=sign(desk, file, key)))
    again = desk.fresh("qian", fresh)
    assert again.role is Role.FINANCE
    sessions.close_session(again)


@pytest.mark.req("REQ-045")
def test_what_was_shown_is_what_is_carried_out(desk: Desk, key: Path) -> None:
    """A file that shows something else than the vault's request is worth nothing, however well it is signed."""
    request_id = ask(desk)
    file = out(desk, request_id)
    body = json.loads(file.read_text(encoding="utf-8"))
    body["statement"]["asked"]["until"] = "2026-11-30"
    changed = desk.folder / "changed.json"
    changed.write_text(json.dumps(body), encoding="utf-8")
    assert "2026-11-30" in approvals.read_request(changed, lang=Lang.EN).words
    refused = no(approvals.import_signature(desk.sit("zhao"), path=sign(desk, changed, key)))
    assert refused.reason == "request_changed"
    sig = sign(desk, file, key)
    body = json.loads(sig.read_text(encoding="utf-8"))
    body["statement"]["asked"]["until"] = "2027-01-30"
    forged = desk.folder / "forged.sig"
    forged.write_text(json.dumps(body), encoding="utf-8")
    assert no(approvals.import_signature(desk.sit("zhao"), path=forged)).reason == "approval_signature"
    body = json.loads(file.read_text(encoding="utf-8"))
    body["statement"]["policy"] = "0" * 64
    old = desk.folder / "old_rules.json"
    old.write_text(json.dumps(body), encoding="utf-8")
    assert no(approvals.import_signature(desk.sit("zhao"), path=sign(desk, old, key))).reason == "rules_changed"
    done(approvals.reject(desk.sit("chen"), request_id=request_id))
    with pytest.raises(InputErrors) as decided:
        approvals.import_signature(desk.sit("zhao"), path=sig)
    assert code(decided) == "request_decided"


@pytest.mark.req("REQ-045")
def test_the_requester_does_not_sign_elsewhere_either(desk: Desk) -> None:
    own = desk.folder / "zhao.key"
    done(approvals.carry_key(desk.sit("zhao"), path=own, passphrase=KEY_PASS))
    request_id = ask(desk)
    file, clock = out(desk, request_id), FixedClock(desk.at)
    sig = desk.folder / "own.sig"
    refused = no(approvals.sign_request(file, key=own, passphrase=KEY_PASS, out=sig, clock=clock, lang=Lang.EN))
    assert refused.reason == "own_request" and not sig.exists()
    body = json.loads(file.read_text(encoding="utf-8"))  # a program that does not ask signs all the same
    body["statement"]["requested_by"] = "nobody"
    file.write_text(json.dumps(body), encoding="utf-8")
    assert no(approvals.import_signature(desk.sit("sun"), path=sign(desk, file, own))).reason == "request_changed"
    done(approvals.reject(desk.sit("chen"), request_id=request_id))


@pytest.mark.req("REQ-045")
def test_only_a_present_entitled_user_with_the_current_key_signs(desk: Desk, key: Path) -> None:
    zhao = desk.sit("zhao")
    done(accounts.add_user(zhao, name="feng", role=Role.COMPLIANCE, passphrase=f"{PASS} feng"))
    feng = desk.folder / "feng.key"
    done(approvals.carry_key(desk.sit("feng"), path=feng, passphrase=KEY_PASS))
    request_id = ask(desk)
    file = out(desk, request_id)
    first = sign(desk, file, feng, "first.sig")
    newer = desk.folder / "feng2.key"
    done(approvals.carry_key(desk.sit("feng"), path=newer, passphrase=KEY_PASS))
    assert no(approvals.import_signature(zhao, path=first)).reason == "signer_key"
    second = sign(desk, file, newer, "second.sig")
    done(approvals.call_back_key(desk.sit("feng")))
    assert no(approvals.import_signature(zhao, path=second)).reason == "signer_key"
    third_key = desk.folder / "feng3.key"
    done(approvals.carry_key(desk.sit("feng"), path=third_key, passphrase=KEY_PASS))
    third = sign(desk, file, third_key, "third.sig")
    done(accounts.remove_user(zhao, name="feng"))
    assert no(approvals.import_signature(zhao, path=third)).reason == "signer_gone"
    for user in ("wu", "zhou", "zheng"):  # nor does everybody bring one in, or carry a key
        no(approvals.import_signature(desk.sit(user), path=sign(desk, file, key, f"{user}.sig")))
        no(approvals.carry_key(desk.sit(user), path=desk.folder / f"{user}.key", passphrase=KEY_PASS))
    done(approvals.reject(desk.sit("chen"), request_id=request_id))


@pytest.mark.req("REQ-045")
def test_files_of_others_and_broken_files_are_told_apart(desk: Desk, key: Path, tmp_path: Path) -> None:
    request_id = ask(desk)
    file = out(desk, request_id)
    clock = FixedClock(desk.at)
    sig = sign(desk, file, key)

    def altered(source: Path, **more: object) -> Path:
        body = json.loads(source.read_text(encoding="utf-8"))
        body["statement"] |= more
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.json"
        path.write_text(json.dumps(body), encoding="utf-8")
        return path

    def importing(path: Path) -> str:
        with pytest.raises(InputErrors) as fault:
            approvals.import_signature(desk.sit("zhao"), path=path)
        return code(fault)

    assert importing(altered(sig, vault="V-ELSEWHERE")) == "signature_other_vault"
    assert importing(altered(sig, sandbox=False)) == "signature_other_kind"
    assert importing(altered(sig, request="REQ-NONE")) == "unknown_request"
    for text in ("", "{}", "[1]", "nonsense", '{"consentkeep": "approval", "format": 1, "statement": 7}', "[" * 10_000):
        broken = tmp_path / "broken"
        broken.write_text(text or " ", encoding="utf-8")
        assert importing(broken) == "signature_file_unreadable"
        with pytest.raises(InputErrors) as fault:
            approvals.read_request(broken, lang=Lang.ZH)
        assert code(fault) == "request_file_unreadable"
        with pytest.raises(InputErrors) as fault:
            approvals.sign_request(file, key=broken, passphrase=KEY_PASS, out=tmp_path / "x", clock=clock, lang=Lang.ZH)
        assert code(fault) == "key_file_unreadable"
    assert importing(file) == "signature_file_unreadable"
    with pytest.raises(InputErrors) as fault:
        approvals.sign_request(
            altered(file, vault="V-OTHER"), key=key, passphrase=KEY_PASS, out=tmp_path / "x", clock=clock, lang=Lang.ZH
        )
    assert code(fault) == "key_other_vault"
    with pytest.raises(WrongPassphrase):
        approvals.sign_request(file, key=key, passphrase="not this", out=tmp_path / "x", clock=clock, lang=Lang.ZH)
    assert not (tmp_path / "x").exists()
    done(approvals.reject(desk.sit("chen"), request_id=request_id))


@pytest.mark.req("REQ-045")
def test_a_request_has_its_time(desk: Desk, key: Path) -> None:
    """After its days nobody signs it, neither here nor elsewhere."""
    request_id = ask(desk)
    file = out(desk, request_id)
    sig = sign(desk, file, key)
    here = desk.at
    try:
        desk.wait(days=30)
        assert no(approvals.import_signature(desk.sit("zhao"), path=sig)).reason == "request_expired"
        assert no(approvals.approve(desk.sit("chen"), request_id=request_id)).reason == "request_expired"
        late = desk.folder / "late.sig"
        clock = FixedClock(desk.at)
        refused = no(approvals.sign_request(file, key=key, passphrase=KEY_PASS, out=late, clock=clock, lang=Lang.EN))
        assert refused.reason == "request_expired" and not late.exists()
        done(approvals.reject(desk.sit("zhao"), request_id=request_id))
    finally:
        desk.at = here
