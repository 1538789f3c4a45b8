"""The second person's desk: pending requests, approve, reject, and asking for an erasure."""

from compliance.use_cases.erasure import request_erasure
from compliance.use_cases.two_person import Approved, approve, list_pending, reject

__all__ = ["Approved", "approve", "list_pending", "reject", "request_erasure"]
