"""PAdES signature and embedded evidence for reports (REQ-105; ETSI EN 319 142 baseline B).

Rules: (1) ECDSA P-256, because readers in the field do not know Ed25519 in PDFs; (2) the signature certifies the paper
and permits no change (DocMDP level 1); (3) the signing time is the instant of the use case, not a second look at a
clock; (4) pyHanko brings an HTTP client along: nothing here may open a socket, and an audit hook sees to it.
"""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from io import BytesIO
from typing import Any

from compliance.errors import ExportError

FIELD = "ConsentKeep"
_NETWORK = frozenset({"socket.connect", "socket.getaddrinfo", "socket.bind", "socket.gethostbyname"})
_guard = {"closed": 0}


@dataclass(frozen=True, slots=True)
class Signing:
    """Key and certificate of the store, PEM. ``reason`` is words, never a value. Kept out of ``repr``."""

    key_pem: bytes
    cert_pem: bytes
    reason: str

    def __repr__(self) -> str:
        return "Signing(…)"


def sign_pdf(pdf_bytes: bytes, key_pem: bytes, cert_pem: bytes, *, reason: str, when: datetime) -> bytes:
    """``pdf_bytes`` with a certifying PAdES signature. Raises ExportError ``signing_failed`` with the cause's type."""
    with _no_network():
        try:
            return _sign(pdf_bytes, key_pem, cert_pem, reason, when)
        except ExportError:
            raise
        except Exception as error:  # noqa: BLE001 - the library's messages may carry content; only the type is told
            raise ExportError("signing_failed", cause=type(error).__name__) from None


def attach(pdf_bytes: bytes, name: str, content: bytes, *, description: str, when: datetime) -> bytes:
    """``pdf_bytes`` with ``content`` as an associated file (ISO 32000-2 7.11.4, relationship Data)."""
    from pyhanko.pdf_utils import embed, generic

    with _no_network():
        writer = _writer(pdf_bytes)
        kept = embed.EmbeddedFileObject.from_file_data(
            writer,
            data=content,
            mime_type="application/json" if name.endswith(".json") else "application/octet-stream",
            params=embed.EmbeddedFileParams(creation_date=when, modification_date=when),
        )
        spec = embed.FileSpec(
            file_spec_string=name,
            file_name=name,
            embedded_data=kept,
            description=description,
            af_relationship=generic.NameObject("/Data"),
        )
        embed.embed_file(writer, spec)
        out = BytesIO()
        writer.write(out)
        return out.getvalue()


def _sign(pdf_bytes: bytes, key_pem: bytes, cert_pem: bytes, reason: str, when: datetime) -> bytes:
    from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
    from pyhanko.sign import fields, signers
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    certificates = list(load_certs_from_pemder_data(cert_pem))
    store = SimpleCertificateStore()
    store.register_multiple(certificates[1:])
    signer = signers.SimpleSigner(
        signing_cert=certificates[0],
        signing_key=load_private_key_from_pemder_data(key_pem, passphrase=None),
        cert_registry=store,
    )
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        reason=reason,
        md_algorithm="sha256",
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        subfilter=fields.SigSeedSubFilter.PADES,
    )

    class At(signers.PdfSigner):  # type: ignore[misc,unused-ignore]
        """Signs at ``when``."""

        def init_signing_session(self, *args: Any, **kwargs: Any) -> Any:
            session = super().init_signing_session(*args, **kwargs)
            session.system_time = when
            return session

    out = BytesIO()
    At(metadata, signer=signer).sign_pdf(_writer(pdf_bytes), output=out)
    return out.getvalue()


def _writer(pdf_bytes: bytes) -> Any:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    class Quiet(IncrementalPdfFileWriter):  # type: ignore[misc,unused-ignore]
        """Leaves the metadata alone: the library would stamp the machine's clock and its own name over ours."""

        def _update_meta(self) -> None:
            return

    return Quiet(BytesIO(pdf_bytes))


@contextlib.contextmanager
def _no_network() -> Iterator[None]:
    _install()
    _guard["closed"] += 1
    try:
        yield
    finally:
        _guard["closed"] -= 1


@cache
def _install() -> None:
    def hook(event: str, _arguments: object) -> None:
        # Hooks cannot be removed again, so this one sleeps while nothing is being signed. Local socket pairs of the
        # event loop raise none of these events.
        if _guard["closed"] and event in _NETWORK:
            raise ExportError("network_refused")

    sys.addaudithook(hook)


def certificate_key_sha256(cert_pem: bytes) -> str:
    """SHA-256 in hex of the SubjectPublicKeyInfo of a certificate: how evidence names the key of its PDF."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from cryptography.x509 import load_pem_x509_certificate

    key = load_pem_x509_certificate(cert_pem).public_key()
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
