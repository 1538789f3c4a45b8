"""Calls that must not stand in the program (anchors.md F30), found by walking every syntax tree."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(path for package in ("compliance", "desktop_app") for path in (ROOT / package).rglob("*.py"))
BANNED_MODULES = {"pickle", "marshal", "shelve", "sqlite3", "yaml", "random", "dill", "urllib.request"}
BANNED_CALLS = {"eval", "exec", "compile", "__import__"}
EXECUTES = {"execute", "executemany", "executescript"}
#: Stands for a value this file does not write itself.
UNKNOWN = ast.Call(func=ast.Name(id="unknown", ctx=ast.Load()), args=[], keywords=[])
#: Names looked at by hand: file → names whose text is put together from constants elsewhere in the vault.
REVIEWED: dict[str, frozenset[str]] = {
    "batches.py": frozenset({"table"}),  # loops over a tuple of table names
    "removal.py": frozenset({"table.name"}),  # loops over a tuple of table definitions
    # ScopeSql and what stands beside it: texts without a value, each value bound
    "word_sql.py": frozenset({"rest"}),  # the same
    "list_found.py": frozenset({"LED", "when[0]", "source", "asked[0]", "begin[0]", "order", "columns"}),
    "list_pages.py": frozenset(
        {"self._scope.extremes", "apart", "source", "self._source", "self._where", "when", "columns", "only[0]"}
        | {
            "begin[0]",
            "order",
            "cut",
            "NAMED.order",
            "list_found.FIRST",
            "self._sorted",
            "first",
            "self._asked[0]",
            "where",
        }
        | {"alone"}
    ),
    "consents.py": frozenset({"open_", "status", "where", "_STATE_COLUMNS"}),  # state_reading: each value bound
    "work_lists.py": frozenset(
        {"open_", "reads", "where", "seen", "_FROM", "_FROM_ENDS", "_ASSIGNED", "_TERRITORY", "_COLUMNS"}
    ),
    "populations.py": frozenset({"status"}),  # state_reading: each value bound
    "histories.py": frozenset({"_LIKENESS"}),  # constants of this file, through one function of instants
    "relations.py": frozenset({"_STATED", "_BASED", "_SETTLE"}),  # the same
    # texts of constants and of numbered marks, each value bound; sections are an enum
    "retention.py": frozenset(
        {"start", "stopped", "of_item", "of_basis", "consents", "bases", "section.value", "sql", "text", "numbers"}
    ),
    "log_store.py": frozenset({"where"}),  # find: texts without a value, each value bound
    "__init__.py": frozenset({"step.number"}),  # migrations: a number written in the step's module
}
#: Modules that one file may use all the same, and why.
ALLOWED = {
    ("turns.py", "random"),  # spreads the retries of seats, keeps no secret
    ("sample_data.py", "random"),  # the same invented people at every run
    ("sample_papers.py", "random"),
    ("sample_scans.py", "random"),
}


def test_there_are_files_to_look_at() -> None:
    assert len(FILES) > 50


def test_one_module_alone_knows_where_the_program_lies() -> None:
    """A frozen program has no source files beside its modules."""
    asking = {path.name for path in FILES if "__file__" in path.read_text(encoding="utf-8")}
    assert asking == {"resources.py"}


def test_the_installer_takes_the_handed_out_checker_along_as_text() -> None:
    assert "compliance/verifier/check.py" in (ROOT / "build_installer.spec").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_banned_call(path: Path) -> None:
    assert list(findings(ast.parse(path.read_text(encoding="utf-8")), path)) == []


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import pickle", "import pickle"),
        ("from random import choice", "import random"),
        ("from urllib.request import urlopen", "import urllib.request"),
        ("eval('1')", "eval"),
        ("subprocess.run('ls', shell=True)", "shell=True"),
        ("os.system('ls')", "os.system"),
        ("datetime.now(UTC)", "datetime.now"),
        ("cursor.execute(f'SELECT {name}')", "SQL built from strings"),
        ("cursor.execute('SELECT ' + name)", "SQL built from strings"),
        ("cursor.execute('SELECT %s' % name)", "SQL built from strings"),
        ("cursor.execute('SELECT {}'.format(name))", "SQL built from strings"),
        ("def f(name): sql = 'SELECT ' + name; cursor.execute(sql)", "SQL built from strings"),
    ],
)
def test_the_walk_finds(code: str, said: str) -> None:
    assert [what for _, what in findings(ast.parse(code), Path("compliance/vault/x.py"))] == [said]


def findings(tree: ast.AST, path: Path) -> Iterator[tuple[int, str]]:
    """Line and name of everything banned. A formatted SQL text passes only when every part put into it comes from
    constants of the same file or is a row of question marks."""
    names = _bindings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, f"import {a.name}") for a in node.names if _banned(a.name, path))
        elif isinstance(node, ast.ImportFrom) and _banned(node.module or "", path):
            yield node.lineno, f"import {node.module}"
        elif isinstance(node, ast.Call):
            yield from _call(node, path, names)


def _banned(module: str, path: Path) -> bool:
    named = module in BANNED_MODULES or module.split(".")[0] in BANNED_MODULES
    return named and (path.name, module) not in ALLOWED


def _call(node: ast.Call, path: Path, names: dict[str, list[ast.expr]]) -> Iterator[tuple[int, str]]:
    name = ast.unparse(node.func)
    if name in BANNED_CALLS or name in {"os.system", "os.popen"}:
        yield node.lineno, name
    if name in {"datetime.now", "datetime.utcnow", "date.today", "datetime.today"} and path.name != "clock.py":
        yield node.lineno, name
    if any(k.arg == "shell" and isinstance(k.value, ast.Constant) and k.value.value for k in node.keywords):
        yield node.lineno, "shell=True"
    if isinstance(node.func, ast.Attribute) and node.func.attr in EXECUTES and node.args:
        reviewed = REVIEWED.get(path.name, frozenset())
        if _built(node.args[0], names, reviewed):
            yield node.lineno, "SQL built from strings"


def _built(sql: ast.expr, names: dict[str, list[ast.expr]], safe: frozenset[str]) -> bool:
    """Whether a statement is put together here, from more than this file's own constants."""
    if isinstance(sql, ast.Name):
        return sql.id not in safe and any(_built(value, names, safe | {sql.id}) for value in names.get(sql.id, []))
    formats = isinstance(sql, ast.Call) and isinstance(sql.func, ast.Attribute) and sql.func.attr == "format"
    return formats or (isinstance(sql, ast.JoinedStr | ast.BinOp) and not _fixed(sql, names, safe))


def _fixed(part: ast.expr, names: dict[str, list[ast.expr]], safe: frozenset[str]) -> bool:
    """Whether an expression can only ever hold text written in this file. ``safe`` ends recursion and holds what was
    looked at by hand."""
    if ast.unparse(part) in safe:
        return True
    match part:
        case ast.Constant():
            return not isinstance(part.value, str) or "%s" not in part.value
        case ast.JoinedStr():
            return all(_fixed(v.value, names, safe) for v in part.values if isinstance(v, ast.FormattedValue))
        case ast.BinOp(op=ast.Add()):
            return _fixed(part.left, names, safe) and _fixed(part.right, names, safe)
        case ast.BinOp(op=ast.Mult()):
            return isinstance(part.left, ast.Constant)
        case ast.IfExp():
            return _fixed(part.body, names, safe) and _fixed(part.orelse, names, safe)
        case ast.Call(func=ast.Attribute(attr="join"), args=[only]):
            return _fixed(only, names, safe)
        case ast.Call(func=ast.Attribute(attr="format")):
            return False
        case ast.Name(id=name) if name in names:
            return all(_fixed(value, names, safe | {name}) for value in names[name])
        case ast.Name(id=name):
            return name.isupper()
        case ast.Attribute(attr=name):
            return name.isupper()
        case _:
            return False


def _bindings(tree: ast.AST) -> dict[str, list[ast.expr]]:
    """Name → everything it is bound to in this file, by assignment or by a loop over literals."""
    found: dict[str, list[ast.expr]] = defaultdict(list)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                _bind(found, target, node.value)
        elif (isinstance(node, ast.AnnAssign) and node.value is not None) or isinstance(node, ast.AugAssign):
            _bind(found, node.target, node.value)
        elif isinstance(node, ast.For | ast.comprehension):
            entries = node.iter.elts if isinstance(node.iter, ast.Tuple | ast.List) else [node.iter]
            for entry in entries:
                _bind(found, node.target, entry)
        elif isinstance(node, ast.arg):
            found[node.arg].append(UNKNOWN)
    return found


def _bind(found: dict[str, list[ast.expr]], target: ast.expr, value: ast.expr) -> None:
    if isinstance(target, ast.Name):
        found[target.id].append(value)
    elif isinstance(target, ast.Tuple):
        parts = value.elts if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts) else None
        for at, name in enumerate(target.elts):
            _bind(found, name, parts[at] if parts else UNKNOWN)


@pytest.mark.parametrize(
    "code",
    [
        "cursor.execute('SELECT 1 FROM t WHERE a = ?', (a,))",
        "marks = ', '.join('?' * len(part)); cursor.execute(f'SELECT 1 FROM t WHERE a IN ({marks})', part)",
        "for table in ('a', 'b'): cursor.execute(f'DELETE FROM {table}')",
        "cursor.execute(f'SELECT {COLUMNS} FROM t')",
    ],
)
def test_the_walk_lets_pass(code: str) -> None:
    assert list(findings(ast.parse(code), Path("compliance/vault/x.py"))) == []
