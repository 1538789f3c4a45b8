"""Every answer that is not done says why, with the exit code of the contract."""

import json
from pathlib import Path

import pytest
from cli_desk import AT, Desk, Said, in_process

from compliance.cli.failures import outcome_of
from compliance.errors import bad_input
from compliance.i18n import Lang


def is_error(said: Said, code: int, *words: str) -> None:
    """An error of the contract."""
    assert said.exit_code == code, said
    assert said.json["error"] in words and said.json["message"], said.json


@pytest.fixture(scope="module")
def field(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A rep's vault beside the office's; two packs for it and one for another."""
    folder = tmp_path_factory.mktemp("field")
    rep = Desk(folder, folder / "wang.ckvault")
    adds = []
    for name in ("wang", "zhou"):
        rep.secret(name).write_text(f"a rep's long passphrase {name}\n", encoding="utf-8")
        made = in_process(
            "--json", "--at", AT, "rep", "init", str(folder / f"{name}.ckvault"),
            "--new-passphrase-file", str(rep.secret(name)),
        )  # fmt: skip
        recipient = made.json["recipient"]
        adds.append(["rep", "add", name, "--role", "rep", "--employee-no", name, "--recipient", recipient])
    packs = [["bundle", "make", "--for", rep, "--out", str(folder / f"{name}.pack")]
             for rep, name in (("wang", "1"), ("wang", "2"), ("zhou", "other"))]  # fmt: skip
    desk.batch("li", *adds, *packs)
    return rep


def test_a_slip_in_a_device_key_is_told_when_it_is_registered(desk: Desk, tmp_path: Path) -> None:
    made = in_process(
        "--json", "rep", "init", str(tmp_path / "ji.ckvault"), "--new-passphrase-file", str(desk.secret("li"))
    )
    good = made.json["recipient"]
    slip = good[:30] + ("q" if good[30] != "q" else "p") + good[31:]
    words = ["rep", "add", "ji", "--role", "rep", "--employee-no", "J7", "--recipient"]
    is_error(desk.do("li", *words, slip), 2, "bad_recipient")
    assert desk.do("li", *words, good).exit_code == 0
    roster = tmp_path / "roster.csv"
    roster.write_text(f"姓名,岗位,工号,设备公钥\n郎朗月,rep,J8,{slip}\n毕方,rep,J9,{good}\n", encoding="utf-8")
    said = desk.do("li", "roster", "import", str(roster), "--dry-run")
    assert [(row["row"], row["code"]) for row in said.json["rows"]] == [(2, "bad_recipient")]
    assert said.json["preview"] == ["毕方 · Medical representative"]
    roster.write_text("姓名,岗位,工号,培训日期\n郎朗月,msl,J8,2030-01-01\n毕方,msl,J9,2026-01-01\n", encoding="utf-8")
    plain = [word for word in desk.head("li") if word != "--json"]
    told = in_process(*plain, "roster", "import", str(roster), "--dry-run").stdout
    assert "The date lies in the future; not taken." in told and "dropped" not in told
    assert "msl" not in told and "毕方 · Medical" in told


@pytest.mark.req("REQ-050")
def test_packs_that_do_not_fit_have_codes_of_their_own(field: Desk) -> None:
    pack = (field.folder / "1.pack").read_bytes()
    changed = bytearray(pack)
    changed[-40] ^= 1
    for name, content, code, word in (
        ("text", b"no pack at all", 2, "pack_not_a_pack"),
        ("changed", bytes(changed), 3, "pack_damaged"),
        ("cut", pack[:-9], 3, "pack_damaged"),
        ("theirs", (field.folder / "other.pack").read_bytes(), 2, "pack_wrong_recipient"),
    ):
        path = field.folder / f"{name}.pack"
        path.write_bytes(content)
        is_error(field.do("wang", "bundle", "open", str(path)), code, word)
    assert field.do("wang", "bundle", "state").json["sequence"] == 0, "nothing was taken"
    assert field.do("wang", "bundle", "open", str(field.folder / "2.pack")).exit_code == 0
    older = field.do("wang", "bundle", "open", str(field.folder / "1.pack"))
    assert (older.exit_code, older.json["refused"]) == (1, "pack_older_sequence")


def test_tables_with_nothing_usable_are_errors_and_keep_their_rows(desk: Desk, tmp_path: Path) -> None:
    table = tmp_path / "assign.csv"
    table.write_text("HCP编号,代表\nHCP-ZZZZZZZZ,nobody\n", encoding="utf-8")
    said = desk.do("li", "assign", "import", str(table))
    is_error(said, 2, "every_row_rejected")
    assert said.json["rejected"] == 1 and said.json["rows"] and said.json["assigned"] == 0
    table.write_text("姓名,角色,工号\n,rep,\n", encoding="utf-8")
    said = desk.do("li", "roster", "import", str(table))
    is_error(said, 2, "every_row_rejected")
    assert said.json["rows"]


def test_a_batch_says_what_its_gravest_line_said(desk: Desk, tmp_path: Path) -> None:
    script = tmp_path / "lines"
    script.write_text(json.dumps(["rep", "list"]) + "\npeople show X --purpose vsit\n", encoding="utf-8")
    said = desk.do("li", "batch", str(script))
    is_error(said, 2, "unknown_purpose")
    assert said.json["message"].startswith("line 2: ")
    script.write_text(json.dumps(["user", "remove", "chen"]) + "\n", encoding="utf-8")
    said = desk.do("li", "batch", str(script))
    assert said.exit_code == 1 and said.json["refused"] == "role_not_allowed" and said.json["references"]
    script.write_text('rep list "open\n', encoding="utf-8")
    is_error(desk.do("li", "batch", str(script)), 2, "batch_line")


@pytest.mark.parametrize("kind", ["missing", "unwritable", "a file"])
def test_a_report_that_cannot_be_written_stops_the_import_before_it(desk: Desk, tmp_path: Path, kind: str) -> None:
    crm = tmp_path / "crm.csv"
    crm.write_text("姓名,医院\n李示例,示例第一医院\n", encoding="utf-8")
    place, word = tmp_path / "reports", "folder_missing"
    if kind == "unwritable":
        place, word = Path("/proc/self"), "folder_forbidden"
        if not place.exists():
            pytest.skip("no folder here that refuses everybody")
    elif kind == "a file":
        place.write_text("x", encoding="utf-8")
    source = ["source", "add", "CRM", "--name", "CRM", "--provenance", "first"]
    desk.batch("li", source, check=False)
    said = desk.do("chen", "import", str(crm), "--source", "CRM", "--report", str(place / "r.csv"))
    is_error(said, 2, word)
    assert desk.do("chen", "import", "list").json["batches"] == []


def test_what_does_not_hold_is_an_error_too(cli, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    paper = tmp_path / "paper.json"
    paper.write_text('{"format": "consentkeep-proof/1"}', encoding="utf-8")
    said = cli("--json", "verify", str(paper))
    assert said.exit_code in (2, 3) and said.json["error"] and said.json["message"]


def test_a_typed_value_that_cannot_be_taken_names_its_field_in_words() -> None:
    said = {lang: outcome_of(bad_input("licence_bad", "practice_licence_no"), lang).payload for lang in Lang}
    assert said[Lang.ZH]["message"] == "医师执业证书编码：执业证书编码不是 15 位。"
    assert said[Lang.EN]["message"] == "Practice licence number: The licence number does not have 15 digits."
