"""Checks what ConsentKeep hands out as proof: audit PDF, evidence, receipt, checkpoint, single proof.

Stands alone on purpose: one file, Python 3.11 and the package ``cryptography``, no other code of ours, written from
docs/evidence-format.md (sections in brackets). ``python check.py FILE [--trust FILE] [--previous FILE]``

A claim is true, false or open (None). The file is intact when no claim is false. Whose keys they are stays open
without a trust file. Hostile files end in a false claim, never in an exception.
"""

import argparse
import base64
import json
import re
import sys
import zlib
from collections.abc import Callable
from datetime import datetime
from hashlib import new as new_hash
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MAX_FILE = 256 * 1024 * 1024
FORMATS = ("consentkeep-evidence/1", "consentkeep-receipt/1")
PROOF = "c2sp.org/tlog-proof@v1"
UNREADABLE: tuple[type[Exception], ...] = (
    *(ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError, StopIteration),
    *(x509.InvalidVersion, x509.DuplicateExtension, UnsupportedAlgorithm),
)
Finding = tuple[bool | None, str]


class BadFileError(Exception):
    """The text says what does not fit; it never quotes the file's content."""


class Note:
    """A checkpoint [5], read strictly."""

    def __init__(self, text: str) -> None:
        head, _, tail = text.rpartition("\n\n")
        need(bool(head) and tail.endswith("\n") and len(text.encode()) <= 16384, "checkpoint is malformed")
        self.signed = f"{head}\n".encode()
        self.origin, size, root, *more = lines = head.split("\n")
        need(all(lines) and re.fullmatch("0|[1-9][0-9]{0,15}", size) is not None, "checkpoint is malformed")
        self.size, self.root = int(size), unbase64(root, 32)
        self.keys = [verifier_key(line[4:]) for line in more if line.startswith("key ")]
        hits = [re.fullmatch(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)", line) for line in tail[:-1].split("\n")]
        need(all(hits) and len(hits) <= 16, "checkpoint is malformed")
        self.signatures = [(hit[1], unbase64(hit[2])) for hit in hits if hit]

    def signers(self, known: list[tuple[str, bytes]]) -> list[bytes]:
        """Keys with a good signature; a bad one by a known key raises."""
        good = []
        for name, value in self.signatures:
            for raw in [key for owner, key in known if owner == name]:
                if sha256(name.encode() + b"\n\1" + raw).digest()[:4] == value[:4]:
                    Ed25519PublicKey.from_public_bytes(raw).verify(value[4:], self.signed)
                    good.append(raw)
        return good


class Subject:
    """One file: what it turned out to be, and the claims about it, in order."""

    def __init__(self, data: bytes) -> None:
        self.claims: list[dict[str, Any]] = []
        self.note: Note | None = None
        self.evidence: dict[str, Any] = {}
        self.entries: list[dict[str, Any]] = []
        self.roster: list[tuple[str, bytes]] = []
        self.signers: list[bytes] = []
        self.pdf_key = ""
        if data.startswith(b"%PDF-"):
            found: list[bytes] = []
            self.claim("file_readable", lambda: (True, "audit PDF"))
            self.claim("nothing_appended", lambda: _nothing_appended(data))
            self.claim("evidence_present", lambda: self._evidence_present(data, found))
        elif data.startswith(b"{"):
            self.claim("file_readable", lambda: self._read_evidence(data))
        else:
            self.claim("file_readable", lambda: self._read_text(data.decode("utf-8")))
        self._check_log()
        if data.startswith(b"%PDF-"):
            self.claim("pdf_signature", lambda: _pdf_signature(data, self))

    def _check_log(self) -> None:
        if self.note is None:
            return
        if self.evidence:
            self.claim("evidence_signature", self._evidence_signature)
        if self.entries or self.evidence:
            self.claim("entries_hash", self._entries_hash)
            self.claim("inclusion", self._inclusion)
        self.claim("checkpoint_signature", self._checkpoint_signature)
        if self.evidence:
            self.claim("key_roster", self._key_roster)

    def claim(self, name: str, check: Callable[[], Finding]) -> None:
        """Run one check; one that raises makes its claim false."""
        try:
            ok, detail = check()
        except BadFileError as fault:
            ok, detail = False, str(fault)
        except InvalidSignature:
            ok, detail = False, "a signature does not match"
        except UNREADABLE:
            ok, detail = False, "does not have the documented form"
        self.claims.append({"claim": name, "ok": ok, "detail": detail})

    @property
    def intact(self) -> bool:
        return all(row["ok"] is not False for row in self.claims)

    def head(self) -> Note:
        need(self.note is not None, "no readable checkpoint")
        assert self.note is not None
        return self.note

    def _read_evidence(self, data: bytes) -> Finding:
        whole_file = parse(data.decode("utf-8"))
        evidence = whole_file.pop("evidence", None) or whole_file  # a receipt carries its evidence
        need(evidence["format"] in FORMATS, "not one of our formats")
        digest = sha256(canonical(whole_file)).hexdigest()
        need(evidence is whole_file or evidence["content"]["record_sha256"] == digest, "evidence of another receipt")
        note = Note(evidence["checkpoint"])
        need(note.origin == f"consentkeep/{evidence['vault']}", "checkpoint of another vault")
        self.roster = [(key["name"], unbase64(key["ed25519"], 32)) for key in evidence["keys"]]
        self.note, self.evidence, self.entries = note, evidence, evidence["entries"]
        return True, f"{evidence['format']}, {len(self.entries)} entries"

    def _read_text(self, text: str) -> Finding:
        """A checkpoint, or a single proof [7]; their keys are those the note carries."""
        if text.startswith(PROOF):
            lines, _, text = text.partition("\n\n")
            first, extra, index, *path = lines.split("\n")
            hit = re.fullmatch("index (0|[1-9][0-9]{0,15})", index)
            need(first == PROOF and extra.startswith("extra ") and len(path) < 64 and bool(hit), "proof is malformed")
            entry = unbase64(extra[6:]).decode("utf-8")
            self.entries = [{"index": int(index[6:]), "entry": entry, "proof": path}]
        need("\n\n" in text, "neither PDF, evidence, proof nor checkpoint")
        self.note = Note(text)
        return True, f"proof of entry {self.entries[0]['index']}" if self.entries else "checkpoint"

    def _evidence_signature(self) -> Finding:
        signed = f"{self.evidence['format']}\n".encode() + canonical(
            {key: value for key, value in self.evidence.items() if key != "signatures"}
        )
        signers = []
        for line in self.evidence["signatures"]:
            raw = unbase64(line["key"], 32)
            need(len(line) == 3 and (line["name"], raw) in self.roster, "signer not in the roster")
            Ed25519PublicKey.from_public_bytes(raw).verify(unbase64(line["ed25519"], 64), signed)
            signers.append(raw)
        need(bool(signers), "not signed")
        self.signers = signers
        return True, f"signed by {len(signers)} key(s)"

    def _entries_hash(self) -> Finding:
        last = -1
        for item in self.entries:
            number = whole(item["index"])
            need(whole(parse(item["entry"])["seq"]) == number > last, f"entry {number} stands under another number")
            last = number
        return True, f"{len(self.entries)} entries, each the canonical text of its number"

    def _inclusion(self) -> Finding:
        note = self.head()
        for item in self.entries:
            path, leaf = [unbase64(step, 32) for step in item["proof"]], sha256(b"\0" + item["entry"].encode()).digest()
            need(included(leaf, item["index"], note.size, path, note.root), f"entry {item['index']} is not in this log")
        return True, f"all under the head of {note.size} entries"

    def _checkpoint_signature(self) -> Finding:
        note = self.head()
        self.roster = self.roster if self.evidence else note.keys
        need(all(key in self.roster for key in note.keys), "carried key is not in the roster")
        good = note.signers(self.roster)
        need(bool(good), "no signature by a known key")
        self.signers = self.signers or ([] if self.evidence else good)
        return True, f"head of {note.size} entries of {note.origin}"

    def _key_roster(self) -> Finding:
        held = {item["index"]: parse(item["entry"]) for item in self.entries}
        absent = 0
        for key in self.evidence["keys"]:
            number = whole(key["from_entry"])
            need(number < self.head().size, "a key is newer than the head")
            entry = held.get(number)
            absent += entry is None
            same = entry is None or entry["detail"]["ed25519"] == unbase64(key["ed25519"]).hex()
            need(same, f"entry {number} is of another key")
        detail = f"{len(self.roster)} key(s), {absent} of them introduced by an entry that is not in this file"
        return (None if absent else True), detail

    def _evidence_present(self, data: bytes, found: list[bytes]) -> Finding:
        for hit in re.finditer(rb"\bobj\b((?:(?!\bendobj\b|\bstream\b).){0,4000}?)\bstream\r?\n", data, re.DOTALL):
            if re.search(rb"/EmbeddedFile\b", hit[1]):
                content = _stream(hit[1], data, hit.end())
                if any(f'"{form}"'.encode() in content for form in FORMATS):
                    found.append(content)
        need(len(found) == 1, f"{len(found)} embedded evidence files instead of one")
        return self._read_evidence(found[0])


def verify_file(
    path: Path | str, trust: Path | str | None = None, previous: Path | str | None = None
) -> dict[str, Any]:
    """``{"ok", "claims": [{"claim", "ok", "detail"}]}``. OSError only when a file cannot be read at all."""
    subject = Subject(_read(path))
    trusted = None if trust is None else _trusted(_read(trust))
    subject.claim("signer", lambda: _signer(subject, trusted))
    if previous is not None:
        older = Subject(_read(previous))
        subject.claim("previous", lambda: _previous(older, subject))
    return {"ok": subject.intact, "claims": subject.claims}


def _signer(subject: Subject, trusted: set[str] | None) -> Finding:
    if trusted is None:
        return None, "no trust file given: compare the fingerprint with the key card"
    need(any(sha256(key).hexdigest() in trusted for key in subject.signers), "the trust file does not name the signer")
    named = subject.evidence.get("pdf_key_sha256") or not subject.pdf_key or subject.pdf_key in trusted
    need(bool(named), "the trust file does not name the key of the PDF")
    return True, "the trust file names the signer"


def _trusted(data: bytes) -> set[str]:
    """Fingerprints (SHA-256 of keys) that a trust file names [9]."""
    text = data.decode("utf-8", "replace")
    hexes = re.findall(r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{4}\s*){16}(?![0-9A-Fa-f])", text)
    plain = re.findall(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=", text)  # 32 bytes
    named = re.findall(r"\+[0-9a-f]{8}\+(A[A-Za-z0-9+/]{43})(?![A-Za-z0-9+/=])", text)  # 0x01 and 32 bytes
    keys = [base64.b64decode(token) for token in plain] + [base64.b64decode(token)[1:] for token in named]
    return {re.sub(r"\s", "", token).lower() for token in hexes} | {sha256(key).hexdigest() for key in keys}


def _previous(older: Subject, newer: Subject) -> Finding:
    need(older.intact and older.note is not None, "the older file is not intact itself")
    old, new = older.head(), newer.head()
    need(old.origin == new.origin, "the two files are of different logs")
    need(old.size <= new.size, "the log was longer before: it was cut or rolled back")
    before = {item["index"]: item["entry"] for item in older.entries}
    for item in newer.entries:
        need(before.get(item["index"], item["entry"]) == item["entry"], f"entry {item['index']} was another before")
    if old.size == new.size:
        return old.root == new.root, "the same number of entries"
    for head in newer.evidence.get("earlier", []):
        if whole(head["size"]) == old.size:
            path = [unbase64(step, 32) for step in head["proof"]]
            need(unbase64(head["root"], 32) == old.root, "the older head is not the one this log had")
            need(extends(old.size, new.size, path, old.root, new.root), "the log does not extend the older head")
            return True, f"grew from {old.size} to {new.size} entries"
    return None, f"from {old.size} to {new.size} entries: this file holds no proof for the older head"


# PDF [8]


def _byte_range(data: bytes) -> tuple[int, int, int]:
    hits = re.findall(rb"/ByteRange\s*\[\s*0\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]", data)
    need(len(hits) == 1 and data.count(b"/ByteRange") == 1, "not exactly one signature")
    begin, resume, length = (int(number) for number in hits[0])
    need(0 < begin < resume <= len(data), "byte range is malformed")
    return begin, resume, length


def _nothing_appended(data: bytes) -> Finding:
    _, resume, length = _byte_range(data)
    need(resume + length == len(data), "bytes were appended or cut after signing")
    return True, "the one signature covers the whole file"


def _stream(head: bytes, data: bytes, begin: int) -> bytes:
    filters = re.findall(rb"/(\w+Decode)\b", head)
    need(filters in ([], [b"FlateDecode"], [b"ASCII85Decode", b"FlateDecode"]), "embedded file uses another filter")
    if not filters:
        return data[begin : data.index(b"endstream", begin)].removesuffix(b"\n").removesuffix(b"\r")
    packed = data[begin:]
    if len(filters) == 2:
        packed = base64.a85decode(packed[: packed.index(b"~>")])
    inflate = zlib.decompressobj()  # finds its own end, whatever "endstream" the packed bytes hold
    try:
        content = inflate.decompress(packed, MAX_FILE)
    except zlib.error:
        raise BadFileError("embedded file cannot be unpacked") from None
    need(inflate.eof, "embedded file is cut or too large")
    return content


def _pdf_signature(data: bytes, subject: Subject) -> Finding:
    begin, resume, length = _byte_range(data)
    need(data[begin : begin + 1] == b"<" and data[resume - 1 : resume] == b">", "signature gap holds more than it may")
    text = data[begin + 1 : resume - 1].decode("ascii")
    need(text in (text.lower(), text.upper()), "signature gap was changed")
    cms = bytes.fromhex(text) if " " not in text else b""
    outer = der(cms, single=True)[0]
    need(not cms[len(outer[2]) :].strip(b"\0"), "signature gap holds more than it may")
    kind, wrapped = der(outer[1])
    (content,) = der(wrapped[1])
    parts = der(content[1])
    info = der(der(parts[4][1])[0][1])
    tags = bytes(item[0] for item in (outer, kind, wrapped, content, *parts, *der(parts[4][1]), *info))
    need(tags.hex() == "3006a030023130a03130023030a03004", "not PAdES baseline B")  # nothing unsigned
    version, sid, digest, signed, method, signature = info
    name, ecdsa, algorithm = DIGESTS[der(digest[1])[0][1].hex()]
    fixed = bytes.fromhex("06092a864886f70d010702"), b"\1", digest[2], bytes.fromhex("06092a864886f70d010701"), b"\1"
    need((kind[2], parts[0][1], parts[1][1], parts[2][1], version[1]) == fixed, "not CMS as documented")
    need(method[1] == bytes.fromhex("0608" + ecdsa), "not ECDSA with the same digest")
    certificates = [x509.load_der_x509_certificate(item[2]) for item in der(parts[3][1])]
    attributes = {der(body)[0][1].hex(): der(der(body)[1][1])[0] for _, body, _ in der(signed[1])}
    covered = new_hash(name, data[:begin] + data[resume : resume + length]).digest()
    need(attributes["2a864886f70d010904"][1] == covered, "the content was changed after signing")
    need(attributes["2a864886f70d010903"][2] == fixed[3], "content type is not data")
    issuer, serial = der(sid[1])
    chosen = (issuer[2], 2, int.from_bytes(serial[1], "big"))
    certificate = next(c for c in certificates if (c.issuer.public_bytes(), serial[0], c.serial_number) == chosen)
    named = der(der(der(attributes["2a864886f70d010910022f"][1])[0][1])[0][1])  # signingCertificateV2
    hashing = DIGESTS[der(named[0][1])[0][1].hex()][0] if named[0][0] == 0x30 else "sha256"
    held = next(body for tag, body, _ in named if tag == 0x04)
    need(held == new_hash(hashing, certificate.public_bytes(Encoding.DER)).digest(), "another certificate was meant")
    key = certificate.public_key()
    need(isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1", "not a P-256 key")
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(signature[1], b"\x31" + signed[2][1:], ec.ECDSA(algorithm))
    certificate.verify_directly_issued_by(certificate)
    subject.pdf_key = sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
    need(subject.evidence.get("pdf_key_sha256", "") in ("", subject.pdf_key), "the evidence names another PDF key")
    made = datetime.fromisoformat(subject.evidence.get("made_at", f"{certificate.not_valid_before_utc}"))
    need(certificate.not_valid_before_utc <= made <= certificate.not_valid_after_utc, "certificate was not valid then")
    return True, f"signed by the key {subject.pdf_key[:16]}…"


DIGESTS: dict[str, tuple[str, str, hashes.HashAlgorithm]] = {
    "608648016503040201": ("sha256", "2a8648ce3d040302", hashes.SHA256()),
    "608648016503040202": ("sha384", "2a8648ce3d040303", hashes.SHA384()),
    "608648016503040203": ("sha512", "2a8648ce3d040304", hashes.SHA512()),
}


def der(data: bytes, *, single: bool = False) -> list[tuple[int, bytes, bytes]]:
    """Siblings in DER: tag, content, whole. ``single`` reads the first and ignores what follows."""
    found: list[tuple[int, bytes, bytes]] = []
    at = 0
    while at < len(data) and not (single and found):
        start, tag, length = at, data[at], data[at + 1]
        at += 2
        need(tag & 0x1F != 0x1F, "not DER")
        if length >= 0x80:
            count = length & 0x7F
            length = int.from_bytes(data[at : at + count], "big")
            need(1 <= count <= 4 and length >= 0x80 and data[at] != 0, "not DER")
            at += count
        need(at + length <= len(data), "not DER")
        at += length
        found.append((tag, data[at - length : at], data[start:at]))
    return found


# Tree [4]


def included(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    """RFC 9162 section 2.1.3.2."""
    fn, sn, value = index, size - 1, leaf
    need(0 <= fn <= sn, "an entry beyond the head")
    for step in path:
        need(sn > 0, "a proof is too long")
        if fn % 2 or fn == sn:
            value = sha256(b"\1" + step + value).digest()
            while fn and fn % 2 == 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            value = sha256(b"\1" + value + step).digest()
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and value == root


def extends(first: int, second: int, path: list[bytes], old: bytes, new: bytes) -> bool:
    """RFC 9162 section 2.1.4.2."""
    if first == 0 or first >= second:
        return not path and (first == 0 or (first == second and old == new))
    if first & (first - 1) == 0:
        path = [old, *path]
    fn, sn = first - 1, second - 1
    while fn % 2:
        fn, sn = fn >> 1, sn >> 1
    need(bool(path), "consistency proof is empty")
    left = whole_root = path[0]
    for step in path[1:]:
        need(sn > 0, "a proof is too long")
        if fn % 2 or fn == sn:
            left, whole_root = sha256(b"\1" + step + left).digest(), sha256(b"\1" + step + whole_root).digest()
            while fn and fn % 2 == 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            whole_root = sha256(b"\1" + whole_root + step).digest()
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and left == old and whole_root == new


# Bytes [2]


def need(condition: bool, otherwise: str) -> None:
    """Raise BadFileError unless ``condition``."""
    if not condition:
        raise BadFileError(otherwise)


def parse(text: str) -> Any:
    """An object whose text is canonical JSON."""
    value = json.loads(text, parse_float=_no_float, parse_constant=_no_float)
    need(isinstance(value, dict) and canonical(value) == text.encode(), "not canonical JSON")
    return value


def canonical(value: Any) -> bytes:
    """RFC 8785 for our restricted JSON; keys are ASCII, so sorting by code point is sorting by UTF-16."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def unbase64(text: str, length: int | None = None) -> bytes:
    """Strict base64: one text for given bytes."""
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text and length in (None, len(data)), "base64 is malformed")
    return data


def whole(number: Any) -> int:
    """A non-negative integer; true is not one."""
    need(type(number) is int and number >= 0, "not a number")
    return int(number)


def verifier_key(text: str) -> tuple[str, bytes]:
    """NAME+HEXID+BASE64 of a signed note [5]."""
    name, key_id, packed = text.split("+", 2)
    raw = unbase64(packed, 33)
    need(raw[:1] == b"\1" and sha256(f"{name}\n".encode() + raw).hexdigest()[:8] == key_id, "carried key is malformed")
    return name, raw[1:]


def _no_float(_: str) -> float:
    raise BadFileError("holds a number with a fraction")


def _read(path: Path | str) -> bytes:
    with Path(path).open("rb") as stream:
        data = stream.read(MAX_FILE + 1)
    return data if len(data) <= MAX_FILE else b""


def main() -> int:
    """Exit 0 when intact, 3 when not."""
    parser = argparse.ArgumentParser(description="Check what ConsentKeep hands out as proof.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--trust", type=Path, help="text with the keys or fingerprints of the key card")
    parser.add_argument("--previous", type=Path, help="an older file of the same log")
    options = parser.parse_args()
    answer = verify_file(options.file, options.trust, options.previous)
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
    return 0 if answer["ok"] else 3


if __name__ == "__main__":
    sys.exit(main())
