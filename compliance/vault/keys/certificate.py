"""The certificate audit PDFs are signed with."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_SANDBOX_CERTIFICATE_FROM = datetime(2020, 1, 1, tzinfo=UTC)
_CERTIFICATE_YEARS = 15


def self_signed(key: ec.EllipticCurvePrivateKey, handler: str, vault_id: str, now: datetime, *, sandbox: bool) -> str:
    """Self-signed: what an auditor trusts is the key card under the company chop, not a chain."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, handler[:64] or "-"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"ConsentKeep {vault_id}"),
        ]
    )
    begins = _SANDBOX_CERTIFICATE_FROM if sandbox else now - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(max(begins, now) + timedelta(days=366 * _CERTIFICATE_YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=False,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")
