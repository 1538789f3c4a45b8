"""The sealing process of an import: rows from the reading process in, sealed portions to the writing process out.

Rules: (1) it holds the keys that wrap subject keys and the key of blind tags, which came through its pipe, and no
database, no file and no passphrase; (2) the reading process is not its child and gets nothing from it; (3) what it
sends is sealed, tagged or listed in the index anyway; (4) a fault is one coded message; (5) when either neighbour is
gone, so is it. One letter leads every message: F facts, Q question, P portion, E end, X fault.
"""

import json
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

from compliance import cycles
from compliance.errors import Fault, InputErrors, VaultError, bad_input
from compliance.importing import codec, limited
from compliance.importing.child import Reading, nothing_passes
from compliance.importing.request import ReadRequest
from compliance.progress import NoProgress
from compliance.use_cases.imports.import_order import Question, Reply, SealOrder, terms_from, terms_json
from compliance.use_cases.imports.import_rows import RowSealer, check_rows
from compliance.vault.arrivals.portions import Portion
from compliance.vault.arrivals.sealing import Grant

_MOST_MESSAGE = 64 << 20
#: Faults of a batch whose rows are not what the reading process sends.
BAD_ROWS = (AttributeError, IndexError, KeyError, TypeError, ValueError)


def serve(pipe: Connection, orders: Connection, rows: Connection) -> None:
    """Hear the order, then seal what comes through ``rows`` until it ends."""
    limited.quiet()
    limited.limit()
    cycles.seldom_in_child()
    try:
        body = json.loads(orders.recv_bytes(_MOST_MESSAGE))
        order, request = SealOrder.from_json(body["order"]), ReadRequest.from_json(body["request"])
        _seal(pipe, orders, rows, order, request)
        pipe.send_bytes(b"E")
    except InputErrors as error:
        fault = error.faults[0] if error.faults else Fault("file", error.code)
        _say(pipe, {"input": [fault.code, fault.where, fault.value, fault.nearest]})
    except VaultError as error:
        _say(pipe, {"vault": error.code, "params": error.params})
    except (BrokenPipeError, ConnectionError, EOFError):
        pass  # the writing process is gone or has cancelled; nobody listens
    except Exception as error:  # noqa: BLE001 - nothing of a row may leave in a traceback
        _say(pipe, {"input": ["reader_failed", "file", type(error).__name__, ""]})
    finally:
        for end in (pipe, orders, rows):
            end.close()


def question_from(body: bytes) -> Question:
    """A question as it crossed."""
    people, items = json.loads(body)
    return Question(int(people), tuple(map(str, items)))


def reply_bytes(reply: Reply) -> bytes:
    """An answer for the way."""
    g = reply.grant
    grant = [g.batch, g.hcp, g.people, g.sequence, g.sequences, g.provenance, g.items, g.seed]
    return json.dumps([grant, terms_json(reply.terms), reply.alone]).encode()


def order_bytes(order: SealOrder, request: ReadRequest) -> bytes:
    """The order for the way."""
    return json.dumps({"order": order.as_json(), "request": request.to_json()}).encode()


def fault_of(body: bytes) -> InputErrors | VaultError:
    """What a fault message says."""
    said: Mapping[str, Any] = json.loads(body)
    if "vault" in said:
        return VaultError(said["vault"], **said["params"])
    code, where, value, nearest = map(str, said["input"])
    return bad_input(code, where, value, nearest)


def seal_batch(sealer: RowSealer, rows: Any) -> None:
    """Give a batch to ``sealer``. InputErrors ``reader_failed`` when it is none."""
    try:
        sealer.take(check_rows(rows))
    except BAD_ROWS as error:
        raise bad_input("reader_failed", "file", f"rows {type(error).__name__}") from None


def _seal(pipe: Connection, orders: Connection, rows: Connection, order: SealOrder, request: ReadRequest) -> None:
    reading = Reading(None, rows, request, nothing_passes, NoProgress())
    pipe.send_bytes(b"F" + codec.dump_facts(reading.facts))

    def ask(question: Question) -> None:
        pipe.send_bytes(b"Q" + json.dumps([question.people, question.items]).encode())

    def answer() -> Reply:
        grant, terms, alone = json.loads(orders.recv_bytes(_MOST_MESSAGE))
        return Reply(Grant(*grant), terms_from(terms), bool(alone))

    def emit(portion: Portion) -> None:
        pipe.send_bytes(b"P" + portion.encode())

    sealer = RowSealer(order, ask=ask, answer=answer, emit=emit)
    for batch in reading.messages():
        seal_batch(sealer, batch)
    sealer.finish()


def _say(pipe: Connection, fault: dict[str, Any]) -> None:
    try:
        pipe.send_bytes(b"X" + json.dumps(fault).encode())
    except (OSError, MemoryError):
        return
