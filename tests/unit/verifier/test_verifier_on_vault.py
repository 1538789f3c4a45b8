"""Evidence taken from a real vault passes the independent check, roster included."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from compliance.audit import proof
from compliance.audit.checkpoint import fingerprint, key_name
from compliance.audit.evidence import EarlierHead, ProvenEntry, build_evidence, read_roster
from compliance.audit.tree import EMPTY_ROOT
from compliance.model.access import Role
from compliance.model.audit import Kind
from compliance.vault import HashParams, Vault, create_vault
from compliance.vault.keys.crypto import FLOOR_KIB
from compliance.verifier import verify_file

AT = datetime(2026, 11, 24, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    folder = tmp_path_factory.mktemp("evidence") / "v.ckvault"
    with create_vault(
        folder,
        handler="信守医药",
        owner="li",
        passphrase="a long passphrase",
        now=AT,
        params=HashParams(memory_kib=FLOOR_KIB),
    ).vault as opened:
        with opened.unit_of_work() as uow:
            opened.add_user(uow, "王 芳", Role.COMPLIANCE, "another passphrase", AT)
            uow.commit(opened.event(Kind.CHECKPOINT, AT))
        yield opened


def evidence(vault: Vault) -> bytes:
    note = vault.checkpoint(AT)
    with vault.snapshot() as snap:
        size = snap.log.size
        entries = snap.log.entries(0, size)
        return build_evidence(
            vault_id=vault.vault_id,
            handler=vault.handler,
            made_at=AT + timedelta(hours=1),
            note=note,
            keys=read_roster([(e.index, e.data) for e in entries], vault.vault_id),
            entries=[ProvenEntry(index=e.index, entry=e.body, path=snap.log.inclusion(e.index, size)) for e in entries],
            content={"entries": size},
            signer=key_name(vault.vault_id, "li"),
            signing_key=vault.keyring.signing,
            earlier=[
                EarlierHead(size=0, root=EMPTY_ROOT, path=()),
                EarlierHead(size=2, root=snap.log.root_at(2), path=snap.log.consistency(2, size)),
            ],
        )


@pytest.mark.req("REQ-101")
def test_every_claim_holds_on_a_real_log(vault: Vault, tmp_path: Path) -> None:
    file, card = tmp_path / "evidence.json", tmp_path / "card.txt"
    file.write_bytes(evidence(vault))
    card.write_text(f"指纹 {fingerprint(vault.keyring.signing.public_key().public_bytes_raw())}", encoding="utf-8")
    answer = verify_file(file, trust=card)
    assert answer["ok"] and {row["ok"] for row in answer["claims"]} == {True}
    roster = next(row for row in answer["claims"] if row["claim"] == "key_roster")
    assert roster["detail"].startswith("2 keys, 0")


def test_a_single_proof_of_a_real_entry(vault: Vault, tmp_path: Path) -> None:
    note = vault.checkpoint(AT)
    with vault.snapshot() as snap:
        size = snap.log.size
        entry = snap.log.entries(1, 2)[0]
        text = proof.write(index=1, path=snap.log.inclusion(1, size), note=note, entry=entry.body)
    (tmp_path / "proof").write_text(text, encoding="utf-8", newline="")
    (tmp_path / "note").write_text(note, encoding="utf-8", newline="")
    for name in ("proof", "note"):
        answer = verify_file(tmp_path / name)
        assert answer["ok"], answer
