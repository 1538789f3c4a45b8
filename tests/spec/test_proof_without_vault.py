"""The proof pack of a withdrawn consent, opened by a stranger: no vault, our own reading of docs/evidence-format.md
(REQ-026, REQ-029, UJ5). Only ``hashlib`` and ``json`` look at the files here; ``verify`` is asked beside."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_desk import in_process
from spec_desk import HANDS, at, batch, day_yes, withdraw
from support import Desk, done, files_with, invent, no

from compliance.model.access import Purpose
from compliance.use_cases.seeing import people_list, profiles


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, list[str]]]:
    """A pack moved away from its vault; the vault is gone."""
    folder = tmp_path_factory.mktemp("d")
    desk = Desk.create(folder, at=at("2026-03-01T09:00:00"), staff=HANDS)
    desk.bring(invent(4))
    rows = done(people_list.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM, limit=9)).rows
    hcp, others = rows[0].hcp_id, [r.hcp_id for r in rows[1:]]
    day_yes(desk, hcp, "2026-03-01")
    day_yes(desk, hcp, "2026-03-01", item="digital/email")
    day_yes(desk, others[0], "2026-03-01")
    desk.at = at("2026-03-20T10:00:00")
    done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT))  # the March mail
    desk.at = at("2026-05-04T10:42:00")
    withdraw(desk, hcp, desk.at.isoformat())
    desk.at = at("2026-05-04T11:00:00")
    no(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT))
    out = folder / "proof"
    (case,) = batch(desk, "chen", [["case", "open", hcp, "--kind", "complaint"]])
    (made,) = batch(
        desk, "chen", [["consent", "proof", hcp, "--out", out, "--case", case["case"], "--recipient", "regulator"]]
    )
    assert made["exit_code"] == 0, made
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "pack"
    shutil.move(out, elsewhere)
    desk.rise()
    shutil.rmtree(desk.vault)
    yield elsewhere, hcp, others


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.req("REQ-026")
def test_the_seven_parts_and_a_manifest_that_fits(pack: tuple[Path, str, list[str]]) -> None:
    folder, hcp, _ = pack
    manifest = read(folder / "manifest.json")
    named = {a["name"]: a["sha256"] for a in manifest["annexes"]}
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {"manifest.json"}
    assert set(named) == there
    assert all(sha(folder / name) == digest for name, digest in named.items())
    visit = folder / "items" / "visit"
    parts = {p.name.split("-")[0] for p in visit.iterdir() if p.name[0].isdigit()}
    assert parts == {"1", "2", "3", "4", "5", "6", "7"}
    notice = next(visit.glob("1-notice-*.json"))
    hashes = read(visit / "6-hashes.json")
    assert sha(notice) in json.dumps(hashes)
    evidence = list((visit / "7-evidence").iterdir())
    assert evidence and all(sha(p) in json.dumps(hashes) for p in evidence)
    assert hcp in json.dumps(manifest["content"])


@pytest.mark.req("REQ-026")
def test_the_verifier_needs_no_vault_and_names_one_changed_byte(
    pack: tuple[Path, str, list[str]], tmp_path: Path
) -> None:
    folder, *_ = pack
    said = in_process("--json", "verify", str(folder))
    assert (said.exit_code, said.json["ok"]) == (0, True), said
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    target = copy / "timeline.json"
    data = bytearray(target.read_bytes())
    data[len(data) // 2] ^= 1
    target.chmod(0o600)
    target.write_bytes(bytes(data))
    said = in_process("--json", "verify", str(copy))
    assert (said.exit_code, said.json["ok"]) == (3, False)
    assert "timeline.json" in json.dumps(said.json)


@pytest.mark.req("REQ-029")
def test_the_lawful_period_and_its_reads_are_still_told(pack: tuple[Path, str, list[str]]) -> None:
    folder, *_ = pack
    told = json.dumps(read(folder / "timeline.json"))
    assert "given" in told and "withdrawn" in told
    bands = [b for b in _bands(read(folder / "timeline.json")) if b.get("lawful")]
    assert any(str(b["to"]).startswith("2026-05-04T02:42:00") for b in bands), bands  # until 10:42 in Shanghai
    reads = read(folder / "accesses.json")
    listed = reads if isinstance(reads, list) else next(v for v in reads.values() if isinstance(v, list))
    march = [a for a in listed if str(a.get("at", "")).startswith("2026-03-20")]
    assert march and "visit" in json.dumps(march), listed


@pytest.mark.req("REQ-026")
def test_nobody_else_is_in_it(pack: tuple[Path, str, list[str]]) -> None:
    folder, _, others = pack
    names = [p.name for p in invent(4)]
    assert files_with(others, folder) == []
    found = {mark for _, mark in files_with(names, folder)}
    assert len(found) <= 1  # the person's own name at most
    assert not [p for p in folder.rglob("*") if any(name in p.name for name in names)]


def _bands(found: Any) -> list[dict[str, Any]]:
    """Every object with ``from`` and ``to``, however deep."""
    if isinstance(found, dict):
        own = [found] if {"from", "to"} <= set(found) else []
        return own + [b for v in found.values() for b in _bands(v)]
    return [b for v in found for b in _bands(v)] if isinstance(found, list) else []
