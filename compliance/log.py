"""Technical log on standard error: codes and ids only.

Rule: no personal value ever reaches it. A formatter drops exception texts and tracebacks of library code and keeps
the type name, because library messages may carry the values they choked on.
"""

import logging
import sys


class _Lean(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = f"{record.levelname.lower()} {record.name}: {record.getMessage()}"
        if record.exc_info and record.exc_info[0] is not None:
            line += f" [{record.exc_info[0].__name__}]"
        return line


def set_up(*, verbose: bool = False) -> None:
    """Install the one handler; libraries are heard from warnings up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lean())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.ERROR)
    logging.getLogger("compliance").setLevel(logging.INFO if verbose else logging.WARNING)
