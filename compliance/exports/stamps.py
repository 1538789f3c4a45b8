"""How papers and tables write an instant and the log seal: the same everywhere, and nothing of drawing.

Rules: (1) instants are read in Shanghai, to the minute; (2) the log seal 日志封签 in short leads to an entry and to the
root it was sealed under (RFC 9162), and says nothing of anybody.
"""

from datetime import datetime

from compliance.clock import SHANGHAI


def local(instant: datetime) -> str:
    """Minute in Shanghai, as people read it."""
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def seal_words(root: str, index: int) -> str:
    """Number of the entry and the first 16 hexadecimal digits of the root."""
    return f"#{index} · {root[:16]}"
