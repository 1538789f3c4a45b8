"""Words: every key the screens use stands in the catalogue; faults become words without a trace of what caused them."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from compliance import errors
from compliance.errors import (
    AuditIntegrityError,
    ComplianceError,
    ExportError,
    InputErrors,
    PolicyError,
    VaultBusy,
    VaultCorrupt,
    VaultError,
    WrongPassphrase,
)
from compliance.i18n import Lang, catalogue, has
from compliance.model.audit import Kind
from compliance.model.profile import CrossBorder, SourceClass
from compliance.progress import Phase
from desktop_app.errors import crash_code, problem
from desktop_app.operations import session as session_ops
from desktop_app.state import Place
from desktop_app.views.check_desk import DEFECTS
from desktop_app.widgets.dialogs import TroubleDialog

ROOT = Path(__file__).resolve().parents[2]
SCREENS = sorted((ROOT / "desktop_app").rglob("*.py"))
AREAS = (
    "app bar border case check col consent consents create desk due evidence exports facts imports kind lang papers",
    "people person phase picker place profile record rep reps request rules settings shell tile today transfers",
    "unlock warning why withdraw wizard",
)
PREFIXES = tuple(f"{area}." for line in AREAS for area in line.split())


def keys_used() -> set[str]:
    found = set()
    for path in SCREENS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(PREFIXES):
                found.add(node.value)
    return {k for k in found if all(part for part in k.split(".")) and " " not in k}


def test_every_key_on_screen_has_words_in_both_languages() -> None:
    missing = [k for k in keys_used() if not {"zh", "en"} <= set(catalogue().get(k, {}))]
    assert missing == []


def test_every_value_of_a_closed_set_that_screens_show_has_words() -> None:
    wanted = [
        *(f"kind.{k}" for k in Kind),
        *(f"border.{k}" for k in CrossBorder),
        *(f"phase.{k}" for k in Phase),
        *(f"place.{k}" for k in Place),
        *(f"desk.source.{k}" for k in SourceClass),
        *(f"defect.{k}" for k in DEFECTS),
    ]
    assert [k for k in wanted if not has(k)] == []


@pytest.mark.parametrize("lang", list(Lang))
@pytest.mark.parametrize("kind", [PolicyError, VaultCorrupt, AuditIntegrityError, ExportError])
def test_every_family_of_faults_has_title_text_and_next_step(kind: type[ComplianceError], lang: Lang) -> None:
    found = problem(kind(), lang)
    for text in (found.title, found.text, found.next_step):
        assert text and "error." not in text
    assert not found.crash


def test_all_faulty_fields_are_named_at_once() -> None:
    faults = [errors.Fault("a", "bad_date"), errors.Fault("b", "bad_time")]
    assert len(problem(InputErrors(faults), Lang.ZH).text.splitlines()) == 2


@pytest.mark.req("REQ-052")
def test_a_bug_shows_type_and_place_and_nothing_it_carried(qtbot: QtBot) -> None:
    def library() -> None:
        raise KeyError("王若溪 13712345678")

    try:
        library()
    except KeyError as error:
        found = problem(error, Lang.ZH)
        code = crash_code(error)
    assert found.crash
    dialog = TroubleDialog(found, Lang.ZH, None)
    qtbot.addWidget(dialog)
    shown = " ".join(str(w.property("text") or "") for w in dialog.children())
    for text in (found.title, found.text, found.next_step, found.code, code, shown):
        assert "王若溪" not in text and "1371" not in text
    assert code.startswith("KeyError")
    assert dialog.objectName() == "crashPage"


@pytest.mark.parametrize("lang", list(Lang))
def test_a_wrong_passphrase_and_a_busy_store_send_nobody_to_a_backup(lang: Lang) -> None:
    backup = problem(VaultError("cannot_open"), lang)
    for error in (WrongPassphrase(), VaultBusy(holder="restore")):
        found = problem(error, lang)
        assert found.title != backup.title and found.next_step != backup.next_step
        assert "备份" not in found.next_step and "backup" not in found.next_step


def test_cold_start_loads_nothing_heavy_and_is_quick() -> None:
    code = (
        "import sys, time\n"
        "from desktop_app.app import application, build\n"
        "app = application(); window = build(); window.start(None, ''); window.show(); app.processEvents()\n"
        "heavy = {'pandas', 'reportlab', 'pyhanko', 'pypdfium2', 'sqlcipher3', 'cryptography'} & set(sys.modules)\n"
        "print(','.join(sorted(heavy)), time.process_time()); window.close()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy, _, inside = done.stdout.strip().rpartition(" ")
    assert heavy == ""
    assert float(inside) < 4.5, "processor time from the start of the interpreter on; bench measures the wait"


def test_what_stands_after_unlocking_loads_no_reports() -> None:
    code = (
        "import sys\n"
        "import desktop_app.window, desktop_app.views.shell, desktop_app.views.today\n"
        "raise SystemExit(', '.join({'pandas', 'reportlab', 'pyhanko', 'pypdfium2'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_no_screen_knows_threads_sql_or_the_lower_layers() -> None:
    for path in SCREENS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                assert name != "threading" or path.name == "tasks.py", path
                assert not name.startswith(("compliance.vault", "compliance.policy", "compliance.audit")), path


#: Files over 300 lines, and why.
LONG = {
    "stacks.py": "list, trays, sample panel and desk of one stack share its state; to be cut along the panels",
    "capture.py": "four steps over one set of answers; the steps are to become widgets of their own",
    "profile.py": "head, consents, values and history of one person under one log entry",
}


def test_files_stay_short() -> None:
    long = {p.name for p in SCREENS if len(p.read_text(encoding="utf-8").splitlines()) > 300}
    assert long == LONG.keys()


def test_unlocking_is_a_task_of_the_vault_lane(tmp_path: Path) -> None:
    from compliance.clock import SystemClock
    from desktop_app.tasks import Lane

    task = session_ops.unlock(path=tmp_path, user="x", passphrase="y", clock=SystemClock(), lang=Lang.ZH)
    assert task.lane is Lane.VAULT
