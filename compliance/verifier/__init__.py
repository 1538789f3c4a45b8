"""Independent check of our evidence. Imports nothing else of ours; the format is docs/evidence-format.md."""

from compliance.verifier.check import verify_file

__all__ = ["verify_file"]
