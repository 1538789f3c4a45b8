"""The words shown are checked like code: both languages, equal placeholders, no key twice, no key unknown."""

import ast
import importlib.util
import re
import string
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from compliance.cli.main import MODULES, root
from compliance.errors import ComplianceError
from compliance.i18n import catalogue, has
from compliance.vault.checks.check_log import _CODES

ROOT = Path(__file__).resolve().parent.parent
AREAS = sorted((ROOT / "resources" / "locale").glob("*.toml"))
CODE = sorted(path for package in ("compliance", "desktop_app") for path in (ROOT / package).rglob("*.py"))


def test_no_key_stands_twice() -> None:
    keys = Counter(key for area in AREAS for key in tomllib.loads(area.read_text(encoding="utf-8")))
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize("area", AREAS, ids=lambda path: path.stem)
def test_both_languages_with_equal_placeholders(area: Path) -> None:
    faults = []
    for key, entry in tomllib.loads(area.read_text(encoding="utf-8")).items():
        if set(entry) != {"zh", "en"} or not all(isinstance(text, str) and text for text in entry.values()):
            faults.append(f"{key}: needs zh and en")
        elif len({frozenset(_placeholders(text)) for text in entry.values()}) > 1:
            faults.append(f"{key}: placeholders differ")
    assert faults == []


def test_every_literal_key_in_the_code_exists() -> None:
    missing = [
        f"{path.relative_to(ROOT)}:{line} {key}"
        for path in CODE
        for line, key in _literal_keys(ast.parse(path.read_text(encoding="utf-8")))
        if not has(key)
    ]
    assert missing == []


def test_every_member_of_a_log_entry_has_a_name_in_words() -> None:
    missing = {
        f"{path.relative_to(ROOT)} {member}"
        for path in CODE
        for member in _members(ast.parse(path.read_text(encoding="utf-8")))
        if not has(f"cli.key.{member}") and not has(f"log.part.{member}")
    }
    assert missing == set()


def test_a_value_typed_by_hand_is_refused_in_words_of_its_own() -> None:
    words = {
        key.removeprefix("import.code."): text for key, text in catalogue().items() if key.startswith("import.code.")
    }
    cells = [code for code, said in words.items() if "dropped" in said["en"]]
    assert len(cells) > 20
    missing = [code for code in cells if not has(f"error.{code}") and not has(f"fault.{code}")]
    assert missing == [], "nothing that was typed is dropped: it is refused"


def test_every_error_code_has_words() -> None:
    missing = [
        f"{path.relative_to(ROOT)}:{line} error.{code}"
        for path in CODE
        for line, code in _error_codes(ast.parse(path.read_text(encoding="utf-8")))
        if not has(f"error.{code}")
    ]
    missing += [f"error.{kind.code}" for kind in _kinds(ComplianceError) if not has(f"error.{kind.code}")]
    assert missing == []


def test_every_command_and_option_has_words() -> None:
    missing = []
    for path, command in _commands(root, ""):
        if not has(f"cli.help.{path}"):
            missing.append(f"cli.help.{path}")
        for param in command.params:
            own, shared = f"cli.opt.{path}.{param.name}", f"cli.opt.{param.name}"
            if isinstance(param, click.Option) and not (has(own) or has(shared)):
                missing.append(own)
    assert missing == []


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _literal_keys(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """First arguments of ``t("…")`` and of names the desktop gives it, where they are literals with a dot."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = ast.unparse(node.func).split(".")[-1]
        first = node.args[0]
        if name in {"t", "tr", "_t"} and isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield node.lineno, first.value


def _error_codes(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Literal codes given to errors: ``bad_input("x")``, ``VaultError("x")``, ``Fault(where, "x")``."""
    kinds = {kind.__name__ for kind in _kinds(ComplianceError)} - {"InputErrors", "PolicyFileError"}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func).split(".")[-1]
        place = 0 if name == "bad_input" or name in kinds else None
        if place is not None and len(node.args) > place:
            code = node.args[place]
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                yield node.lineno, code.value


def _kinds(kind: type[ComplianceError]) -> Iterator[type[ComplianceError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)


def _commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    ctx = click.Context(group)
    for name in MODULES if group is root else group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None, name
        below = f"{path}.{name}".lstrip(".")
        yield below, command
        if isinstance(command, click.Group):
            yield from _commands(command, below)


def test_catalogue_is_not_empty() -> None:
    assert len(catalogue()) > 500


def test_every_finding_of_a_check_has_words() -> None:
    """``Problem("code", …)`` and the codes of breaks; a fault's own code has the words of its error."""
    vault = sorted((ROOT / "compliance" / "vault").rglob("*.py"))
    calls = [node for path in vault for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    codes = {
        node.args[0].value
        for node in calls
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "Problem"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    codes |= {*_CODES.values(), "index_differs", "tree_damaged"}
    assert len(codes) >= 18
    assert sorted(code for code in codes if not has(f"finding.{code}")) == []


def test_the_check_page_carries_its_words_and_scripts_of_today() -> None:
    """resources/verifier/verify.html is made from tools/verify_page and words of the catalogue. Kinds of log entries
    may lag behind: the page then shows their code."""
    spec = importlib.util.spec_from_file_location("make_verify_page", ROOT / "tools" / "make_verify_page.py")
    assert spec and spec.loader
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    texts = (maker.TARGET.read_text(encoding="utf-8"), maker.page())
    shown, fresh = (re.sub(r'^"kind\..*\n|^.*Content-Security-Policy.*\n', "", text, flags=re.M) for text in texts)
    assert shown == fresh, "run .venv/bin/python tools/make_verify_page.py"


def _members(tree: ast.AST) -> Iterator[str]:
    """Literal keys of what is given as the detail of an entry."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "detail":
            for inner in ast.walk(node.value):
                if isinstance(inner, ast.Dict):
                    yield from (
                        key.value for key in inner.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)
                    )
        elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == "detail" for target in targets):
                yield from (
                    key.value for key in node.value.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)
                )
