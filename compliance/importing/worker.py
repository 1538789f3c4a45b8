"""The reading process: parses one foreign file with limits and sends checked rows, nothing else.

Rules: (1) it is a process of :mod:`.limited`, with its limits; (2) every fault becomes one coded message, never a
traceback; (3) it keeps no file and writes none. Frozen programs call ``multiprocessing.freeze_support()`` first thing
in ``main``.
"""

from collections.abc import Iterator
from multiprocessing.connection import Connection

from compliance import cycles
from compliance.errors import Fault, InputErrors, bad_input
from compliance.importing import codec, limited
from compliance.importing.consent_rows import CONSENT_KINDS, ConsentReader
from compliance.importing.lists import ListReader
from compliance.importing.mapping import plan_columns
from compliance.importing.reading import open_table
from compliance.importing.request import ReadRequest
from compliance.importing.results import Counts, Kind, RowResult
from compliance.importing.rows import PeopleOptions, PeopleReader, file_facts


def serve(pipe: Connection, request: str) -> None:
    """Read the file of ``request`` and answer through ``pipe``: facts, batches of rows, then counts or a fault."""
    limited.quiet()
    try:
        asked = ReadRequest.from_json(request)
        limited.limit(memory=asked.memory, cpu_seconds=asked.cpu_seconds)
        cycles.seldom_in_child()
        for message in messages(asked):
            pipe.send_bytes(message)
    except InputErrors as error:
        fault = error.faults[0] if error.faults else Fault("file", error.code)
        _say(pipe, codec.dump_fault(fault.code, fault.where, fault.value, fault.nearest))
    except MemoryError:
        _say(pipe, codec.dump_fault("file_too_large", "file", "memory", ""))
    except (BrokenPipeError, ConnectionError, EOFError):
        pass  # the parent is gone or has cancelled; nobody listens
    except Exception as error:  # noqa: BLE001 - a fault of ours over a foreign file must not leave as a traceback
        _say(pipe, codec.dump_fault("reader_failed", "file", type(error).__name__, ""))
    finally:
        pipe.close()


def messages(request: ReadRequest) -> Iterator[bytes]:
    """The whole answer to a request, message by message."""
    sheet = None if request.sheet is None else str(request.sheet)
    opened = open_table(request.path, kind=request.kind, sheet=sheet, header_row=request.header_row)
    plan = plan_columns(opened.header, kind=request.kind, mapping=request.mapping, finance=request.finance)
    counts = Counts()
    yield codec.dump_facts(file_facts(opened, plan))
    rows: Iterator[RowResult]
    if request.kind is Kind.PEOPLE:
        options = PeopleOptions(
            today=request.today,
            source_class=request.source_class,
            source_code=request.source_code,
            basis_proof=request.basis_proof,
            quarantine=request.quarantine,
            finance=request.finance,
            keep_raw=request.keep_raw,
            mapping=request.mapping,
        )
        rows = PeopleReader(plan, options, counts).results(opened)
    elif request.kind in CONSENT_KINDS:
        rows = ConsentReader(request.kind, plan, opened.header, request.today, counts).results(opened)
    else:
        rows = ListReader(request.kind, plan, request.today, counts).results(opened)
    batch: list[RowResult] = []
    for result in rows:
        batch.append(result)
        if len(batch) >= request.batch_rows:
            yield codec.dump_rows(batch)
            batch = []
    if batch:
        yield codec.dump_rows(batch)
    opened.ensure_unchanged()
    if not counts.read:
        raise bad_input("no_rows", "file")
    counts.file_sha256 = opened.sha256
    yield codec.dump_counts(counts)


def _say(pipe: Connection, message: bytes) -> None:
    try:
        pipe.send_bytes(message)
    except (OSError, MemoryError):
        return
