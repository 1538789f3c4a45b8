"""Checks what ConsentKeep hands out as proof: audit PDF, evidence, receipt, proof pack, checkpoint, single proof.
One file on purpose, for ``cryptography`` alone, written from docs/evidence-format.md (sections in brackets).
``python check.py FILE|DIR [--trust FILE] [--previous FILE|DIR]``. A claim is true, false or open (None); the file is
intact when none is false; whose keys they are stays open without a trust file. Hostile files end in a false claim, not
in an exception. ``code`` is a finding without its ``params``: a front end may say it in its own words.
"""

import argparse
import base64
import json
import re
import sys
import zlib
from collections.abc import Callable
from datetime import datetime
from hashlib import new, sha256
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MAX_FILE, MAX_INTEGER, MAX_DEPTH = 256 * 1024 * 1024, 2**53 - 1, 16
PROOF, PACK, MANIFEST, REPORT = "c2sp.org/tlog-proof@v1", "consentkeep-proof/1", "manifest.json", "audit-report.pdf"
SPACE = r"\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
FORMATS = ("consentkeep-evidence/1", "consentkeep-receipt/1", PACK)
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError, StopIteration)
_HASHES = (hashes.SHA256(), hashes.SHA384(), hashes.SHA512())
DIGESTS = {f"60864801650304020{n}": (a.name, f"2a8648ce3d04030{n + 1}", a) for n, a in enumerate(_HASHES, 1)}
written = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode  # RFC 8785 of ours [2]
Finding = tuple[bool | None, str, dict[str, Any]]


class Note:  # a checkpoint [5], read strictly
    def __init__(self, text: str) -> None:
        head, _, tail = text.rpartition("\n\n")
        need(bool(head) and tail.endswith("\n") and len(text.encode()) <= 16384, "checkpoint is malformed")
        self.signed = f"{head}\n".encode()
        self.origin, size, root, *more = lines = head.split("\n")
        need(all(lines) and re.fullmatch("0|[1-9][0-9]{0,14}", size) is not None, "checkpoint is malformed")
        self.size, self.root = int(size), unbase64(root, 32)
        self.keys = []
        for name, key_id, packed in [line[4:].split("+", 2) for line in more if line.startswith("key ")]:
            raw = unbase64(packed, 33)
            same = sha256(f"{name}\n".encode() + raw).hexdigest()[:8] == key_id
            need(raw[:1] == b"\1" and same, "carried key is malformed")
            self.keys.append((name, raw[1:]))
        hits = [re.fullmatch(rf"— ([^+{SPACE}]+) ([A-Za-z0-9+/=]+)", line) for line in tail[:-1].split("\n")]
        need(all(hits) and len(hits) <= 16, "checkpoint is malformed")
        self.signatures = [(hit[1], unbase64(hit[2])) for hit in hits if hit]


class Subject:  # one file: what it turned out to be, and the claims about it, in order
    def __init__(self, data: bytes) -> None:
        self.claims: list[dict[str, Any]] = []
        self.note: Any = None
        self.evidence: dict[str, Any] = {}
        self.entries: list[dict[str, Any]] = []
        self.signers: list[bytes] = []
        self.pdf_key, self.intact = "", True
        if is_pdf := data.startswith(b"%PDF-"):
            self.claim("file_readable", lambda: (True, "audit PDF", {}))
            self.claim("nothing_appended", lambda: (any(self._ranges(data)), "one signature covers the whole file", {}))
            self.claim("evidence_present", lambda: self._evidence_present(data))
        else:
            read = self._read_evidence if data.startswith(b"{") else self._read_text
            self.claim("file_readable", lambda: read(data))
        names = ["evidence_signature", "entries_hash", "inclusion", "checkpoint_signature", "key_roster"]
        names = names if self.evidence else names[1:4] if self.entries else names[3:4]
        for name in [name for name in names if self.note]:
            self.claim(name, getattr(self, f"_{name}"))
        if is_pdf:
            self.claim("pdf_signature", lambda: self._pdf_signature(data))

    def claim(self, name: str, check: Callable[[], Finding]) -> None:
        try:
            ok, text, params = check()
        except InvalidSignature as fault:  # also what need() raises, and then it says what does not fit
            ok, (text, params) = False, fault.args or ("a signature does not match", {})
        except (*UNREADABLE, zlib.error, x509.InvalidVersion, x509.DuplicateExtension, UnsupportedAlgorithm):
            ok, text, params = False, "does not have the documented form", {}
        code = re.sub(r"\W+", "_", re.sub(r"{\w+}", "", text)).strip("_").lower()
        self.intact = self.intact and ok is not False
        self.claims.append({"claim": name, "ok": ok, "detail": text.format(**params), "code": code, "params": params})

    def _read_evidence(self, data: bytes) -> Finding:
        whole_file = parse(data.decode("utf-8"))
        evidence = whole_file.pop("evidence") if "evidence" in whole_file else whole_file  # a receipt carries its own
        need(evidence["format"] in FORMATS, "not one of our formats")
        digest = sha256(written(whole_file).encode()).hexdigest()
        need(evidence is whole_file or evidence["content"]["record_sha256"] == digest, "evidence of another receipt")
        note = Note(evidence["checkpoint"])
        need(note.origin == f"consentkeep/{evidence['vault']}", "checkpoint of another vault")
        self.roster = [(key["name"], unbase64(key["ed25519"], 32)) for key in evidence["keys"]]
        self.note, self.evidence, self.entries = note, evidence, evidence["entries"]
        return True, "{format} with {count} entries", {"format": evidence["format"], "count": len(self.entries)}

    def _read_text(self, data: bytes) -> Finding:
        text = data.decode("utf-8")
        if text.startswith(PROOF):
            lines, _, text = text.partition("\n\n")
            first, extra, index, *path = lines.split("\n")
            hit = re.fullmatch("index (0|[1-9][0-9]{0,14})", index)
            need(first == PROOF and extra.startswith("extra ") and len(path) < 64 and bool(hit), "proof is malformed")
            self.entries = [{"index": int(index[6:]), "entry": unbase64(extra[6:]).decode("utf-8"), "proof": path}]
        need("\n\n" in text, "neither PDF, evidence, proof nor checkpoint")
        self.note = Note(text)
        return (True, "proof of entry {entry}", {"entry": int(index[6:])}) if self.entries else (True, "log seal", {})

    def _evidence_signature(self) -> Finding:
        body = {key: value for key, value in self.evidence.items() if key != "signatures"}
        signed = f"{body['format']}\n".encode() + written(body).encode()
        for line, raw in [(line, unbase64(line["key"], 32)) for line in self.evidence["signatures"]]:
            need(len(line) == 3 and (line["name"], raw) in self.roster, "signer not in the roster")
            Ed25519PublicKey.from_public_bytes(raw).verify(unbase64(line["ed25519"], 64), signed)
            self.signers.append(raw)
        need(bool(self.signers), "not signed")
        return True, "signed by {count} keys", {"count": len(self.signers)}

    def _entries_hash(self) -> Finding:
        numbers = [-1, *(whole(item["index"]) for item in self.entries)]
        for item, last, number in zip(self.entries, numbers, numbers[1:], strict=False):
            same = whole(parse(item["entry"])["seq"] if "entry" in item else number) == number > last
            need(same, "entry {entry} stands under another number", entry=number)
        return True, "{count} entries in their canonical text", {"count": len(self.entries)}

    def _inclusion(self) -> Finding:
        for item in self.entries:
            need(whole(item["index"]) < self.note.size, "an entry beyond the head")
            need(self._roots(item)[1] == self.note.root, "entry {entry} is not in this log", entry=item["index"])
        return True, "all in the log of {count} entries", {"count": self.note.size}

    def _roots(self, item: dict[str, Any]) -> tuple[bytes, bytes]:
        leaf, path = leaf_of(item), [unbase64(step, 32) for step in item["proof"]]
        return climb(item["index"], self.note.size - 1, path, leaf, leaf)

    def _checkpoint_signature(self) -> Finding:
        self.roster = self.roster if self.evidence else self.note.keys
        need(all(key in self.roster for key in self.note.keys), "carried key is not in the roster")
        good = []
        for name, value, owner, raw in [(*line, *key) for line in self.note.signatures for key in self.roster]:
            if name == owner and sha256(name.encode() + b"\n\1" + raw).digest()[:4] == value[:4]:
                Ed25519PublicKey.from_public_bytes(raw).verify(value[4:], self.note.signed)  # a bad one raises
                good.append(raw)
        need(bool(good), "no signature by a known key")
        self.signers = self.signers or ([] if self.evidence else good)
        return True, "seal over {count} entries", {"count": self.note.size}

    def _key_roster(self) -> Finding:
        held, absent = {i["index"]: i["entry"] for i in self.entries if "entry" in i}, 0
        for number, key in [(whole(key["from_entry"]), key) for key in self.evidence["keys"]]:
            need(number < self.note.size, "a key is newer than the head")
            entry = held.get(number)
            absent += entry is None
            same = entry is None or parse(entry)["detail"]["ed25519"] == unbase64(key["ed25519"]).hex()
            need(same, "entry {entry} is of another key", entry=number)
        state, counts = None if absent else True, {"count": len(self.roster), "absent": absent}
        return state, "{count} keys, {absent} of them not introduced in this file", counts

    def _evidence_present(self, data: bytes) -> Finding:
        found: list[bytes] = []
        objects = rb"\b(\d+) \d+ obj\b((?:(?!\bendobj\b|\bstream\b).){0,4000}?)\bstream\r?\n"
        for hit in re.finditer(objects, data, re.DOTALL):
            shown = re.search(rb"/EF\s*<<[^<>]*/F %s \d+ R\b" % hit[1], data)  # what readers show as attachment
            if shown and re.search(rb"/EmbeddedFile\b", hit[2]):
                need(re.findall(rb"/(\w+Decode)\b", hit[2]) == [b"FlateDecode"], "embedded file uses another filter")
                inflate = zlib.decompressobj()  # finds its own end, whatever "endstream" the packed bytes hold
                content = inflate.decompress(data[hit.end() :], MAX_FILE)
                need(inflate.eof, "embedded file is cut or too large")
                found += [content] if any(f'"{form}"'.encode() in content for form in FORMATS) else []
        need(len(found) == 1, "{count} embedded evidence files instead of one", count=len(found))
        return self._read_evidence(found[0])

    def _ranges(self, data: bytes) -> tuple[int, int, int]:
        hits = re.findall(rb"/ByteRange\s*\[\s*0\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]", data)
        need(len(hits) == 1 and data.count(b"/ByteRange") == 1, "not exactly one signature")
        begin, resume, length = (int(number) for number in hits[0])
        need(0 < begin < resume <= len(data), "byte range is malformed")
        need(resume + length == len(data), "bytes were appended or cut after signing")
        return begin, resume, length

    def _pdf_signature(self, data: bytes) -> Finding:
        begin, resume, length = self._ranges(data)
        need(data[begin : begin + 1] + data[resume - 1 : resume] == b"<>", "signature gap holds more than it may")
        text = data[begin + 1 : resume - 1].decode("ascii")
        need(re.fullmatch("[0-9a-f]*|[0-9A-F]*", text) is not None, "signature gap was changed")
        cms = bytes.fromhex(text)
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
        wrapping, plain_data = (bytes.fromhex(f"06092a864886f70d01070{n}") for n in (2, 1))
        fixed = (wrapping, b"\1", digest[2], plain_data, b"\1")
        need((kind[2], parts[0][1], parts[1][1], parts[2][1], version[1]) == fixed, "not CMS as documented")
        need(method[1] == bytes.fromhex("0608" + ecdsa), "not ECDSA with the same digest")
        certificates = [x509.load_der_x509_certificate(item[2]) for item in der(parts[3][1])]
        attributes = {der(body)[0][1].hex(): der(der(body)[1][1])[0] for _, body, _ in der(signed[1])}
        covered = new(name, data[:begin] + data[resume : resume + length]).digest()
        need(attributes["2a864886f70d010904"][1] == covered, "the content was changed after signing")
        need(attributes["2a864886f70d010903"][2] == fixed[3], "content type is not data")
        issuer, serial = der(sid[1])
        chosen = (issuer[2], 2, int.from_bytes(serial[1], "big"))
        certificate = next(c for c in certificates if (c.issuer.public_bytes(), serial[0], c.serial_number) == chosen)
        named = der(der(der(attributes["2a864886f70d010910022f"][1])[0][1])[0][1])  # signingCertificateV2
        hashing = DIGESTS[der(named[0][1])[0][1].hex()][0] if named[0][0] == 0x30 else "sha256"
        held = next(body for tag, body, _ in named if tag == 0x04)
        need(held == new(hashing, certificate.public_bytes(Encoding.DER)).digest(), "another certificate was meant")
        key: Any = certificate.public_key()
        need(isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1", "not a P-256 key")
        key.verify(signature[1], b"\x31" + signed[2][1:], ec.ECDSA(algorithm))
        certificate.verify_directly_issued_by(certificate)
        self.pdf_key = sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
        need(self.evidence.get("pdf_key_sha256", "") in ("", self.pdf_key), "the evidence names another PDF key")
        first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        made = datetime.fromisoformat(self.evidence.get("made_at", f"{first}"))
        need(first <= made <= last, "certificate was not valid then")
        return True, "signed by the key {key}", {"key": self.pdf_key[:16]}

    def files(self, path: Path) -> Finding:
        """Just what the manifest names is there, unchanged [10]; the evidence beside a report is the one in it [11]."""
        folder = path.parent
        if path.name == REPORT:
            if not (beside := folder / "evidence.json").is_file():
                return None, "the evidence beside the report is not there", {}
            need(_open(beside)[1] == written(self.evidence).encode(), "the evidence beside the report is another")
            return True, "the evidence beside the report is the one in it", {}
        named = {row["name"]: row["sha256"] for row in self.evidence["annexes"]}
        there = [p for p in folder.rglob("*") if (p.is_symlink() or not p.is_dir()) and p != folder / MANIFEST]
        found = {p.relative_to(folder).as_posix(): p.is_file() and sha256(_open(p)[1]).hexdigest() for p in there}
        wrong = sorted(n for n in named.keys() | found.keys() if named.get(n) != found.get(n))
        said_of = [f"{('changed', 'missing', 'added')[(n in named) - (n in found)]} {n}" for n in wrong]
        need(not wrong, "files differ from the manifest: {files}", files=", ".join(said_of))
        return True, "{count} files, none missing, added or changed", {"count": len(named)}

    def witness(self, text: str) -> Finding:  # cosignatures, by the keys of witnesses that the trust file names [11]
        (_, keys), held = keys_in(text), []
        for name, value in self.note.signatures:
            if len(value) == 76 and (raw := keys.get((name, value[:4].hex()))):
                line = f"cosignature/v1\ntime {int.from_bytes(value[4:12], 'big')}\n".encode()
                Ed25519PublicKey.from_public_bytes(raw).verify(value[12:], line + self.note.signed)
                held.append(name)
        if not held:
            return None, "cosigned, but the trust file does not name the witness", {}
        return True, "cosigned by {names}", {"names": ", ".join(held)}

    def signer(self, text: str | None) -> Finding:
        if text is None:
            return None, "no trust file given", {}
        trusted, witnesses = keys_in(text)
        if witnesses and not trusted:
            return None, "the trust file names witnesses alone", {}
        need(any(sha256(key).hexdigest() in trusted for key in self.signers), "the trust file does not name the signer")
        named = self.evidence.get("pdf_key_sha256") or not self.pdf_key or self.pdf_key in trusted
        need(bool(named), "the trust file does not name the key of the PDF")
        return True, "the trust file names the signer", {}

    def grown_from(self, older: "Subject") -> Finding:
        old, new = older.note, self.note
        need(older.intact and None not in (old, new), "the older file is not intact itself")
        need(old.origin == new.origin, "the two files are of different logs")
        need(old.size <= new.size, "the log was longer before")
        sizes = {"old": old.size, "new": new.size}
        before = {item["index"]: leaf_of(item) for item in older.entries}
        changed = [i["index"] for i in self.entries if i["index"] in before and before[i["index"]] != leaf_of(i)]
        need(not changed, "entry {entry} was another before", entry=changed[0] if changed else 0)
        if old.size == new.size:
            return old.root == new.root, "the same number of entries", {}
        ends = (sha256(b"").digest(), new.root) if old.size == 0 else self._ends(old)
        if ends is None:
            return None, "from {old} to {new} entries but no proof for the older seal", sizes
        need(ends == (old.root, new.root), "the log does not extend the older head")
        return True, "grew from {old} to {new} entries", sizes

    def _ends(self, old: Note) -> tuple[bytes, bytes] | None:  # older root and this one, by any proof there is
        for path in [head["proof"] for head in self.evidence.get("earlier", []) if head["size"] == old.size]:
            turn = (old.size & -old.size).bit_length() - 1  # the complete trees below the older head
            steps = [unbase64(step, 32) for step in path]
            first, *rest = steps if old.size & (old.size - 1) else [old.root, *steps]
            return climb((old.size - 1) >> turn, (self.note.size - 1) >> turn, rest, first, first)
        return next((self._roots(item) for item in self.entries if item["index"] == old.size - 1), None)


def verify_file(path: Path, trust: Path | None = None, previous: Path | None = None) -> dict[str, Any]:
    """``{"ok", "claims": [{"claim", "ok", "detail", "code", "params"}]}``. OSError when unreadable."""
    is_folder, (path, data) = path.is_dir(), _open(path)
    subject = Subject(data)
    is_manifest = subject.evidence.get("format") == PACK and path.name == MANIFEST
    if is_manifest or (is_folder and subject.evidence and path.name == REPORT):
        subject.claim("files", lambda: subject.files(path))
    text = None if trust is None else _open(trust)[1].decode("utf-8", "replace")
    subject.claim("signer", lambda: subject.signer(text))
    if subject.note and any(len(value) == 76 for _, value in subject.note.signatures):
        subject.claim("witness", lambda: subject.witness(text or ""))
    if previous is not None:
        subject.claim("previous", lambda: subject.grown_from(Subject(_open(previous)[1])))
    return {"ok": subject.intact, "claims": subject.claims}


def keys_in(text: str) -> tuple[set[str], dict[tuple[str, str], bytes]]:
    """What a trust file names: fingerprints (SHA-256 of keys) [9]; keys of witnesses by name and key id [11]."""
    key = "[A-Za-z0-9+/]{43}"  # 32 bytes; after a name and id 0x01 and 32 bytes
    hexes = re.findall(r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{4}\s*){16}(?![0-9A-Fa-f])", text)
    packed = re.findall(rf"(?<![A-Za-z0-9+/]){key}=|(?<=\+[0-9a-f]{{8}}\+)A{key}(?![A-Za-z0-9+/=])", text)
    digests = {sha256(base64.b64decode(token)[-32:]).hexdigest() for token in packed}
    named = re.findall(rf"(?<!\S)([^\s+]+)\+([0-9a-f]{{8}})\+(B{key})(?!\S)", text)
    keys = [(name, key_id, unbase64(packed, 33)) for name, key_id, packed in named]
    good = [k for k in keys if k[2][:1] == b"\4" and sha256(f"{k[0]}\n".encode() + k[2]).hexdigest()[:8] == k[1]]
    return {re.sub(r"\s", "", token).lower() for token in hexes} | digests, {k[:2]: k[2][1:] for k in good}


def der(data: bytes, *, single: bool = False) -> list[tuple[int, bytes, bytes]]:  # siblings: tag, content, whole
    found: list[tuple[int, bytes, bytes]] = []
    at = 0
    while at < len(data) and not (single and found):
        start, tag, length, at = at, data[at], data[at + 1], at + 2
        if length >= 0x80:
            count = length & 0x7F
            length = int.from_bytes(data[at : at + count], "big")
            need(1 <= count <= 4 and length >= 0x80 and data[at] != 0, "not DER")
            at += count
        need(tag & 0x1F != 0x1F and at + length <= len(data), "not DER")
        at += length
        found.append((tag, data[at - length : at], data[start:at]))
    return found


def leaf_of(item: dict[str, Any]) -> bytes:
    return sha256(b"\0" + item["entry"].encode()).digest() if "entry" in item else unbase64(item["leaf"], 32)


def climb(fn: int, sn: int, path: list[bytes], left: bytes, whole_root: bytes) -> tuple[bytes, bytes]:
    """The roots a path leads to: of the entries up to its place, and of all (RFC 9162 sections 2.1.3.2, 2.1.4.2)."""
    for step in path:
        need(sn > 0, "a proof is too long")
        if fn % 2 or fn == sn:
            left, whole_root = sha256(b"\1" + step + left).digest(), sha256(b"\1" + step + whole_root).digest()
            while fn and fn % 2 == 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            whole_root = sha256(b"\1" + whole_root + step).digest()
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0, "a proof is too short")
    return left, whole_root


def need(condition: bool, otherwise: str, **params: Any) -> None:  # numbers at most: it never quotes the file
    if not condition:
        raise InvalidSignature(otherwise, params)


def parse(text: str) -> Any:
    refuse: Any = lambda _: need(False, "holds a number with a fraction")  # noqa: E731
    value = json.loads(text, parse_float=refuse, parse_constant=refuse)
    need(isinstance(value, dict) and written(value).encode() == text.encode() and plain(value), "not canonical JSON")
    return value


def plain(value: Any, depth: int = MAX_DEPTH) -> bool:  # for every reader of JSON the same
    if isinstance(value, dict | list):
        keys, items = (value, value.values()) if isinstance(value, dict) else ((), value)
        return depth > 0 and all(map(str.isascii, keys)) and all(plain(item, depth - 1) for item in items)
    return not isinstance(value, int) or abs(value) <= MAX_INTEGER


def unbase64(text: str, length: int | None = None) -> bytes:
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text and length in (None, len(data)), "base64 is malformed")
    return data


def whole(number: Any) -> int:
    need(type(number) is int and number >= 0, "not a number")  # true is not one
    return int(number)


def _open(path: Path) -> tuple[Path, bytes]:
    if path.is_dir():  # the manifest of a proof pack [10] or the report of an audit folder [11] speaks for it
        path = path / (REPORT if (path / REPORT).is_file() and not (path / MANIFEST).exists() else MANIFEST)
    return path, path.read_bytes() if path.stat().st_size <= MAX_FILE else b""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Check what ConsentKeep hands out as proof.")
    for name in ("path", "--trust", "--previous"):
        parser.add_argument(name, type=Path)
    answer = verify_file(**vars(parser.parse_args()))
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
    sys.exit(0 if answer["ok"] else 3)  # 3: not intact
