"""The sealing process of an import: same people as sealing here, keys where they belong, nothing left whoever dies."""

import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import Desk, done, files_with, invent, write_csv

from compliance.errors import Cancelled, ComplianceError, InputErrors
from compliance.model.access import Purpose, Role, Section
from compliance.progress import NoProgress, ProgressSlot
from compliance.use_cases.consent import rebuilding
from compliance.use_cases.evidence import evidence
from compliance.use_cases.imports import import_stream, imports
from compliance.use_cases.imports.import_order import Question, Reply
from compliance.use_cases.imports.import_run import Run
from compliance.use_cases.imports.import_sealer import reply_bytes
from compliance.use_cases.seeing import profiles
from compliance.use_cases.showing.sample_data import make_crm_csv
from compliance.vault.arrivals.portions import LARGE_PORTION, PORTION, Portion
from compliance.vault.arrivals.staging import sealing_keys
from compliance.vault.engine.guard import Maintenance

PEOPLE = invent(1500, seed=41, first=70_000)
STAFF = {"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK}
needs_proc = pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no /proc here")
needs_kill = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("sealing") / "desk", staff=STAFF)
    yield made
    made.rise()


@pytest.fixture(autouse=True)
def beside(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(import_stream, "SEPARATE_FROM", 0)
    yield
    assert not multiprocessing.active_children()


def processes() -> dict[str, int]:
    """Name → process id of the children that live."""
    return {child.name: child.pid for child in multiprocessing.active_children() if child.pid}


class At(ProgressSlot):
    """Does something once, at the first tick after so many rows."""

    def __init__(self, rows: int, act) -> None:  # type: ignore[no-untyped-def]
        super().__init__()
        self.rows, self.act, self.done = rows, act, False

    def tick(self, done: int, total: int | None) -> None:
        if done >= self.rows and not self.done:
            self.done = True
            self.act(self)
        super().tick(done, total)


def bring(desk: Desk, path: Path, progress: ProgressSlot | NoProgress | None = None) -> imports.ImportReport:
    request = imports.ImportRequest(path=path, source="CRM")
    return done(imports.import_people(desk.sit("wu"), request=request, progress=progress or NoProgress()))


def nothing_came(desk: Desk) -> None:
    with desk.sit("chen").vault.snapshot() as snap:
        assert snap.people.count() == 0
        assert not [b for b in snap.batches.all() if str(b.state) == "staging"]
    assert desk.sit("chen").vault.keys.numbers() == set()
    assert done(profiles.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM)).total == 0
    assert done(evidence.check_vault(desk.sit("chen"), full=True)).ok


def everything(desk: Desk) -> list[object]:
    """All that an import made of its rows, without what is random: ids, keys and the order of numbers."""
    with desk.sit("chen").vault.unit_of_work() as uow:
        found = []
        for hcp_id in uow.people.ids():
            person = uow.people.get(hcp_id)
            assert person is not None
            values = uow.sections.read_for(Maintenance.INDEX, hcp_id, [s for s in Section if s is not Section.PAYMENT])
            fields = {k: (v.value, repr(v.provenance)) for group in values.values() for k, v in group.items()}
            ids = {event.event_id: event for event in uow.consents.events(hcp_id)}
            events = sorted((e.item, e.kind, e.method, str(e.acted_at), str(e.received_at)) for e in ids.values())
            lines = {
                (x.item, x.purpose, x.status, x.code, x.since, x.ask_again_from, x.may_ask, ids[x.event_id].item)
                for x in uow.consents.states(hcp_id).values()
                if x.event_id
            }
            listed = uow.index.get_many([hcp_id])[hcp_id]
            found.append(
                (sorted(fields.items()), events, sorted(map(str, lines)), listed.name, listed.hospital, person.blocks)
            )
    return sorted(found, key=str)


@pytest.mark.req("REQ-100")
def test_sealing_beside_gives_what_sealing_here_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "crm.csv"
    path.write_bytes(make_crm_csv(240, seed=9))
    seen = []
    for place, size in (("beside", 0), ("here", 1 << 40)):
        monkeypatch.setattr(import_stream, "SEPARATE_FROM", size)
        made = Desk.create(tmp_path / place, staff=STAFF)
        first, again = bring(made, path), bring(made, path)
        assert again.accepted == again.quarantined == 0
        assert again.reasons["already_held"] == first.accepted + first.quarantined
        assert done(evidence.check_vault(made.sit("chen"), full=True)).ok
        again_worked_out = done(rebuilding.rebuild_states(made.sit("chen"), mend=False, progress=NoProgress()))
        assert not again_worked_out.differing
        bodies = [{**report.as_json(), "batch": ""} for report in (first, again)]
        seen.append((json.dumps(bodies, sort_keys=True, default=str), everything(made)))
        made.rise()
    assert seen[0] == seen[1]
    assert len(seen[0][1]) > 100


@needs_kill
@pytest.mark.parametrize("name", ["consentkeep-sealer", "consentkeep-reader"])
def test_a_killed_process_is_an_error_with_a_code_and_leaves_nothing(desk: Desk, tmp_path: Path, name: str) -> None:
    path = write_csv(tmp_path / "killed.csv", PEOPLE * 20)  # far more than the pipes hold
    killer = At(300, lambda _: os.kill(processes()[name], signal.SIGKILL))
    with pytest.raises(InputErrors) as fault:
        bring(desk, path, killer)
    assert killer.done
    assert fault.value.faults[0].code == "reader_failed"
    assert fault.value.faults[0].value == f"exit -{signal.SIGKILL.value}"
    nothing_came(desk)


def test_cancelling_ends_both_processes_and_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "cancelled.csv", PEOPLE)
    with pytest.raises(Cancelled):
        bring(desk, path, At(400, lambda slot: slot.cancel()))
    nothing_came(desk)


@pytest.mark.parametrize(("content", "code"), [(b"", "file_empty"), (b"a,b\n", "no_header"), (b"\x00\x01" * 90, "")])
def test_faults_of_the_reader_pass_through_the_sealer_with_their_code(
    desk: Desk, tmp_path: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(ComplianceError) as fault:
        bring(desk, path)
    assert fault.value.exit_code == 2
    assert code in ("", fault.value.code)
    nothing_came(desk)


@needs_proc
def test_keys_are_in_the_sealing_process_and_never_in_the_reading_one(desk: Desk, tmp_path: Path) -> None:
    vault = desk.sit("wu").vault
    sealing = sealing_keys(vault)
    assert sealing.branches
    given, secrets = [*sealing.branches.values(), sealing.blind], list(vault.keyring.keys.values())
    found: dict[str, list[bool]] = {}

    def look(slot: At) -> None:
        for name, pid in processes().items():
            memory = _memory(pid)
            held = [any(k in memory or k.hex().encode() in memory for k in group) for group in (given, secrets)]
            found[name] = [*held, bool(_regular_files(pid))]
        slot.cancel()

    with pytest.raises(Cancelled):
        bring(desk, write_csv(tmp_path / "keys.csv", PEOPLE * 20), At(200, look))
    # branch keys, keys of the vault itself, open files
    assert found["consentkeep-sealer"] == [True, False, False]
    assert found["consentkeep-reader"][:2] == [False, False]
    nothing_came(desk)


@needs_proc
def test_no_pipe_is_a_file_and_nothing_personal_crosses_it_but_what_the_index_lists(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crossed: list[bytes] = []
    real = Portion.decode

    def decode(message: bytes) -> Portion:
        crossed.append(message)
        return real(message)

    monkeypatch.setattr(Portion, "decode", decode)
    before = files_with([PEOPLE[0].phone, PEOPLE[0].licence], desk.vault)
    with pytest.raises(Cancelled):
        bring(desk, write_csv(tmp_path / "pipes.csv", PEOPLE), At(1000, lambda slot: slot.cancel()))
    sent = b"".join(crossed)
    assert len(crossed) >= 5
    assert PEOPLE[0].name.encode() in sent  # listed in the index, which is a file under a key
    for doctor in PEOPLE[:400]:
        assert doctor.phone.encode() not in sent
        assert doctor.licence.encode() not in sent
    assert before == files_with([PEOPLE[0].phone, PEOPLE[0].licence], desk.vault) == []
    nothing_came(desk)


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="no priorities here")
def test_beside_another_seat_both_processes_let_it_have_the_processor_first(desk: Desk, tmp_path: Path) -> None:
    mine, niceness = os.getpriority(os.PRIO_PROCESS, 0), dict[str, int]()

    def look(slot: At) -> None:
        niceness.update({name: os.getpriority(os.PRIO_PROCESS, pid) for name, pid in processes().items()})
        slot.cancel()

    desk.sit("chen")
    with pytest.raises(Cancelled):
        bring(desk, write_csv(tmp_path / "polite.csv", PEOPLE * 20), At(400, look))
    assert set(niceness) == {"consentkeep-reader", "consentkeep-sealer"}
    assert all(found > mine for found in niceness.values())
    assert os.getpriority(os.PRIO_PROCESS, 0) == mine  # it holds the lock others wait for
    nothing_came(desk)


def test_portions_are_large_only_while_nobody_else_sits_here(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []

    def take(run: Run, portion: Portion) -> None:
        sizes.append(len(portion.hcp))
        original(run, portion)

    original = Run.take
    monkeypatch.setattr(Run, "take", take)
    monkeypatch.setattr(import_stream, "SEPARATE_FROM", 1 << 60)
    path = write_csv(tmp_path / "portions.csv", PEOPLE[:600])
    most = {}
    for others in (0, 1):
        desk.rise()
        for name in ("wu", "chen")[: 1 + others]:
            desk.sit(name)
        with pytest.raises(Cancelled):
            bring(desk, path, At(600, lambda slot: slot.cancel()))
        most[others], sizes[:] = max(sizes), []
    assert most[1] <= PORTION < most[0] <= LARGE_PORTION
    nothing_came(desk)


def test_a_question_is_answered_with_numbers_nobody_else_gets(desk: Desk) -> None:
    vault = desk.sit("wu").vault
    with vault.snapshot() as snap:
        source = snap.sources.get("CRM")
    assert source is not None
    order = imports._seal_order(desk.sit("wu"), source, desk.at, dry=False)
    run = Run(desk.sit("wu"), source, order, sha256="00")
    first, second = run.answer(Question(people=100)), run.answer(Question(people=50, items=("visit",)))
    assert isinstance(first, Reply)
    assert second.grant.hcp >= first.grant.hcp + 100
    assert second.grant.sequence >= first.grant.sequence + first.grant.sequences
    assert second.grant.provenance >= first.grant.provenance + 100
    assert second.terms["visit"].purpose == "visit" and second.grant.items["visit"] > 0
    most = reply_bytes(
        run.answer(Question(people=5000, items=tuple(f"digital/{c}" for c in ("email", "wecom", "sms"))))
    )
    assert len(most) < 8192, "an answer no pipe has room for stops both sides while the other way is full"
    run.drop()
    nothing_came(desk)


def _memory(pid: int) -> bytes:
    found = []
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb") as memory:
        for line in maps:
            span, rights = line.split()[:2]
            if "rw" not in rights or "[v" in line:
                continue
            begin, end = (int(text, 16) for text in span.split("-"))
            memory.seek(begin)
            try:
                found.append(memory.read(end - begin))
            except OSError:
                continue
    return b"\0".join(found)


def _regular_files(pid: int) -> list[str]:
    names = [str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()]
    return [n for n in names if n.startswith("/") and not n.startswith(("/dev/", sys.prefix))]
