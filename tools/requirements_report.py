"""REQ → tests → result for the 120 rows of ``resources/law/requirements.csv``; writes ``docs/requirements.md``.

A test names what it proves with ``@pytest.mark.req("REQ-014")``. A row is *proven* when all its tests passed, *failing*
when one did not, *skipped* when none ran, *open* when no test names it. Without ``--results`` the whole suite runs.
"""

import argparse
import csv
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIGN = {"proven": "✔ proven", "failing": "✘ failing", "skipped": "– skipped", "open": "○ open"}


def main() -> int:
    """Run or read, print, write; exit 1 when a named requirement fails or a test names an unknown row."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--results", type=Path, help="a JUnit file of a finished run")
    arguments.add_argument("--out", type=Path, default=ROOT / "docs" / "requirements.md")
    given = arguments.parse_args()
    with (ROOT / "resources" / "law" / "requirements.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    tests = read_results(given.results or run_suite())
    unknown = sorted(set(tests) - {row["id"] for row in rows})
    states = {row["id"]: state(tests.get(row["id"], {})) for row in rows}
    for row in rows:
        count = len(tests.get(row["id"], {}))
        print(f"{row['id']}  {SIGN[states[row['id']]]:<10}  {count:>3} tests  {row['requirement']}")
    counts = Counter(states.values())
    summary = " · ".join(f"{SIGN[name]}: {counts[name]}" for name in SIGN)
    print(f"\n{summary}")
    given.out.write_text(document(rows, tests, states, summary), encoding="utf-8", newline="\n")
    for requirement in unknown:
        print(f"named by a test but not in the catalogue: {requirement}", file=sys.stderr)
    return 1 if unknown or counts["failing"] else 0


def run_suite() -> Path:
    """Run all tests once and give the result file."""
    results = Path(tempfile.mkdtemp()) / "results.xml"
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", f"--junitxml={results}"]
    subprocess.run(command, cwd=ROOT, check=False, stdout=sys.stderr)
    return results


def read_results(path: Path) -> dict[str, dict[str, str]]:
    """Requirement → test → ``passed``, ``failed`` or ``skipped``. Cases of one test count as one, the worst."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    order = ["passed", "skipped", "failed"]
    for case in ET.parse(path).getroot().iter("testcase"):
        children = {child.tag for child in case}
        result = "failed" if children & {"failure", "error"} else "skipped" if "skipped" in children else "passed"
        name = f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name', '').partition('[')[0]}"
        for entry in case.iter("property"):
            if entry.get("name") == "req":
                tests = found[str(entry.get("value"))]
                tests[name] = max(result, tests.get(name, "passed"), key=order.index)
    return found


def state(tests: dict[str, str]) -> str:
    """One word for a row."""
    results = set(tests.values())
    if not results:
        return "open"
    if "failed" in results:
        return "failing"
    return "proven" if "passed" in results else "skipped"


def document(rows: list[dict[str, str]], tests: dict[str, dict[str, str]], states: dict[str, str], summary: str) -> str:
    """The page."""
    lines = [
        "# Requirements and their tests",
        "",
        "Made by `make requirements`; do not edit.",
        "Level: L law, S national standard, I our reading of the law, P policy.",
        "A row is proven by the tests that name it, as far as they go; open rows have no test yet.",
        "",
        summary,
        "",
        "| id | level | source | requirement | result | tests |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        names = "<br>".join(f"`{name}`" for name in sorted(tests.get(row["id"], {})))
        cells = [row["id"], row["level"], row["source"], row["requirement"], SIGN[states[row["id"]]], names]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
