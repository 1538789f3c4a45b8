"""One corpus for both checkers: files, good and damaged, each with what ``verify`` must say of it.

A case names the claims that are false; every other claim must be true or open. Both checkers must also agree on each
single claim (test_verify_page.py).
"""

import base64
import json
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from io import BytesIO
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from evidence_files import (
    AT,
    COUNT,
    KEY,
    LEAVES,
    LOG,
    NAME,
    OTHER_PDF_KEY,
    PDF_KEY,
    PUBLIC,
    STRANGER,
    VAULT,
    audit_pdf,
    card,
    certificate,
    evidence,
    log,
    note,
    pem,
    receipt,
    resigned,
    spki_sha256,
)
from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore
from reportlab.pdfgen.canvas import Canvas

from compliance.audit import checkpoint, cosignature, proof, tree
from compliance.audit.entry import canonical
from compliance.audit.evidence import EvidenceFormat, ProvenEntry, RosterKey, build_evidence, signature_of
from compliance.exports.sign import attach

OTHER = Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One file, what is known beside it, and the claims that must be false."""

    name: str
    data: bytes
    false: frozenset[str] = frozenset()
    trust: str | None = None
    previous: bytes | None = None
    folder: bool = False  # given as the audit folder it lies in
    beside: bytes | None = None  # evidence.json of that folder
    torn: bool = False  # how far a checker gets in it is its own affair, so long as the file is not intact

    @property
    def ok(self) -> bool:
        return not self.false


@cache
def cases() -> tuple[Case, ...]:
    """Every case, in order; names are unique."""
    found = tuple(
        case
        for part in (_good, _json, _signed, _resigned, _seals, _previous, _pdf, _witnessed, _folders)
        for case in part()
    )
    assert len({case.name for case in found}) == len(found)
    return found


def single(index: int = 7, **changes: Any) -> str:
    """A proof of one entry."""
    values: dict[str, Any] = {"path": tree.inclusion_path(LEAVES, index, COUNT), "entry": LOG[index]}
    return proof.write(**{"index": index, "note": note(), **values, **changes})


def two_signatures(other: Ed25519PrivateKey = STRANGER) -> str:
    """A seal with the signature of a witness whose key it does not carry."""
    return checkpoint.add_signature(note(), name=checkpoint.key_name(VAULT, "witness"), key=other)


def _good() -> Iterator[Case]:
    yield Case(name="evidence", data=evidence())
    yield Case(name="evidence, key introduced elsewhere", data=evidence(indexes=(7,)))
    yield Case(name="evidence without entries", data=evidence(indexes=()))
    yield Case(name="evidence of one entry", data=evidence(size=1, indexes=(0,)))
    sealed = [ProvenEntry(index=9, entry=LOG[9], path=tree.inclusion_path(LEAVES, 9, COUNT), sealed=True)]
    yield Case(name="evidence that shows a leaf", data=evidence(entries=LOG, indexes=()) and _with_entries(sealed))
    yield Case(name="receipt", data=receipt())
    yield Case(name="receipt evidence alone", data=evidence(form=EvidenceFormat.RECEIPT, content={"receipt": {}}))
    yield Case(name="seal", data=note().encode())
    yield Case(name="seal with a witness", data=two_signatures().encode())
    yield Case(name="proof", data=single().encode())
    yield Case(name="proof of the last", data=single(COUNT - 1).encode())
    yield Case(name="audit PDF", data=_made())
    yield Case(name="audit PDF, card given", data=_made(), trust=card())
    yield Case(name="names of all scripts", data=evidence(handler='信守医药 \U0001f5dd \x7f\u2028\x01 "\\ é'))
    yield Case(name="verifier key as trust", data=evidence(), trust=checkpoint.verifier_key(NAME, PUBLIC))
    yield Case(name="raw key as trust", data=evidence(), trust=base64.b64encode(PUBLIC).decode())


def _with_entries(entries: list[ProvenEntry]) -> bytes:
    return build_evidence(
        vault_id=VAULT,
        handler="h",
        made_at=AT,
        note=note(),
        keys=[RosterKey(name=NAME, role="dpo", ed25519=PUBLIC, from_entry=0)],
        entries=entries,
        content={},
        signer=NAME,
        signing_key=KEY,
    )


def _json() -> Iterator[Case]:
    """Texts that some readers of JSON take for the same."""
    good = evidence()
    assert good.startswith(b'{"annexes":')
    changes: dict[str, bytes] = {
        "a key twice": good.replace(b'"vault":', b'"vault":"V-7QK4M2XA","vault":', 1),
        "a key twice inside": good.replace(b'"index":7,', b'"index":8,"index":7,', 1),
        "a blank": good.replace(b'"vault":', b'"vault": ', 1),
        "a fraction": good.replace(b'"index":7,', b'"index":7.0,', 1),
        "an exponent": good.replace(b'"index":7,', b'"index":7e0,', 1),
        "minus zero": good.replace(b'"index":0,', b'"index":-0,', 1),
        "a leading zero": good.replace(b'"index":7,', b'"index":07,', 1),
        "an escape": good.replace(b'"handler"', b'"h\\u0061ndler"', 1),
        "not a number": good.replace(b'"index":7,', b'"index":NaN,', 1),
        "another order": b'{"vault":"' + VAULT.encode() + b'",' + good[1:].replace(b',"vault":"V-7QK4M2XA"', b"", 1),
        "a byte order mark": b"\xef\xbb\xbf" + good,
        "a line end after": good + b"\n",
        "a blank before": b" " + good,
        "a second object": good + b"{}",
        "a zero byte after": good + b"\0",
        "cut by one": good[:-1],
        "cut in half": good[: len(good) // 2],
        "not UTF-8": good.replace(b'"handler":"', b'"handler":"\xff', 1),
        "an overlong byte": good.replace(b'"handler":"', b'"handler":"\xc0\x80', 1),
        "a surrogate in UTF-8": good.replace(b'"handler":"', b'"handler":"\xed\xa0\x80', 1),
        "half a surrogate": good.replace(b'"handler":"', b'"handler":"\\ud800', 1),
        "an array": b"[" + good + b"]",
        "no JSON": b"{",
        "empty": b"",
        "an empty object": b"{}",
        "text": b"hello\n\nworld\n",
        "bytes": b"\xff" * 99,
        "deep": b'{"a":' * 9999,
        "an empty evidence beside": _without_signatures(good)[:-1] + b',"evidence":null}',
    }
    for name, data in changes.items():
        assert data != good
        yield Case(name=name, data=data, false=frozenset({"file_readable"}))
    # Members that canonical readers accept but that are not there when it was signed.
    extra = canonical({**json.loads(good), "evidence": None})
    yield Case(name="a member more that holds nothing", data=extra, false=frozenset({"file_readable"}))


def _without_signatures(good: bytes) -> bytes:
    return canonical({key: value for key, value in json.loads(good).items() if key != "signatures"})


def _signed() -> Iterator[Case]:
    """Changed by somebody without the key."""
    good = json.loads(evidence())

    def changed(change: Callable[[dict[str, Any]], None]) -> bytes:
        copy = json.loads(evidence())
        change(copy)
        return canonical(copy)

    def entry(index: int, text: str) -> Callable[[dict[str, Any]], None]:
        return lambda e: e["entries"][index].update(entry=text)

    own = "evidence_signature"
    eve = log(8, "eve")[7].decode()
    yield Case(name="an entry edited", data=changed(entry(1, eve)), false=frozenset({own, "inclusion"}))
    yield Case(name="an entry deleted", data=changed(lambda e: e["entries"].pop(2)), false=frozenset({own}))
    added = {"index": 8, "entry": LOG[8].decode(), "proof": good["entries"][1]["proof"]}
    inserted = changed(lambda e: e["entries"].insert(2, added))
    yield Case(name="an entry inserted", data=inserted, false=frozenset({own, "inclusion"}))
    doubled = changed(lambda e: e["entries"].insert(1, e["entries"][1]))
    yield Case(name="an entry doubled", data=doubled, false=frozenset({own, "entries_hash"}))
    reordered = changed(lambda e: e["entries"].reverse())
    yield Case(name="entries reordered", data=reordered, false=frozenset({own, "entries_hash"}))
    yield Case(name="figures changed", data=changed(lambda e: e["content"].update(x=1)), false=frozenset({own}))
    for value in ([], None, "no", [{}], [{"name": "x", "key": "", "ed25519": ""}]):
        stripped = changed(lambda e, value=value: e.update(signatures=value))  # type: ignore[misc]
        yield Case(name=f"signatures {value!r}", data=stripped, false=frozenset({own}))
    yield Case(name="no signatures", data=changed(lambda e: e.pop("signatures")), false=frozenset({own}))
    yield Case(name="no checkpoint", data=changed(lambda e: e.pop("checkpoint")), false=frozenset({"file_readable"}))
    stranger = STRANGER.public_key().public_bytes_raw()

    def as_stranger(e: dict[str, Any]) -> None:
        e["keys"] = [{**e["keys"][0], "ed25519": base64.b64encode(stranger).decode()}]
        e["checkpoint"] = note(key=STRANGER)
        e["signatures"] = [signature_of(e, name=NAME, key=STRANGER)]

    whole = changed(as_stranger)
    yield Case(name="signed anew by another key", data=whole, false=frozenset({"key_roster"}))
    yield Case(name="by another key, card given", data=whole, trust=card(), false=frozenset({"key_roster", "signer"}))
    for name, text in (("no key", "nothing"), ("another", checkpoint.fingerprint(stranger)), ("empty", "")):
        yield Case(name=f"the card names {name}", data=evidence(), trust=text, false=frozenset({"signer"}))
    swapped = canonical({**json.loads(receipt()), "receipt_id": "R-2"})
    yield Case(name="evidence of another receipt", data=swapped, false=frozenset({"file_readable"}))


#: What somebody who holds the key can write, and the claim that says so.
FORGERIES: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "another entry": (lambda e: e["entries"][1].update(entry=log(8, "eve")[7].decode()), "inclusion"),
    "another number": (lambda e: e["entries"][1].update(index=8), "entries_hash"),
    "a number below zero": (lambda e: e["entries"][0].update(index=-1), "entries_hash"),
    "a number that is true": (lambda e: e["entries"][0].update(index=True), "entries_hash"),
    "an entry twice": (lambda e: e["entries"].insert(1, e["entries"][1]), "entries_hash"),
    "a shorter proof": (lambda e: e["entries"][1]["proof"].pop(), "inclusion"),
    "a longer proof": (lambda e: e["entries"][1]["proof"].append("A" * 43 + "="), "inclusion"),
    "spare bits in base64": (lambda e: _spare(e["entries"][1]["proof"]), "inclusion"),
    "no padding": (lambda e: _bare(e["entries"][1]["proof"]), "inclusion"),
    "a leaf of nothing": (lambda e: (e["entries"][1].pop("entry"), e["entries"][1].update(leaf="")), "inclusion"),
    "an entry with a blank": (lambda e: e["entries"][1].update(entry=" " + e["entries"][1]["entry"]), "entries_hash"),
    "a key of nobody": (lambda e: e["keys"].append({**e["keys"][0], "name": "x", "from_entry": 7}), "key_roster"),
    "a key from the future": (lambda e: e["keys"][0].update(from_entry=COUNT), "key_roster"),
    "a head of another log": (lambda e: e.update(vault="V-OTHER"), "file_readable"),
    "a head signed by a stranger": (lambda e: e.update(checkpoint=note(key=STRANGER)), "checkpoint_signature"),
    "another head": (lambda e: e.update(checkpoint=note(299)), "inclusion"),
    "another format": (lambda e: e.update(format="consentkeep-evidence/2"), "file_readable"),
    "a signer under another name": (lambda e: e["keys"][0].update(name="consentkeep/x/y"), "evidence_signature"),
    "no keys": (lambda e: e.update(keys=[]), "evidence_signature"),
}


def _spare(proof_: list[str]) -> None:
    """The same bytes by another text: the spare bits of the last letter are set."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    proof_[0] = proof_[0][:42] + letters[letters.index(proof_[0][42]) | 1] + "="


def _bare(proof_: list[str]) -> None:
    proof_[0] = proof_[0].rstrip("=")


def _resigned() -> Iterator[Case]:
    # What else is false then: numbers and texts are looked at again by the claims behind.
    follow = {
        "another number": {"inclusion"},
        "a number below zero": {"inclusion"},
        "a number that is true": {"inclusion"},
        "an entry with a blank": {"inclusion"},
        "a signer under another name": {"checkpoint_signature"},
        "no keys": {"checkpoint_signature"},
    }
    for name, (change, claim) in FORGERIES.items():
        false = frozenset({claim, *follow.get(name, set())})
        yield Case(name=f"by the key holder: {name}", data=resigned(change), false=false)
    bad = {
        "an integer too large": b'"x":9007199254740992',
        "an integer much too large": b'"x":1152921504606846976',
        "an integer too small": b'"x":-9007199254740992',
        "a key that is not ASCII": '"键":1'.encode(),
        "seventeen levels": b'"x":' + b"[" * 15 + b"]" * 15,
    }
    for name, member in bad.items():
        yield Case(name=f"by the key holder: {name}", data=_raw(member), false=frozenset({"file_readable"}))
    fine = {"the largest integer": b'"x":9007199254740991', "sixteen levels": b'"x":' + b"[" * 14 + b"]" * 14}
    for name, member in fine.items():
        yield Case(name=f"by the key holder: {name}", data=_raw(member))


def _raw(member: bytes) -> bytes:
    """Evidence whose content is ``member``, signed over exactly these bytes, whatever our own writer refuses."""
    body = json.loads(evidence(content={}))
    del body["signatures"]
    bare = canonical(body).replace(b'"content":{}', b'"content":{' + member + b"}", 1)
    signature = KEY.sign(b"consentkeep-evidence/1\n" + bare)
    key, name = base64.b64encode(PUBLIC), NAME.encode()
    line = b'{"ed25519":"' + base64.b64encode(signature) + b'","key":"' + key + b'","name":"' + name + b'"}'
    return bare.replace(b',"vault":', b',"signatures":[' + line + b'],"vault":', 1)


def _seals() -> Iterator[Case]:
    good, claim = note(), frozenset({"file_readable"})
    lines = good.split("\n")
    changes = {
        "CRLF": good.replace("\n", "\r\n"),
        "a leading zero": good.replace("\n300\n", "\n0300\n"),
        "a sign": good.replace("\n300\n", "\n+300\n"),
        "sixteen digits": good.replace("\n300\n", "\n1000000000000000\n"),
        "no line end": good[:-1],
        "a line more": good + "\n",
        "a blank at the end": good[:-1] + " \n",
        "no signature": "\n".join(lines[:5]) + "\n",
        "two dashes": good.replace("\u2014", "--"),
        "a short root": good.replace(lines[2], lines[2][4:]),
        "a name with a blank": good.replace(f"\u2014 {NAME}", f"\u2014 {NAME}\u3000"),
        "a key of another id": good.replace("key " + NAME + "+", "key " + NAME + "+0"),
    }
    for name, text in changes.items():
        assert text != good, name
        yield Case(name=f"seal: {name}", data=text.encode(), false=claim)
    short = f"{good.split('— ')[0]}— {NAME} {base64.b64encode(b'1234').decode()}\n".encode()
    yield Case(name="seal: only a key id", data=short, false=frozenset({"checkpoint_signature"}))
    grown = good.replace("\n300\n", "\n301\n").encode()
    yield Case(name="seal: another size", data=grown, false=frozenset({"checkpoint_signature"}))
    bare = checkpoint.Checkpoint(origin=checkpoint.origin(VAULT), size=COUNT, root=tree.root_of(LEAVES))
    unknown = checkpoint.sign(bare, name=NAME, key=KEY, carry_key=False).encode()
    yield Case(name="seal: of nobody known", data=unknown, false=frozenset({"checkpoint_signature"}))
    yield Case(name="seal: a witness, card given", data=two_signatures().encode(), trust=card())
    text, path = single(), tree.inclusion_path(LEAVES, 7, COUNT)
    for name, bad in {
        "no entry": single(entry=None),
        "another header": text.replace("proof@v1", "proof@v2"),
        "a number with a sign": text.replace("index 7", "index +7"),
        "no blank line": text.replace("\n\nconsentkeep", "\nconsentkeep"),
    }.items():
        yield Case(name=f"proof: {name}", data=bad.encode(), false=claim)
    yield Case(name="proof: another number", data=single(8, path=path, entry=LOG[7]).encode(),
               false=frozenset({"entries_hash", "inclusion"}))  # fmt: skip
    yield Case(name="proof: a step less", data=single(path=path[:-1]).encode(), false=frozenset({"inclusion"}))
    yield Case(name="proof: a step more", data=single(path=[*path, path[0]]).encode(), false=frozenset({"inclusion"}))
    beyond = proof.write(index=COUNT, path=[], note=note(), entry=log(COUNT + 1)[COUNT])
    yield Case(name="proof: beyond the head", data=beyond.encode(), false=frozenset({"inclusion"}))


def _previous() -> Iterator[Case]:
    old, bad = evidence(size=200), frozenset({"previous"})
    forked = log(COUNT, "eve")
    yield Case(name="grown, by proof", data=evidence(earlier=(100, 200)), previous=old)
    yield Case(name="grown, by its last entry", data=evidence(indexes=(0, 199)), previous=old)
    yield Case(name="grown from an empty log", data=evidence(), previous=note(0).encode())
    yield Case(name="grown from a power of two", data=evidence(earlier=(256,)), previous=evidence(size=256))
    yield Case(name="grown from one", data=evidence(indexes=(0,)), previous=note(1).encode())
    yield Case(name="grown, undecided", data=evidence(), previous=old)
    yield Case(name="the same size", data=evidence(size=200), previous=old)
    yield Case(name="a proof after a seal", data=single(199).encode(), previous=note(200).encode())
    yield Case(name="older receipt", data=evidence(indexes=(0, 4)), previous=receipt())
    yield Case(name="rolled back", data=evidence(size=150), previous=old, false=bad)
    yield Case(name="forked, with a proof", data=evidence(entries=forked, earlier=(200,)), previous=old, false=bad)
    yield Case(name="forked, with its entry", data=evidence(entries=forked, indexes=(199,)), previous=old, false=bad)
    same = evidence(entries=forked, size=200, indexes=(199,))
    yield Case(name="forked at the same size", data=same, previous=old, false=bad)
    yield Case(name="an older file that is damaged", data=evidence(earlier=(200,)), previous=old[:-1], false=bad)
    shown, bare = evidence(size=200, indexes=(0, 7, 199)), resigned(_leaves_alone)
    yield Case(name="leaves now, texts before", data=bare, previous=shown)
    yield Case(name="texts now, leaves before", data=evidence(), previous=bare)
    eve = resigned(_leaves_alone, evidence(entries=forked, indexes=(7,)))
    yield Case(name="another leaf than the text before", data=eve, previous=shown, false=bad)
    yield Case(name="another leaf than the leaf before", data=eve, previous=bare, false=bad)
    other = note(200).replace(VAULT, "V-OTHER1").encode()
    yield Case(name="an older file of another store", data=evidence(), previous=other, false=bad)


def _leaves_alone(found: dict[str, Any]) -> None:
    """As a proof pack shows them: no text, for a text names its author."""
    for item in found["entries"]:
        item["leaf"] = base64.b64encode(tree.leaf_hash(item.pop("entry").encode())).decode()


@cache
def _made(**changes: Any) -> bytes:
    return audit_pdf(**changes)


def pdf_gap(pdf: bytes) -> tuple[int, int]:
    """The zeros at the end of the signature gap, where nothing is signed."""
    end = pdf.index(b">", pdf.rindex(b"/Contents <"))
    begin = end
    while pdf[begin - 1 : begin] == b"0":
        begin -= 1
    return begin, end


def _pdf() -> Iterator[Case]:
    good, signed = _made(), "pdf_signature"
    both = frozenset({signed, "nothing_appended"})
    at = good.index(b"/MediaBox")
    yield Case(name="PDF: a page changed", data=good[:at] + b"/MediaBoy" + good[at + 9 :], false=frozenset({signed}))
    for name, tail in {"a line": b"\n", "a mark": b"%%EOF", "an object": b"\n1 0 obj\n<<>>\nendobj\n"}.items():
        data = good + tail
        yield Case(name=f"PDF: {name} appended", data=data, false=both)
    attached = attach(good, "more.json", b"{}", description="", when=AT)
    yield Case(name="PDF: an incremental update", data=attached, false=both)
    other = attach(good, "evidence2.json", evidence(content={"x": 1}), description="", when=AT)
    yield Case(name="PDF: other evidence appended", data=other, false=both | {"evidence_present"})
    twice = signed_by_others(signed_by_others(unsigned(), "One"), "Two")
    yield Case(name="PDF: two signatures", data=twice, false=both)
    yield Case(name="PDF: signed by another program", data=signed_by_others(unsigned(), "One"))
    faked = good + b"<</ByteRange [0 5 9 %d]>>" % (len(good) - 9)
    yield Case(name="PDF: a second range", data=faked, false=both)
    begin, end = pdf_gap(good)
    middle = (begin + end) // 2 // 2 * 2
    for name, filling in {"blanks": b"  ", "line ends": b"\n\n", "a digit": b"01", "letters": b"zz"}.items():
        data = good[:middle] + filling + good[middle + 2 :]
        yield Case(name=f"PDF: {name} in the gap", data=data, false=frozenset({signed}))
    cms = good.index(b"/Contents <") + 11
    lower = good[:cms] + good[cms : cms + 8].lower() + good[cms + 8 :]
    yield Case(name="PDF: two letter cases in the gap", data=lower, false=frozenset({signed}))
    yield Case(name="PDF: cut", data=good[:-100], false=both, torn=True)
    yield Case(name="PDF: only a head", data=b"%PDF-1.7", false=both | {"evidence_present"})
    dressed = _made(key=OTHER_PDF_KEY)
    yield Case(name="PDF: pages signed by another", data=dressed, trust=card(), false=frozenset({signed}))
    unnamed = _made(embedded=evidence(), key=OTHER_PDF_KEY)
    yield Case(name="PDF: its key not named", data=unnamed, trust=card(), false=frozenset({"signer"}))
    yield Case(name="PDF: its key on the card", data=unnamed, trust=card() + spki_sha256(OTHER_PDF_KEY))
    for copies in (0, 2):
        data = _made(copies=copies)
        yield Case(name=f"PDF: {copies} evidence files", data=data, false=frozenset({"evidence_present"}))
    early = _made(begin=AT + timedelta(days=1))
    yield Case(name="PDF: a certificate from later", data=early, false=frozenset({signed}))
    swapped = evidence(pdf_key_sha256=spki_sha256(PDF_KEY), content={"people": 0})
    yield Case(name="PDF: the attachment swapped", data=replaced(good, swapped), false=both, torn=True)
    yield Case(name="PDF: unsigned", data=unsigned(), false=both)


def _witnessed() -> Iterator[Case]:
    """Seals with cosignatures, with and without the witness's key."""
    name, bad = "witness.example/sun", frozenset({"witness"})
    seal = cosignature.cosign(note(), name=name, key=STRANGER, at=AT)
    public = STRANGER.public_key().public_bytes_raw()
    key = cosignature.verifier_key(name, public)
    yield Case(name="cosigned: key unknown", data=seal.encode())
    yield Case(name="cosigned: key known", data=seal.encode(), trust=key)
    yield Case(name="cosigned: card and key", data=seal.encode(), trust=card() + key + "\n")
    twice = cosignature.cosign(seal, name="witness.example/he", key=OTHER, at=AT)
    yield Case(name="cosigned: by two, one known", data=twice.encode(), trust=key)
    yield Case(name="cosigned: in evidence", data=evidence(note=seal), trust=key)
    earlier = cosignature.cosign(note(200), name=name, key=STRANGER, at=AT).splitlines()[-1]
    forged = f"{note()}{earlier}\n".encode()
    yield Case(name="cosigned: another seal", data=forged, trust=key, false=bad)
    yield Case(name="cosigned: another seal, key unknown", data=forged)
    raw = bytearray(base64.b64decode(seal.splitlines()[-1].rsplit(" ", 1)[1]))
    raw[8] ^= 1  # the witness's clock
    later = f"{note()}\u2014 {name} {base64.b64encode(raw).decode()}\n".encode()
    yield Case(name="cosigned: at another time", data=later, trust=key, false=bad)
    wrong = key.replace(name, "witness.example/li")
    yield Case(name="cosigned: a key of another name", data=seal.encode(), trust=wrong, false=frozenset({"signer"}))
    yield Case(name="cosigned: a key with another id", data=seal.encode(), trust=f"{name}+00000000+{key[-44:]}",
               false=frozenset({"signer"}))  # fmt: skip


def _folders() -> Iterator[Case]:
    """Audit folders: the report and what lies beside it."""
    held = evidence(pdf_key_sha256=spki_sha256(PDF_KEY))
    report = _made(embedded=held)
    yield Case(name="folder: evidence beside", data=report, folder=True, beside=held)
    yield Case(name="folder: no evidence beside", data=report, folder=True)
    for name, data in {"other evidence": evidence(content={"x": 1}), "a line more": held + b"\n", "cut": held[:-1],
                       "empty": b""}.items():  # fmt: skip
        yield Case(name=f"folder: {name}", data=report, folder=True, beside=data, false=frozenset({"files"}))


def signed_by_others(pdf: bytes, field: str) -> bytes:
    """Signed with our key by a program that certifies nothing, in a field of its own."""
    meta = signers.PdfSignatureMetadata(
        field_name=field, subfilter=fields.SigSeedSubFilter.PADES, md_algorithm="sha256"
    )
    signer = signers.SimpleSigner(
        signing_cert=next(iter(load_certs_from_pemder_data(certificate(PDF_KEY)))),
        signing_key=load_private_key_from_pemder_data(pem(PDF_KEY), passphrase=None),
        cert_registry=SimpleCertificateStore(),
    )
    out = BytesIO()
    signers.PdfSigner(meta, signer=signer).sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), output=out)
    return out.getvalue()


def replaced(pdf: bytes, embedded: bytes) -> bytes:
    """The PDF with other bytes in its attachment, by another program, which does not care for the signature."""
    hit = re.search(rb"/Type /EmbeddedFile.*?/Length (\d+)\n>>\nstream\r?\n", pdf, re.DOTALL)
    assert hit
    packed = zlib.compress(embedded)
    begin, length = hit.end(), int(hit[1])
    old = pdf[begin : begin + length]
    assert zlib.decompress(old)
    head = pdf[:begin].replace(b"/Length %d\n>>\nstream" % length, b"/Length %d\n>>\nstream" % len(packed))
    return head + packed + pdf[begin + length :]


def unsigned() -> bytes:
    """The report before it was signed: pages and attachment."""
    out = BytesIO()
    canvas = Canvas(out, invariant=True)
    canvas.showPage()
    canvas.save()
    data = evidence(pdf_key_sha256=spki_sha256(PDF_KEY))
    return attach(out.getvalue(), "evidence.json", data, description="", when=AT)
