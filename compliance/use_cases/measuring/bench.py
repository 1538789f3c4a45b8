"""The figures of the product, measured the same way everywhere (anchors.md section 9).

Rules: (1) generated data, fixed seed, practice vaults in a private folder that is removed afterwards; (2) what is warm
in daily use is warmed up first; medians of five, of three where a run takes many seconds, one run with the seats; (3)
every figure names its target and whether it was met, with spans; what cannot be measured here says why; (4) versions,
machine and load stand beside the figures, because seconds mean nothing without them.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from compliance.clock import Clock, shanghai_day
from compliance.errors import bad_input
from compliance.exports.files import write_file
from compliance.model.access import Purpose
from compliance.model.audit import Kind
from compliance.progress import NoProgress
from compliance.use_cases.field import bundles, day_plans, sheets
from compliance.use_cases.measuring.bench_consents import Measured, consent_figures, rebuilding_figure
from compliance.use_cases.measuring.bench_lists import list_figures
from compliance.use_cases.measuring.bench_log import log_figures
from compliance.use_cases.measuring.bench_mixture import fill_mixture
from compliance.use_cases.measuring.bench_seats import seated
from compliance.use_cases.measuring.bench_store import MOST_ROWS, PASSPHRASE, REP, Filled, Stores, bench_csv, done
from compliance.use_cases.seat.rep_session import RepSession
from compliance.use_cases.seat.session import close_session, open_session
from compliance.use_cases.seeing import profiles
from compliance.vault.engine.versions import library_versions

NAMES = (
    *("unlock", "start", "profile", "sheet", "dayplan", "pack", "check", "log"),
    *("consents", "lists", "import", "seats"),
)
MOST_RECORDS = MOST_ROWS
_RECORDS, _LISTED = 50_000, 200_000
_OPERATIONS = 200
_ENTRIES = 100_000
_MIXED = 24_000
_SEATS = 6
#: People in the pack, and assigned to its rep: some are closed to reps whatever they signed.
_PACK, _ASSIGNED = 200, 320
_START_SECONDS = 60
_ON_A_PLAN = 12
#: The first window, painted; the process is ended from outside.
_FIRST_WINDOW = (
    "from desktop_app.app import application, build, own_words\n"
    "app = application()\n"
    "window = build()\n"
    "own_words(app, window.desk.lang)\n"
    "window.start(None, '')\n"
    "window.show()\n"
    "app.processEvents()\n"
    "assert window.isVisible()\n"
    "print('shown', flush=True)\n"
    "import sys; sys.stdin.readline()\n"
    "import os; os._exit(0)\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number. ``value`` None where it could not be measured, ``note`` then says why; ``met`` None where
    there is no target or no value."""

    name: str
    value: float | None
    unit: str
    target: str
    met: bool | None
    runs: int
    low: float | None
    high: float | None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchReport:
    """Figures and what they were measured on."""

    figures: tuple[Figure, ...]
    versions: dict[str, str]
    machine: dict[str, str]
    records: int
    operations: int
    file: Path | None = None


def run_bench(
    name: str, *, records: int | None = None, operations: int | None = None, out: Path | None = None, clock: Clock
) -> BenchReport:
    """Measure ``name`` or ``all``. ``records``: rows of the imports; ``operations``: opened profiles. InputErrors
    ``unknown_bench``, ``file_exists``."""
    if name != "all" and name not in NAMES:
        raise bad_input("unknown_bench", "name", name, ", ".join((*NAMES, "all")))
    if out is not None and out.exists():
        raise bad_input("file_exists", "out")
    rows, count = min(records or _RECORDS, MOST_RECORDS), operations or _OPERATIONS
    with tempfile.TemporaryDirectory(prefix="consentkeep-bench-", ignore_cleanup_errors=True) as folder:
        kept = os.environ.get("CONSENTKEEP_STATE_DIR")
        os.environ["CONSENTKEEP_STATE_DIR"] = str(Path(folder) / "state")
        try:
            bench = _Bench(Stores(Path(folder), clock), rows, count, min(records or _LISTED, MOST_RECORDS))
            figures = tuple(f for wanted in NAMES if name in ("all", wanted) for f in bench.measure(wanted))
        finally:
            if kept is None:
                del os.environ["CONSENTKEEP_STATE_DIR"]
            else:
                os.environ["CONSENTKEEP_STATE_DIR"] = kept
    report = BenchReport(
        figures=figures, versions=_versions(), machine=_machine(), records=rows, operations=count, file=out
    )
    if out is not None:
        body = {**asdict(report), "file": str(out)}
        write_file(out, (json.dumps(body, ensure_ascii=False, indent=2) + "\n").encode())
    return report


class _Bench:
    def __init__(self, stores: Stores, records: int, operations: int, listed: int) -> None:
        self.stores, self.records, self.operations, self.listed = stores, records, operations, listed
        self._recipient = ""

    def measure(self, name: str) -> tuple[Figure, ...]:
        tests: dict[str, Callable[[], tuple[Figure, ...]]] = {
            "unlock": self.unlock,
            "start": self.start,
            "profile": self.profile,
            "sheet": self.sheet,
            "dayplan": self.day_plan,
            "pack": self.pack,
            "check": self.check,
            "log": self.log,
            "consents": self.consents,
            "lists": self.lists,
            "import": self.imported,
            "seats": self.seats,
        }
        return tests[name]()

    def unlock(self) -> tuple[Figure, ...]:
        path = self.stores.empty()
        runs = []
        for _ in range(5):
            took, session = _timed(lambda: self.stores.open(path))
            session.vault.close()
            runs.append(took)
        return (_figure("unlock", runs, "s", "0.4-1.0", lambda v: 0.4 <= v <= 1.0),)

    def start(self) -> tuple[Figure, ...]:
        if getattr(sys, "frozen", False):
            return (_not_measured("cold_start", "s", "<= 1.5", "only from a checkout"),)
        _first_window(self.stores.folder)
        runs = [took for _ in range(5) if (took := _first_window(self.stores.folder)) is not None]
        if not runs:
            return (_not_measured("cold_start", "s", "<= 1.5", "the desktop program does not start here"),)
        return (_figure("cold_start", runs, "s", "<= 1.5", lambda v: v <= 1.5),)

    def profile(self) -> tuple[Figure, ...]:
        session, ids = self.stores.open(self.filled.path, "chen"), self.filled.ids

        def one(number: int) -> float:
            asked = ids[number % len(ids)]
            return _timed(lambda: done(profiles.open_profile(session, hcp_id=asked, purpose=Purpose.MDM)))[0] * 1000

        for number in range(5):
            one(number)
        runs = [one(number) for number in range(self.operations)]
        close_session(session)
        return (_figure("profile", runs, "ms", "<= 3", lambda v: v <= 3),)

    def sheet(self) -> tuple[Figure, ...]:
        session, out = self.stores.open(self.filled.path, "chen"), self.stores.folder / "sheets"

        def one(hcp_id: str) -> tuple[float, int]:
            took, made = _timed(
                lambda: done(
                    sheets.make_sheets(
                        session, hcp_ids=[hcp_id], purpose=Purpose.VISIT, rep=REP, out=out, progress=NoProgress()
                    )
                )
            )
            return took * 1000, len(made.sheets)

        warm = [hcp_id for hcp_id in self.filled.ids[:40] if one(hcp_id)[1]][:20]  # the others are closed to the rep
        runs = [one(hcp_id)[0] for hcp_id in warm]
        close_session(session)
        return (_figure("sheet", runs, "ms", "<= 25", lambda v: v <= 25),)

    def day_plan(self) -> tuple[Figure, ...]:
        session, folder = self.stores.open(self.filled.path, "chen"), self.stores.folder
        day = shanghai_day(session.now())

        def one(number: int, ids: Sequence[str]) -> tuple[float, int]:
            path, begin = folder / f"plan-{number}.pdf", time.process_time()
            made = done(day_plans.make_day_plan(session, hcp_ids=ids, rep=REP, day=day, path=path))
            return (time.process_time() - begin) * 1000, len(made.people)

        open_ones = [hcp_id for n, hcp_id in enumerate(self.filled.ids[:40]) if one(n, [hcp_id])[1]][:_ON_A_PLAN]
        runs = [one(100 + number, open_ones)[0] for number in range(10)]
        close_session(session)
        figure = _figure("day_plan", runs, "ms", "<= 300", lambda v: v <= 300)
        return (replace(figure, note=f"{len(open_ones)} people, processor time"),)

    def pack(self) -> tuple[Figure, ...]:
        session = self.stores.open(self.filled.path, "chen")
        rep = open_session(self._rep_vault, user="rep", passphrase=PASSPHRASE, clock=self.stores.clock)
        assert isinstance(rep, RepSession)
        runs, people = [], []
        for number in range(5):
            file = self.stores.folder / f"pack-{number}.ckpack"
            done(bundles.make_bundle(session, rep=REP, path=file))
            took, opened = _timed(lambda file=file: done(bundles.open_bundle(rep, path=file)))  # type: ignore[misc]
            runs.append(took)
            people.append(opened.people)
        close_session(rep)
        close_session(session)
        figure = _figure("pack_open", runs, "s", "<= 3", lambda v: v <= 3 and min(people) >= _PACK)
        return (replace(figure, note=f"{min(people)} people"),)

    def check(self) -> tuple[Figure, ...]:
        session = self.stores.open(self.stores.empty())
        event = session.event(Kind.LIST_SHOWN, at=session.now(), detail={"what": "bench"})
        for _ in range(_ENTRIES // 1000):
            with session.vault.unit_of_work() as uow:
                uow.commit(*[event] * 1000)
        session.vault.check(full=True)
        runs = [_timed(lambda: session.vault.check(full=True))[0] for _ in range(5)]
        close_session(session)
        return (_figure("check_full_100k", runs, "s", "<= 1", lambda v: v <= 1),)

    def log(self) -> tuple[Figure, ...]:
        session = self.stores.open(self.stores.empty())
        self.stores.source(session)
        small = self.stores.folder / "log.csv"
        small.write_bytes(bench_csv(200))
        self.stores.bring_in(session, small)
        with session.vault.snapshot() as snap:
            ids = snap.people.ids()
        measured = log_figures(session, ids=ids)
        close_session(session)
        return tuple(replace(_figure(m.name, m.runs, m.unit, m.target, m.meets), note=m.note) for m in measured)

    def consents(self) -> tuple[Figure, ...]:
        session = self.stores.open(self.stores.empty())
        self.stores.source(session)
        self.stores.bring_in(session, self._file())
        with session.vault.snapshot() as snap:
            ids = snap.people.ids()[:200]
        measured = consent_figures(session, ids=ids, operations=min(self.operations, 100))
        close_session(session)
        mixed = self.stores.open(self.stores.empty())
        fill_mixture(mixed, lines=min(self.records, _MIXED))
        longer = rebuilding_figure(mixed, name="rebuild_million_mixed")
        close_session(mixed)
        return _figures((*measured, longer))

    def lists(self) -> tuple[Figure, ...]:
        file = self.stores.folder / "listed.csv"
        file.write_bytes(bench_csv(self.listed))
        session = self.stores.open(self.stores.empty())
        self.stores.source(session)
        self.stores.bring_in(session, file)
        measured = list_figures(session)
        close_session(session)
        return _figures(measured)

    def imported(self) -> tuple[Figure, ...]:
        file = self._file()
        runs = []
        for _ in range(3):
            session = self.stores.open(self.stores.empty())
            self.stores.source(session)
            took, rows = _timed(lambda s=session: self.stores.bring_in(s, file))  # type: ignore[misc]
            close_session(session)
            runs.append(rows / took)
        return (_figure("import", runs, "rows/s", ">= 8000", lambda v: v >= 8000),)

    def seats(self) -> tuple[Figure, ...]:
        file, filled = self._file(), self.filled
        session = self.stores.open(filled.path)
        with seated(_SEATS, filled.path, "chen", filled.ids) as others:
            others.begin()
            took, rows = _timed(lambda: self.stores.bring_in(session, file))
            others.end()
        close_session(session)
        opened = others.milliseconds
        p99 = quantiles(opened, n=100)[98] if len(opened) > 1 else max(opened, default=0.0)
        span = {"runs": len(opened), "low": round(min(opened), 3), "high": round(max(opened), 3)}
        met = max(opened) <= 500
        return (
            Figure(name="seats_p99", value=round(p99, 3), unit="ms", target="<= 100", met=p99 <= 100, **span),  # type: ignore[arg-type]
            Figure(name="seats_worst", value=span["high"], unit="ms", target="<= 500", met=met, **span),  # type: ignore[arg-type]
            _figure("import_beside_six_seats", [rows / took], "rows/s", "", None),
        )

    @cached_property
    def filled(self) -> Filled:
        made = bundles.init_rep(self._rep_vault, passphrase=PASSPHRASE, clock=self.stores.clock)
        return self.stores.filled(people=_ASSIGNED, recipient=made.recipient)

    @property
    def _rep_vault(self) -> Path:
        return self.stores.folder / "rep.ckvault"

    def _file(self) -> Path:
        file = self.stores.folder / f"import-{self.records}.csv"
        if not file.exists():
            file.write_bytes(bench_csv(self.records))
        return file


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.perf_counter()
    result = act()
    return time.perf_counter() - begin, result


def _first_window(folder: Path) -> float | None:
    """Seconds from the start of the process to the painted unlock window; None when there is none."""
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
        "XDG_CONFIG_HOME": str(folder / "config"),
    }
    begin = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own text, no shell
        [sys.executable, "-c", _FIRST_WINDOW],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as process:
        assert process.stdout is not None
        shown = process.stdout.readline().strip() == b"shown"
        took = time.perf_counter() - begin
        try:
            process.communicate(b"\n", timeout=_START_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
    return took if shown else None


def _figure(name: str, runs: Sequence[float], unit: str, target: str, meets: Callable[[float], bool] | None) -> Figure:
    value = median(runs)
    return Figure(
        name=name,
        value=round(value, 3),
        unit=unit,
        target=target,
        met=meets(value) if meets else None,
        runs=len(runs),
        low=round(min(runs), 3),
        high=round(max(runs), 3),
    )


def _figures(measured: Sequence[Measured]) -> tuple[Figure, ...]:
    return tuple(
        replace(_figure(m.name, m.runs, m.unit, m.target, m.meets if m.target else None), note=m.note) for m in measured
    )


def _not_measured(name: str, unit: str, target: str, why: str) -> Figure:
    return Figure(name=name, value=None, unit=unit, target=target, met=None, runs=0, low=None, high=None, note=why)


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), **library_versions()}
    for package in ("sqlcipher3", "cryptography", "reportlab", "PySide6_Essentials"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = ""
    return found


def _machine() -> dict[str, str]:
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return {
        "system": platform.platform(),
        "cores": str(os.cpu_count()),
        "processor": platform.processor() or platform.machine(),
        "load_after": load,
    }
