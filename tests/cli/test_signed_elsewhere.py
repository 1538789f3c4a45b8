"""``pending export``, ``approve FILE``, ``pending import``, ``user carry`` as a script drives them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cli_desk import AT, Desk, Said, in_process

ELSEWHERE = ["--json", "--lang", "en"]


def ask(desk: Desk) -> str:
    said = desk.do("guan", "settings", "set", "before-proof", "transition", "--until", "2026-12-24")
    assert said.exit_code == 0, said
    return str(said.json["pending"])


@pytest.mark.req("REQ-045")
def test_the_whole_way_by_command_line(desk: Desk, tmp_path: Path) -> None:
    road = tmp_path / "road.txt"
    road.write_text("a passphrase for the road\n", encoding="utf-8")
    key, request, sig = tmp_path / "li.key", tmp_path / "request.json", tmp_path / "li.sig"
    made = desk.do("li", "user", "carry", str(key), "--new-passphrase-file", str(road))
    assert made.exit_code == 0 and made.json["user"] == "li", made
    req = ask(desk)
    assert [r["request"] for r in desk.do("li", "pending").json["pending"]] == [req]
    sent = desk.do("guan", "pending", "export", req, str(request))
    assert sent.exit_code == 0 and sent.json["file"] == str(request), sent

    shown = in_process(*ELSEWHERE, "approve", str(request))
    assert shown.exit_code == 0 and shown.json["request"] == req and shown.json["sandbox"] is True
    assert shown.json["signed_by"] is None and "2026-12-24" in shown.json["asks"]
    no_key = in_process(*ELSEWHERE, "approve", str(request), "--out", str(sig))
    assert (no_key.exit_code, no_key.json["error"]) == (2, "key_needed")
    head = [*ELSEWHERE, "--at", AT, "--passphrase-file"]
    wrong = in_process(*head, str(desk.secret("li")), "approve", str(request), "--key", str(key), "--out", str(sig))
    assert (wrong.exit_code, wrong.json["error"]) == (4, "wrong_passphrase") and not sig.exists()
    signed = in_process(*head, str(road), "approve", str(request), "--key", str(key), "--out", str(sig))
    assert signed.exit_code == 0 and signed.json["signed_by"] == "li" and sig.exists(), signed

    assert desk.do("chen", "pending", "import", str(sig)).exit_code == 1
    done = desk.do("guan", "pending", "import", str(sig))
    assert done.exit_code == 0 and done.json["approved"] == req, done
    again = desk.do("guan", "pending", "import", str(sig))
    assert (again.exit_code, again.json["error"]) == (2, "signature_replayed")
    back = desk.do("li", "user", "carry", "--call-back")
    assert back.exit_code == 0 and back.json["called_back"] is True


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["user", "carry"], "file_needed"),
        (["user", "carry", "somewhere.key"], "passphrase_needed"),
        (["pending", "export", "REQ-NONE", "out.json"], "unknown_request"),
        (["pending", "import", "absent.sig"], "file_missing"),
        (["approve", "absent.json", "--out", "x.sig"], "file_missing"),
    ],
)
def test_wrong_use_is_said(desk: Desk, words: list[str], code: str, cli: Callable[..., Said]) -> None:
    said = desk.do("guan", *words)
    assert (said.exit_code, said.json["error"]) == (2, code), said
