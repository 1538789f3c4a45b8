"""Without --json a person reads words: no code word of ours is left in what the reading commands say."""

import ast
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli_desk import ROOT, in_process

from compliance.cli.coded import name, words
from compliance.clock import FixedClock
from compliance.i18n import Lang, has
from compliance.progress import NoProgress
from compliance.use_cases.showing.demo import DemoResult, run_demo

AT = "2026-11-24T12:00:00+08:00"
#: Names, ids, versions and spellings that stay as they are in every language.
PLAIN = {
    "zhao", "chen", "sun", "wu", "he", "lin", "gao", "rep", "batch", "json", "xlsx", "csv", "pdf", "docx", "html",
    "sandbox", "consentkeep", "msl", "wecom", "kol", "app", "roche", "sample", "demo", "gb18030", "utf", "ckvault",
    "approve", "example", "base64", "ecdsa", "sha256", "age", "com", "toml", "ed25519", "qr", "sms",
    "consentkeep-evidence",
}  # fmt: skip
#: What a reason tells people to run.
COMMAND_NAMED = "people readmit"
_ID = re.compile(
    r"\b[A-Z][A-Z0-9]*-[A-Z0-9-]+(@[0-9.]+)?\b|\b[0-9a-f]{12,}\b|\b[A-Za-z0-9+/]{40,}={0,2}|\S*/tmp/\S*|\S+@\S+"
)


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoResult]:
    """The practice vault of ``demo``, filled by its main job."""
    clock = FixedClock(datetime(2026, 11, 24, 2, 0, tzinfo=UTC))
    yield run_demo(
        tmp_path_factory.mktemp("words") / "demo", people=24, clock=clock, lang=Lang.ZH, progress=NoProgress()
    )


def reads(practice: DemoResult) -> list[list[str]]:
    """What people look at."""
    folder, hcp = practice.vault.parent, practice.withdrawn
    shown = practice.sheets[0].name.split("_")[1].removesuffix(".pdf")
    return [
        ["today"], ["pending"], ["tasks", "list"], ["settings", "show"], ["vault", "check"],
        ["vault", "check", "--full"],
        ["user", "list"], ["rep", "list"], ["source", "list"], ["plan", "list"], ["policy", "check"],
        ["import", "list"], ["import", "preview", str(folder / "crm_export_gb18030.csv"), "--source", "CRM"],
        ["import", str(folder / "crm_export_gb18030.csv"), "--source", "CRM", "--dry-run"],
        ["audit", "list", "--limit", "400"], ["audit", "verify"], ["verify", str(practice.audit_pdf)],
        ["verify", str(practice.bundle)], ["sheet", "attack", str(practice.sheets[0])],
        ["people", "find", "", "--purpose", "mdm", "--limit", "5"], ["people", "show", shown, "--purpose", "mdm"],
        ["people", "show", shown, "--purpose", "visit"], ["people", "show", hcp, "--purpose", "visit"],
        ["people", "why", shown, "mobile_phone", "--purpose", "visit"], ["people", "timeline", hcp],
        ["people", "timeline", shown], ["consent", "status", hcp], ["consent", "status", shown],
        ["consent", "timeline", hcp], ["consent", "due", "--within", "3650"], ["consent", "pending"],
        ["scope", "list"], ["stack", "list"], ["campaign", "list"], ["notice", "list"],
        ["worklist", "show", "ending", "--within", "3650"], ["worklist", "show", "proof-missing"],
        ["worklist", "show", "to-check"], ["worklist", "show", "weak-proof"], ["worklist", "show", "change-pending"],
        ["worklist", "coverage"], ["worklist", "forecast", "--weeks", "104"],
        ["transfer", "meter"], ["transfer", "recipient", "list"], ["basis", "list", shown], ["case", "list"],
        ["consent", "rebuild"], ["assessment", "list"], ["rule", "list"], ["rule", "run", "T1"],
        ["exceptional", "list"],
        ["audit", "finding", "open", "--title", "培训记录缺失", "--item", "19", "--due", "2026-12-15"],
        ["audit", "finding", "list"],
        ["audit", "hold", "set", "--authority", "网信办", "--reason", "检7号", "--to", "2026-12-31"],
        ["audit", "hold", "list"],
    ]  # fmt: skip


@pytest.mark.req("REQ-091")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_code_word_is_left_in_what_people_read(practice: DemoResult, tmp_path: Path, lang: str) -> None:
    script = tmp_path / "lines"
    left: dict[str, set[str]] = {}
    for user in ("zhao", "lin"):
        lines = reads(practice)
        script.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
        head = ["--vault", str(practice.vault), "--user", user, "--passphrase-file", str(practice.passphrase_file)]
        said = in_process(*head, "--lang", lang, "--at", AT, "batch", str(script))
        for text in said.stdout.split("\n> ")[0 if said.stdout.startswith("> ") else 1 :]:
            command, _, told = text.partition("\n")
            if found := _codes(told, lang):
                left.setdefault(command, set()).update(found)
            if lang == "en" and re.search(r"[A-Za-z]、|、[A-Za-z]", told):
                left.setdefault(command, set()).add("、")
    assert left == {}


def test_every_fault_that_is_raised_by_its_name_has_words() -> None:
    raised = {
        code
        for area in ("compliance", "desktop_app")
        for path in (ROOT / area).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "bad_input" and call.args
        for code in _literals(call.args[0])
    }
    assert len(raised) > 300
    told = ("error", "fault", "reason", "import", "import.code", "import.refused", "free_text")
    assert {code for code in raised if not any(has(f"{place}.{code}") for place in told)} == set()


def _literals(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return _literals(node.body) + _literals(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


@pytest.mark.parametrize("key", ["transfer", "previous", "sample", "manifest_sha256", "noes_kept", "below_grade",
                                 "file_empty", "file_outside", "colleagues_relabelled",
                                 "by_code", "by_index", "by_hand", "index_unused", "index_reasons"])  # fmt: skip
@pytest.mark.parametrize("lang", [Lang.ZH, Lang.EN])
def test_a_key_of_a_report_an_import_or_a_proof_pack_has_words(key: str, lang: Lang) -> None:
    assert name(key, lang) != key and "_" not in name(key, lang)


@pytest.mark.parametrize(
    ("key", "value"),
    [("withdrawn", "visit"), ("colleagues", "by_role"), ("profile_values", "none"), ("documents", "as_handed_in")],
)
def test_a_withdrawn_item_and_what_a_pack_leaves_out_have_words(key: str, value: str) -> None:
    assert words(key, value, Lang.ZH) != value


def _codes(text: str, lang: str) -> set[str]:
    """Words that look like code: snake_case in any language, and in Chinese any lower-case word of ours."""
    bare = _ID.sub(" ", re.sub(r"\(([a-z_]+)\)$", " ", text, flags=re.M)).replace(COMMAND_NAMED, " ")
    found = set(re.findall(r"\b[A-Za-z]+_[A-Za-z_0-9]+\b", bare))
    if lang == "zh":
        found |= {word for word in re.findall(r"\b[a-z][a-z0-9-]{2,}\b", bare) if word not in PLAIN}
    return found
