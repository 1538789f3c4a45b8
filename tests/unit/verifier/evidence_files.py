"""Evidence files for the tests of both checkers: made by our own builder, with keys and instants that never change."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from compliance.audit import checkpoint, tree
from compliance.audit.entry import canonical, encode
from compliance.audit.evidence import (
    EarlierHead,
    EvidenceFormat,
    ProvenEntry,
    RosterKey,
    build_evidence,
    record_sha256,
    signature_of,
    with_evidence,
)
from compliance.exports.sign import attach, sign_pdf
from compliance.model.audit import AuditEvent, Kind

AT = datetime(2026, 11, 24, 2, tzinfo=UTC)
VAULT = "V-7QK4M2XA"
KEY = Ed25519PrivateKey.from_private_bytes(b"\x05" * 32)
PUBLIC = KEY.public_key().public_bytes_raw()
STRANGER = Ed25519PrivateKey.from_private_bytes(b"\x06" * 32)
NAME = checkpoint.key_name(VAULT, "li")
COUNT = 300


def log(count: int = COUNT, actor: str = "li") -> list[bytes]:
    entries = []
    for seq in range(count):
        first = {"ed25519": PUBLIC.hex()} if seq == 0 else {"count": seq}
        kind = Kind.USER_ADDED if seq == 0 else Kind.PROFILE_OPENED
        event = AuditEvent(kind=kind, at=AT + timedelta(seconds=seq), actor=actor, role="dpo", detail=first)
        entries.append(encode(event, seq=seq, seat="s", state="ab" * 32))
    return entries


LOG = log()
LEAVES = [tree.leaf_hash(entry) for entry in LOG]


def note(size: int = COUNT, leaves: Sequence[bytes] = LEAVES, key: Ed25519PrivateKey = KEY) -> str:
    head = checkpoint.Checkpoint(origin=checkpoint.origin(VAULT), size=size, root=tree.root_of(leaves[:size]))
    return checkpoint.sign(head, name=NAME, key=key)


def evidence(
    size: int = COUNT,
    indexes: Sequence[int] = (0, 7, 255, 256, 299),
    earlier: Sequence[int] = (),
    entries: list[bytes] = LOG,
    **changes: Any,
) -> bytes:
    leaves = [tree.leaf_hash(entry) for entry in entries]
    values: dict[str, Any] = {
        "vault_id": VAULT,
        "handler": "信守医药（上海）有限公司",
        "made_at": AT + timedelta(hours=1),
        "period": (AT, None),
        "note": note(size, leaves),
        "keys": [RosterKey(name=NAME, role="dpo", ed25519=PUBLIC, from_entry=0)],
        "entries": [
            ProvenEntry(index=i, entry=entries[i], path=tree.inclusion_path(leaves, i, size))
            for i in indexes
            if i < size
        ],
        "earlier": [
            EarlierHead(size=n, root=tree.root_of(leaves[:n]), path=tree.consistency_path(leaves, n, size))
            for n in earlier
        ],
        "content": {"report": {"entries": COUNT, "refusals": 3}},
        "annexes": [("sheets.json", "ab" * 32)],
        "signer": NAME,
        "signing_key": KEY,
    }
    return build_evidence(**{**values, **changes})


def resigned(change: Callable[[dict[str, Any]], None], data: bytes | None = None) -> bytes:
    """Evidence changed by somebody who holds the signing key."""
    obj = json.loads(data or evidence())
    change(obj)
    del obj["signatures"]
    return canonical({**obj, "signatures": [signature_of(obj, name=NAME, key=KEY)]})


def receipt() -> bytes:
    record = canonical({"schema_version": "x", "receipt_id": "R-1", "events": [{"event_state": "given"}]})
    content = {"record_sha256": record_sha256(record)}
    return with_evidence(record, evidence(size=5, indexes=(0, 3), form=EvidenceFormat.RECEIPT, content=content))


def card() -> str:
    return f"密钥指纹卡\n公司：…\n指纹 {checkpoint.fingerprint(PUBLIC)}\n公章：\n"


# PDF


PDF_KEY = ec.derive_private_key(0x1234567, ec.SECP256R1())
OTHER_PDF_KEY = ec.derive_private_key(0x7654321, ec.SECP256R1())


def certificate(key: ec.EllipticCurvePrivateKey, begin: datetime = AT) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ConsentKeep test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(0x4711)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=3650))
        .add_extension(x509.KeyUsage(True, True, *[False] * 7), critical=True)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def spki_sha256(key: ec.EllipticCurvePrivateKey) -> str:
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(key.public_key().public_bytes(*form)).hexdigest()


def audit_pdf(
    embedded: bytes | None = None, key: ec.EllipticCurvePrivateKey = PDF_KEY, begin: datetime = AT, copies: int = 1
) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    out = BytesIO()
    canvas = Canvas(out, invariant=True)
    canvas.drawString(72, 720, "endstream obj /ByteRangeless text")
    canvas.save()
    data = evidence(pdf_key_sha256=spki_sha256(PDF_KEY)) if embedded is None else embedded
    pdf = out.getvalue()
    for number in range(copies):
        pdf = attach(pdf, f"evidence{number}.json", data, description="", when=AT)
    return sign_pdf(pdf, pem(key), certificate(key, begin), reason="test", when=AT)
