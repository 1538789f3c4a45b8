"""Signed PDFs made here: somebody's certificate, and a page signed with it."""

import io
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from reportlab.pdfgen.canvas import Canvas

from compliance.exports.sign import sign_pdf

SIGNER = "签名人王若溪"


def certificate() -> tuple[bytes, bytes]:
    """(key, certificate) of somebody who signs."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, SIGNER)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(True, True, False, False, False, True, False, False, False), critical=True)
        .sign(key, SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private, made.public_bytes(Encoding.PEM)


def signed(key: bytes, cert: bytes) -> bytes:
    page = io.BytesIO()
    canvas = Canvas(page, pagesize=(400, 500))
    canvas.rect(100, 100, 50, 50)
    canvas.save()
    return sign_pdf(page.getvalue(), key, cert, reason="consent", when=datetime(2026, 11, 20, 8, 0, tzinfo=UTC))
