"""``self-test``: good here, and exit 3 with the name of what is wrong when something is missing."""

import json
import shutil
from pathlib import Path

import pytest
from cli_desk import ROOT, as_program, in_process

NAMES = ["library", "words", "rules", "fonts", "store", "papers", "reading", "profile", "peeking", "report"]
NAMES += ["signature", "proof", "integrity"]


@pytest.mark.req("REQ-101")
def test_everything_works_and_nothing_is_left_behind(tmp_path: Path) -> None:
    said = as_program("--json", "self-test", TMPDIR=str(tmp_path), CONSENTKEEP_STATE_DIR=str(tmp_path / "state"))
    assert said.exit_code == 0, said
    assert said.json["ok"] is True and said.json["frozen"] is False
    assert [check["name"] for check in said.json["checks"]] == NAMES
    assert all(check["ok"] and check["detail"] and not check["why"] for check in said.json["checks"])
    assert "SQLCipher" in said.json["checks"][0]["detail"] and "openssl" in said.json["checks"][0]["detail"]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_program_with_files_missing_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken installation, made of the real one: no bold face, one text without English, no reading of headers."""
    import sys

    from compliance import i18n, resources
    from compliance.exports import fonts

    broken = tmp_path / "resources"
    shutil.copytree(ROOT / "resources", broken)
    (broken / "fonts" / "NotoSansSC-Bold.ttf").unlink()
    area = broken / "locale" / "pack.toml"
    area.write_text(area.read_text(encoding="utf-8") + '\n["only.chinese"]\nzh = "只有中文"\n', encoding="utf-8")
    caches = (resources.resource_root, i18n.catalogue, fonts.set_up, fonts._glyphs, fonts._widths)
    try:
        for cache in caches:
            cache.cache_clear()
        monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
        said = in_process("--json", "self-test")
    finally:
        monkeypatch.undo()
        for cache in caches:
            cache.cache_clear()
    found = {check["name"]: check for check in json.loads(said.stdout)["checks"]}
    assert said.exit_code == 3 and found["words"]["why"] == "words_missing only.chinese"
    assert not found["fonts"]["ok"] and not found["report"]["ok"] and found["signature"]["why"] == "no_report"
    assert not found["proof"]["ok"]
    assert found["library"]["ok"] and found["rules"]["ok"]
