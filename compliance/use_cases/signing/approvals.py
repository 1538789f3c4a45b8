"""The second person's desk: pending requests, approve, reject, by file from another machine; asking for an erasure."""

from compliance.use_cases.ending.erasure import request_erasure
from compliance.use_cases.signing.signed_requests import (
    CarriedKeyFile,
    RequestFile,
    call_back_key,
    carry_key,
    export_request,
    import_signature,
    read_request,
    sign_request,
)
from compliance.use_cases.signing.two_person import Approved, approve, list_pending, reject, request_words, signs

__all__ = [
    "Approved",
    "CarriedKeyFile",
    "RequestFile",
    "approve",
    "call_back_key",
    "carry_key",
    "export_request",
    "import_signature",
    "list_pending",
    "read_request",
    "reject",
    "request_erasure",
    "request_words",
    "sign_request",
    "signs",
]
