"""What draws values cannot be handed a stored one: a type checker refuses it, and few places make the type (REQ-048).

Shown values are ``Disclosed``; the rulings of ``policy.values`` make them, a pack is read back as them, and the blanked
controls of the leak check stand in for them.
"""

import ast
from pathlib import Path

import pytest
from mypy import api

ROOT = Path(__file__).resolve().parents[1]
MAKERS = {
    "compliance/model/pack.py",
    "compliance/policy/values.py",
    "compliance/exports/pack_control.py",
    "compliance/exports/sheet_control.py",
}
HEAD = """
from compliance.model.access import FieldState
from compliance.model.profile import FieldValue, Provenance, ShownField
from compliance.exports.sheet_data import SheetField
from compliance.policy.values import apply_ruling
from compliance.model.access import FieldRuling
from datetime import datetime

def draw(value: FieldValue, ruling: FieldRuling, at: datetime) -> SheetField:
"""
GOOD = "    return SheetField('label', apply_ruling(ruling, value, at=at))\n"
BAD = (
    "    return SheetField('label', ShownField(key='k', state=FieldState.DISCLOSED, value=value.value))\n",
    "    return SheetField('label', value)\n",
    "    return SheetField('label', value.value)\n",
    "    shown = apply_ruling(ruling, value, at=at)\n"
    "    return SheetField('label', ShownField(key='k', state=shown.state, value=(shown.value or '') + value.value))\n",
)


@pytest.mark.req("REQ-048")
def test_a_stored_value_does_not_fit_where_shown_ones_are_drawn(tmp_path: Path) -> None:
    files = {}
    for number, body in enumerate((GOOD, *BAD)):
        files[number] = tmp_path / f"draws{number}.py"
        files[number].write_text(HEAD + body, encoding="utf-8")
    cache = ROOT / ".mypy_cache"
    said, fault, _ = api.run(
        ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(cache if cache.exists() else tmp_path),
         *map(str, files.values())]
    )  # fmt: skip
    assert not fault, fault
    refused = {name for name in (path.name for path in files.values()) if f"{name}:" in said}
    assert refused == {path.name for number, path in files.items() if number}, said


def test_only_rulings_make_shown_values() -> None:
    made = set()
    for path in (*(ROOT / "compliance").rglob("*.py"), *(ROOT / "desktop_app").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "Disclosed" not in text and "cast" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            casts = node.func.id == "cast" and node.args and "Disclosed" in ast.unparse(node.args[0])
            if node.func.id == "Disclosed" or casts:
                made.add(path.relative_to(ROOT).as_posix())
    assert made == MAKERS
