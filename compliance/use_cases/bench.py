"""The figures of the product, measured the same way everywhere (anchors.md section 9).

Rules: (1) generated data, fixed seed, a practice vault in a private folder that is removed afterwards; (2) one warm-up,
then medians of five (three where a run takes seconds); (3) every figure names its target and whether it was met; (4)
versions and machine facts stand beside the figures, because seconds mean nothing without them.
"""

import os
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from compliance.clock import Clock
from compliance.errors import bad_input
from compliance.i18n import Lang
from compliance.model.access import Purpose, Role
from compliance.model.answer import Refusal
from compliance.model.audit import Kind
from compliance.model.profile import SourceClass
from compliance.progress import NoProgress
from compliance.use_cases import accounts, imports, people_list, profiles, sources
from compliance.use_cases.sample_data import make_crm_csv
from compliance.use_cases.session import Session, close_session, create_vault, open_session

NAMES = ("unlock", "import", "profile", "check")
_PASSPHRASE = "bench-only-passphrase"  # noqa: S105 - of a vault that lives for seconds
_RECORDS = 10_000
_ENTRIES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number. ``met`` None where there is no target."""

    name: str
    value: float
    unit: str
    target: str
    met: bool | None
    runs: int
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchReport:
    """Figures and what they were measured on."""

    figures: tuple[Figure, ...]
    versions: dict[str, str]
    machine: dict[str, str]


def run_bench(name: str, *, records: int | None = None, operations: int | None = None, clock: Clock) -> BenchReport:
    """Measure ``name`` or ``all``. InputErrors ``unknown_bench``."""
    if name != "all" and name not in NAMES:
        raise bad_input("unknown_bench", "name", name, ", ".join(NAMES))
    with tempfile.TemporaryDirectory(prefix="consentkeep-bench-") as folder:
        os.environ.setdefault("CONSENTKEEP_STATE_DIR", str(Path(folder) / "state"))
        bench = _Bench(Path(folder), clock, min(records or _RECORDS, _RECORDS), operations or 200)
        figures = [f for wanted in NAMES if name in ("all", wanted) for f in bench.measure(wanted)]
    return BenchReport(figures=tuple(figures), versions=_versions(), machine=_machine())


class _Bench:
    def __init__(self, folder: Path, clock: Clock, records: int, operations: int) -> None:
        self.folder, self.clock, self.records, self.operations = folder, clock, records, operations
        self._made = 0

    def measure(self, name: str) -> tuple[Figure, ...]:
        tests: dict[str, Callable[[], tuple[Figure, ...]]] = {
            "unlock": self.unlock,
            "import": self.imported,
            "profile": self.profile,
            "check": self.check,
        }
        return tests[name]()

    def unlock(self) -> tuple[Figure, ...]:
        path = self._vault()
        runs = [self._timed(lambda: close_session(self._open(path)))[0] for _ in range(5)]
        return (_figure("unlock", runs, "s", "0.4 to 1.0", lambda v: 0.4 <= v <= 1.0),)

    def imported(self) -> tuple[Figure, ...]:
        file = self.folder / "sample.csv"
        file.write_bytes(make_crm_csv(self.records))
        runs = []
        for _ in range(3):
            session = self._open(self._vault())
            took, rows = self._timed(lambda s=session: self._import(s, file))  # type: ignore[misc]
            close_session(session)
            runs.append(rows / took)
        return (_figure("import", runs, "rows/s", ">= 8000", lambda v: v >= 8000),)

    def profile(self) -> tuple[Figure, ...]:
        file = self.folder / "few.csv"
        file.write_bytes(make_crm_csv(500))
        owner = self._open(self._vault())
        self._import(owner, file)
        accounts.add_user(owner, name="chen", role=Role.COMPLIANCE, passphrase=_PASSPHRASE)
        session = self._open(owner.vault_path, "chen")
        page = people_list.find_people(session, text="", purpose=Purpose.MDM, limit=100).value
        assert not isinstance(page, Refusal)
        ids = [row.hcp_id for row in page.rows]
        runs = [
            self._timed(
                lambda n=n: profiles.open_profile(session, hcp_id=ids[n % len(ids)], purpose=Purpose.MDM)  # type: ignore[misc]
            )[0]
            * 1000
            for n in range(self.operations)
        ]
        close_session(session)
        close_session(owner)
        return (_figure("profile", runs[5:], "ms", "<= 3", lambda v: v <= 3),)

    def check(self) -> tuple[Figure, ...]:
        session = self._open(self._vault())
        event = session.event(Kind.LIST_SHOWN, at=session.now(), detail={"what": "bench"})
        for _ in range(_ENTRIES // 1000):
            with session.vault.unit_of_work() as uow:
                uow.commit(*[event] * 1000)
        runs = [self._timed(lambda: session.vault.check(full=True))[0] for _ in range(5)]
        close_session(session)
        return (_figure("check_full_100k", runs, "s", "<= 1", lambda v: v <= 1),)

    def _vault(self) -> Path:
        self._made += 1
        made = create_vault(
            self.folder / f"v{self._made}.ckvault",
            owner="zhao",
            handler="bench",
            passphrase=_PASSPHRASE,
            clock=self.clock,
            sandbox=True,
        )
        return made.vault

    def _open(self, path: Path, user: str = "zhao") -> Session:
        session = open_session(path, user=user, passphrase=_PASSPHRASE, clock=self.clock, lang=Lang.EN)
        assert isinstance(session, Session)
        return session

    def _import(self, session: Session, file: Path) -> int:
        sources.add_source(session, code="CRM", name="CRM", provenance=SourceClass.FIRST)
        request = imports.ImportRequest(path=file, source="CRM")
        report = imports.import_people(session, request=request, progress=NoProgress()).value
        assert not isinstance(report, Refusal)
        return report.read

    @staticmethod
    def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
        begin = time.perf_counter()
        result = act()
        return time.perf_counter() - begin, result


def _figure(name: str, runs: list[float], unit: str, target: str, meets: Callable[[float], bool]) -> Figure:
    value = median(runs)
    return Figure(
        name=name,
        value=round(value, 3),
        unit=unit,
        target=target,
        met=meets(value),
        runs=len(runs),
        low=round(min(runs), 3),
        high=round(max(runs), 3),
    )


def _versions() -> dict[str, str]:
    packages = ("sqlcipher3", "cryptography", "reportlab", "PySide6_Essentials")
    return {"python": platform.python_version(), **{p: version(p) for p in packages}}


def _machine() -> dict[str, str]:
    return {"system": platform.platform(), "cores": str(os.cpu_count()), "processor": platform.machine()}
