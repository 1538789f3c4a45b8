"""The one way to turn what happened into bytes.

Rules: (1) canonical JSON of RFC 8785, restricted to str, int, bool, None, list and dict with ASCII keys, so that any
language writes the same bytes; (2) no floats, no integer beyond 2^53-1, no lone surrogate: these are where JSON
libraries differ; (3) an entry stays under 64 KiB (c2sp.org/tlog-tiles); (4) an entry carries ids, codes, counts and
digests, never a value (REQ-103).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from json import encoder
from typing import Any

from compliance.clock import stamp
from compliance.model.audit import AuditEvent, Kind

#: Version of the entry layout.
ENTRY_VERSION = 1
#: RFC 8785 section 3.2.2.3: integers every IEEE 754 reader keeps exactly.
MAX_INTEGER = 2**53 - 1
#: c2sp.org/tlog-tiles prefixes an entry with a 16-bit length.
MAX_ENTRY_BYTES = 0xFFFF

#: Nesting beyond this is not an entry of ours; it also keeps a hostile text from exhausting the stack.
_MAX_DEPTH = 16


def _writer() -> Callable[[Any], str]:
    """The encoder of the standard library, set up once instead of at every entry."""
    whole = json.JSONEncoder(
        ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )
    make = getattr(encoder, "c_make_encoder", None)
    if make is None:
        return whole.encode
    chunks = make(None, whole.default, encoder.encode_basestring, None, ":", ",", True, False, False)
    return lambda obj: "".join(chunks(obj, 0))


_write = _writer()
_text = encoder.encode_basestring
_KINDS = {kind: f'"{kind.value}"' for kind in Kind}


def canonical(obj: object) -> bytes:
    """RFC 8785 bytes of ``obj``. ValueError for what the restricted form does not know."""
    _check(obj, _MAX_DEPTH)
    return _encode(obj)


def entry_object(event: AuditEvent, *, seq: int, seat: str, state: str) -> dict[str, Any]:
    """The entry of ``event``: ``seq`` its number from 0, ``seat`` the process that wrote it, ``state`` the digest of
    all authoritative rows after it."""
    return {
        "v": ENTRY_VERSION,
        "seq": seq,
        "at": stamp(event.at),
        "kind": event.kind,
        "actor": event.actor,
        "role": event.role,
        "seat": seat,
        "hcps": list(event.hcps),
        "purpose": event.purpose,
        "fields": list(event.fields),
        "decision": event.decision,
        "policy": event.policy,
        "state": state,
        "detail": dict(event.detail),
    }


def encode(event: AuditEvent, *, seq: int, seat: str, state: str) -> bytes:
    """Canonical bytes of the entry. ValueError when it cannot be written, ``entry_too_large`` from 64 KiB."""
    return encode_all((event,), first=seq, seat=seat, state=state)[0]


def encode_all(events: Sequence[AuditEvent], *, first: int, seat: str, state: str) -> list[bytes]:
    """As :func:`encode` for the entries of one commit, numbered from ``first``."""
    _check_integer(first)
    _check_integer(first + len(events) - 1)
    before, after = f',"seat":{_text(seat)},"seq":', f',"state":{_text(state)},"v":{ENTRY_VERSION}}}'
    entries = []
    # the names of entry_object in canonical order; an object made and sorted for each entry costs three times as much
    for seq, event in enumerate(events, start=first):
        detail = _detail(event.detail) if event.detail else "{}"  # the rest is typed str and int
        text = (
            f'{{"actor":{_text(event.actor)},"at":"{stamp(event.at)}","decision":{_text(event.decision)}'
            f',"detail":{detail},"fields":{_texts(event.fields)},"hcps":{_texts(event.hcps)},"kind":{_KINDS[event.kind]}'
            f',"policy":{_text(event.policy)},"purpose":{_text(event.purpose)},"role":{_text(event.role)}'
            f"{before}{seq}{after}"
        )
        entries.append(_utf8(text))
    if any(len(entry) > MAX_ENTRY_BYTES for entry in entries):
        raise ValueError("entry_too_large")
    return entries


def decode(data: bytes) -> dict[str, Any]:
    """The object of canonical bytes. ValueError when ``data`` is not exactly the canonical form of an object."""
    try:
        obj = json.loads(data.decode("utf-8"), parse_float=_no_float, parse_constant=_no_float)
    except (UnicodeDecodeError, RecursionError, json.JSONDecodeError) as fault:
        raise ValueError("not_json") from fault
    if not isinstance(obj, dict) or canonical(obj) != data:
        raise ValueError("not_canonical")
    return obj


def _encode(obj: object) -> bytes:
    return _utf8(_write(obj))


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("lone_surrogate") from None  # the original would quote the text


def _texts(texts: Sequence[str]) -> str:
    if len(texts) > 1:
        return f"[{','.join(map(_text, texts))}]"
    return f"[{_text(texts[0])}]" if texts else "[]"


def _detail(detail: Mapping[str, Any]) -> str:
    """Most hold texts and numbers alone, which are written faster one by one."""
    members = []
    for key in sorted(detail):
        item = detail[key]
        kind = type(item) if type(key) is str and key.isascii() else None
        if kind is str:
            members.append(f"{_text(key)}:{_text(item)}")
        elif kind is int and -MAX_INTEGER <= item <= MAX_INTEGER:
            members.append(f"{_text(key)}:{item}")
        else:
            whole = dict(detail)
            _check(whole, _MAX_DEPTH)
            return _write(whole)
    return f"{{{','.join(members)}}}"


def _check(obj: object, depth: int) -> None:
    if obj is None or isinstance(obj, str | bool):
        return
    if isinstance(obj, int):
        _check_integer(obj)
        return
    if depth == 0:
        raise ValueError("too_deep")
    if isinstance(obj, list):
        for item in obj:
            _check(item, depth - 1)
    elif isinstance(obj, dict):
        for key, item in obj.items():
            if not isinstance(key, str) or not key.isascii():
                raise ValueError("key_not_ascii")
            _check(item, depth - 1)
    else:
        raise ValueError(f"not_json_type: {type(obj).__name__}")


def _check_integer(number: int) -> None:
    if not -MAX_INTEGER <= number <= MAX_INTEGER:
        raise ValueError("integer_too_large")


def _no_float(_: str) -> float:
    raise ValueError("float")
