"""Electronic signatures of foreign PDFs, examined offline in a limited child (ESL 13, 14; REQ-020).

Rules: (1) the document is only ever parsed in the child; no socket is opened there, nothing is fetched; (2) the last
signature covers the whole file, earlier ones their revision with nothing but later signing after it; bytes changed or
added otherwise are ``content_changed``; (3) the chain is judged at the time of signing against the roots the company
trusts; without them it is ``chain_untrusted``; (4) the report keeps the certificates themselves, so that it can be
judged again when their issuer is long gone.
"""

import base64
import json
import sys
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any

from compliance.errors import bad_input
from compliance.importing import limited
from compliance.importing.documents import MOST, Document

RESULTS = ("valid", "chain_untrusted", "content_changed", "invalid", "no_signature", "unreadable")
#: Results that say the document is not what was signed.
BROKEN = frozenset({"content_changed", "invalid"})
_SECONDS = 60.0
_MOST_ANSWER = 16 << 20
_NETWORK = frozenset({"socket.connect", "socket.getaddrinfo", "socket.bind", "socket.gethostbyname"})


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """``result`` is one of :data:`RESULTS`; ``body`` the whole report as JSON, which names the signer: seal it."""

    result: str
    body: bytes

    def __repr__(self) -> str:
        return f"SignatureReport({self.result})"


class Examiner:
    """One warm child for many documents. ``roots`` are certificates in PEM."""

    def __init__(self, *, roots: str = "") -> None:
        self._roots = roots
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None

    def __enter__(self) -> "Examiner":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def examine(self, document: Document) -> SignatureReport:
        """Examine every signature of a document. InputErrors ``reader_failed``."""
        if document.media_type != "application/pdf":
            return SignatureReport("no_signature", _dumps({"result": "no_signature", "signatures": []}))
        try:
            if self._pipe is None:
                self._process, self._pipe = limited.start(_serve, name="consentkeep-signatures", both_ways=True)
                self._pipe.send_bytes(self._roots.encode())
            self._pipe.send_bytes(document.data)
            if not self._pipe.poll(_SECONDS):
                raise OSError("stalled")
            body = self._pipe.recv_bytes(_MOST_ANSWER)
            result = str(json.loads(body)["result"])
            if result not in RESULTS:
                raise ValueError("no result of ours")
        except (EOFError, OSError, ValueError, KeyError, TypeError):
            self.close()
            raise bad_input("reader_failed", "file", "signature") from None
        return SignatureReport(result, body)

    def close(self) -> None:
        """End the child."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            limited.end(self._process)
        self._process = self._pipe = None


def examine(document: Document, *, roots: str = "") -> SignatureReport:
    """Examine one document."""
    with Examiner(roots=roots) as examiner:
        return examiner.examine(document)


def read_certificates(pem: bytes) -> tuple[str, ...]:
    """SHA-256 of each certificate in a PEM file. InputErrors ``certificates_unreadable``."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509 import load_pem_x509_certificates

    try:
        found = load_pem_x509_certificates(pem)
    except ValueError:
        raise bad_input("certificates_unreadable", "file") from None
    return tuple(certificate.fingerprint(SHA256()).hex() for certificate in found)


def _serve(pipe: Connection) -> None:
    """In the child: one answer for each document, until the other side hangs up."""
    limited.quiet()
    sys.addaudithook(_no_network)
    limited.limit()
    with suppress(EOFError, OSError):
        roots = pipe.recv_bytes(1 << 20)
        while True:
            data = pipe.recv_bytes(MOST)
            try:
                answer = _examine(data, roots)
            except Exception as error:  # noqa: BLE001 - any fault of a reader over a hostile file is: it cannot be read
                answer = {"result": "unreadable", "signatures": [], "fault": type(error).__name__}
            pipe.send_bytes(_dumps(answer))


def _no_network(event: str, _: object) -> None:
    if event in _NETWORK:
        raise OSError("network")


def _examine(data: bytes, roots: bytes) -> dict[str, Any]:
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        signatures = PdfFileReader(BytesIO(data), strict=False).embedded_signatures
        found = [_one(one, roots, last=one is signatures[-1]) for one in signatures]
    except Exception as error:
        if b"/ByteRange" not in data:
            raise
        return {"result": "content_changed", "signatures": [], "fault": type(error).__name__}
    if not found:
        return {"result": "content_changed" if b"/ByteRange" in data else "no_signature", "signatures": []}
    worst = max((one["result"] for one in found), key=_SEVERITY.index)
    return {"result": worst, "signatures": found}


_SEVERITY = ("valid", "chain_untrusted", "unreadable", "invalid", "content_changed")


def _one(signature: Any, roots: bytes, *, last: bool) -> dict[str, Any]:
    from pyhanko.keys import load_certs_from_pemder_data
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    signed_at = signature.self_reported_timestamp
    trust = list(load_certs_from_pemder_data(roots)) if roots.strip() else []
    context = ValidationContext(
        trust_roots=trust,
        other_certs=list(signature.other_embedded_certs or ()),
        allow_fetching=False,
        moment=signed_at,
        revocation_mode="soft-fail",
    )
    status = validate_pdf_signature(signature, signer_validation_context=context)
    level = str(getattr(status.modification_level, "name", "NONE"))
    coverage = str(getattr(status.coverage, "name", ""))
    if last:
        whole = coverage == "ENTIRE_FILE" or (coverage == "ENTIRE_REVISION" and level == "LTA_UPDATES")
    else:
        whole = coverage in ("ENTIRE_FILE", "ENTIRE_REVISION") and level in ("NONE", "LTA_UPDATES", "FORM_FILLING")
    whole = whole and status.docmdp_ok is not False
    if not status.intact or not whole:
        result = "content_changed"
    elif not status.valid:
        result = "invalid"
    else:
        result = "valid" if status.trusted else "chain_untrusted"
    chain = [signature.signer_cert, *(signature.other_embedded_certs or ())]
    return {
        "result": result,
        "field": str(signature.field_name),
        "intact": bool(status.intact),
        "signature_valid": bool(status.valid),
        "chain_trusted": bool(status.trusted),
        "coverage": coverage,
        "changes_since": level,
        "digest": str(status.md_algorithm),
        "signed_at": signed_at.isoformat() if signed_at else None,
        "timestamped_at": status.timestamp_validity.timestamp.isoformat() if status.timestamp_validity else None,
        "chain": [_certificate(one) for one in chain],
    }


def _certificate(one: Any) -> dict[str, str]:
    return {
        "subject": str(one.subject.human_friendly),
        "issuer": str(one.issuer.human_friendly),
        "serial": format(int(one.serial_number), "x"),
        "not_before": one.not_valid_before.isoformat(),
        "not_after": one.not_valid_after.isoformat(),
        "sha256": str(one.sha256.hex()),
        "der": base64.b64encode(one.dump()).decode(),
    }


def _dumps(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, sort_keys=True, indent=1).encode()
