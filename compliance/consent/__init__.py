"""Consent 同意, pure: events to status with explanation code, acts checked before they are recorded, notices.

No files, no SQL, no clock: texts and instants are handed in.
"""
