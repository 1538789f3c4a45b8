"""A colleague or a second machine cosigns a seal; a log that was set back or forked is found by whoever cosigned it."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from compliance.audit import cosignature
from compliance.audit.checkpoint import key_name, parse
from compliance.clock import FixedClock
from compliance.errors import AuditIntegrityError, InputErrors
from compliance.model.access import Role
from compliance.use_cases.evidence import evidence
from compliance.use_cases.evidence.witnessing import cosign_seal, take_cosigned
from compliance.use_cases.seat import session as sessions
from compliance.use_cases.upkeep import settings
from tests.support import PASS, Desk, done, no

STAFF = {"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("here"), staff=STAFF)
    yield made
    made.rise()


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("there"), staff={"zhao": Role.DPO})
    yield made
    made.rise()


def seal(desk: Desk, path: Path, since: int | None = None) -> int:
    done(evidence.take_checkpoint(desk.sit("zhao"), path=path, since=since))
    text = path.read_text(encoding="utf-8")
    return parse(text if since is None else text.partition("\n\n")[2]).checkpoint.size


def busy(desk: Desk) -> None:
    done(settings.set_company_fact(desk.sit("zhao"), key="is_ciio", value="no"))


@pytest.mark.req("REQ-101")
def test_a_colleague_cosigns_and_every_later_report_names_them(desk: Desk, tmp_path: Path) -> None:
    note, cosigned, report = tmp_path / "seal.txt", tmp_path / "cosigned.txt", tmp_path / "report.pdf"
    size = seal(desk, note)
    made = done(cosign_seal(desk.sit("chen"), path=note, out=cosigned, key_out=tmp_path / "key.txt"))
    assert made.size == size
    taken = done(take_cosigned(desk.sit("zhao"), path=cosigned))
    assert taken.by == (key_name(desk.sit("zhao").vault.vault_id, "chen"),)
    done(evidence.make_audit_report(desk.sit("chen"), path=report))
    trust = tmp_path / "trust.txt"
    trust.write_text(note.read_text(encoding="utf-8") + "\n" + (tmp_path / "key.txt").read_text(encoding="utf-8"))
    claims = {c.claim: c.ok for c in evidence.verify_file(cosigned, trust=trust).claims}
    assert claims["witness"] is True and claims["signer"] is True
    assert {c.claim: c.ok for c in evidence.verify_file(cosigned).claims}["witness"] is None


def test_nobody_cosigns_their_own_seal_and_a_clerk_none(desk: Desk, tmp_path: Path) -> None:
    note = tmp_path / "seal.txt"
    seal(desk, note)
    assert no(cosign_seal(desk.sit("zhao"), path=note, out=tmp_path / "a.txt")).reason == "same_person"
    assert no(cosign_seal(desk.sit("wu"), path=note, out=tmp_path / "b.txt")).reason == "role_not_allowed"
    assert not list(tmp_path.glob("?.txt"))


@pytest.mark.req("REQ-101")
def test_a_second_machine_follows_the_log_and_asks_for_proof(desk: Desk, other: Desk, tmp_path: Path) -> None:
    first, second, asked = tmp_path / "first.txt", tmp_path / "second.txt", tmp_path / "asked.txt"
    size = seal(desk, first)
    done(cosign_seal(other.sit("zhao"), path=first, out=tmp_path / "one.txt", key_out=tmp_path / "key.txt"))
    busy(desk)
    seal(desk, second)
    with pytest.raises(InputErrors) as fault:
        cosign_seal(other.sit("zhao"), path=second, out=tmp_path / "two.txt")
    assert [f.code for f in fault.value.faults] == ["witness_needs_proof"]
    seal(desk, asked, since=size)
    done(cosign_seal(other.sit("zhao"), path=asked, out=tmp_path / "three.txt"))
    with pytest.raises(InputErrors) as fault:  # not known here yet
        take_cosigned(desk.sit("zhao"), path=tmp_path / "three.txt")
    assert [f.code for f in fault.value.faults] == ["not_cosigned"]
    taken = done(take_cosigned(desk.sit("zhao"), path=tmp_path / "three.txt", key=tmp_path / "key.txt"))
    assert taken.by == (key_name(other.sit("zhao").vault.vault_id, "zhao"),)
    with pytest.raises(AuditIntegrityError) as found:  # the older seal again: the log went backwards
        cosign_seal(other.sit("zhao"), path=first, out=tmp_path / "four.txt")
    assert found.value.code == "witness_fork" and not (tmp_path / "four.txt").exists()


@pytest.mark.req("REQ-101")
def test_a_store_set_back_with_its_state_folder_is_found_by_its_witness(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no offline machine sees by itself: everything put back, heads outside too (anchors.md 12.1)."""
    staff = {"zhao": Role.DPO}
    here, there = Desk.create(tmp_path / "a", staff=staff), Desk.create(tmp_path / "b", staff=staff)
    here.rise()
    shutil.copytree(here.vault, tmp_path / "old.ckvault")
    busy(here)
    size = seal(here, tmp_path / "seal.txt")
    done(cosign_seal(there.sit("zhao"), path=tmp_path / "seal.txt", out=tmp_path / "cosigned.txt"))
    here.rise()
    for name in ("main.db-wal", "main.db-shm"):
        (here.vault / name).unlink(missing_ok=True)
    shutil.rmtree(here.vault)
    shutil.copytree(tmp_path / "old.ckvault", here.vault)
    late = here.at + timedelta(hours=3)
    monkeypatch.setenv("CONSENTKEEP_STATE_DIR", str(tmp_path / "none"))
    back = sessions.open_session(here.vault, user="zhao", passphrase=PASS, clock=FixedClock(late))
    assert isinstance(back, sessions.Session)
    while sessions.log_size(back) <= size:  # life goes on, on another branch
        done(settings.set_company_fact(back, key="is_ciio", value="yes"))
    done(evidence.take_checkpoint(back, path=tmp_path / "forked.txt", since=size))
    sessions.close_session(back)
    with pytest.raises(AuditIntegrityError) as found:
        cosign_seal(there.sit("zhao"), path=tmp_path / "forked.txt", out=tmp_path / "never.txt")
    assert found.value.code == "witness_fork"
    there.rise()


@pytest.mark.parametrize("change", ["size", "root", "signature", "text"])
def test_a_changed_seal_is_not_cosigned(desk: Desk, other: Desk, tmp_path: Path, change: str) -> None:
    note = tmp_path / "seal.txt"
    seal(desk, note)
    lines = note.read_text(encoding="utf-8").split("\n")
    at = {"size": 1, "root": 2, "signature": -2, "text": 0}[change]
    old = lines[at]
    other_letter = "A" if old[-6:-5] != "A" else "B"
    lines[at] = str(int(old) + 1) if change == "size" else old[:-6] + other_letter + old[-5:]
    note.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises((AuditIntegrityError, InputErrors)):
        cosign_seal(other.sit("zhao"), path=note, out=tmp_path / "out.txt")
    assert not (tmp_path / "out.txt").exists()


def test_the_format_is_that_of_the_public_specification(desk: Desk, tmp_path: Path) -> None:
    """c2sp.org/tlog-cosignature: key id over type byte 4; signed are header, time line and the note's text."""
    from base64 import b64decode

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    note, out = tmp_path / "seal.txt", tmp_path / "cosigned.txt"
    seal(desk, note)
    made = done(cosign_seal(desk.sit("chen"), path=note, out=out))
    name, _, value = out.read_text(encoding="utf-8").splitlines()[-1].removeprefix("— ").partition(" ")
    raw = b64decode(value)
    body = note.read_text(encoding="utf-8").partition("\n\n")[0] + "\n"
    public = b64decode(made.witness_key.rsplit("+", 1)[1])[1:] if made.witness_key.count("+") == 2 else None
    public = public or next(iter(cosignature.keys_in(made.witness_key).values()))
    seconds = int.from_bytes(raw[4:12], "big")
    assert seconds == int(desk.at.timestamp()) and name == made.by
    Ed25519PublicKey.from_public_bytes(public).verify(raw[12:], f"cosignature/v1\ntime {seconds}\n{body}".encode())
