"""A seat beside an import that works until it is killed: ``busy_seat.py VAULT USER`` prints "worked N"."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from compliance.clock import FixedClock
from compliance.model.access import Purpose
from compliance.use_cases.seat import session as sessions
from compliance.use_cases.seeing import profiles


def main() -> None:
    """Look people up again and again: each page is a write transaction with its entry."""
    user = sys.argv[2]
    secret = "correct horse battery" + ("" if user == "zhao" else f" {user}")
    clock = FixedClock(datetime(2026, 11, 24, 2, 0, tzinfo=UTC))
    session = sessions.open_session(Path(sys.argv[1]), user=user, passphrase=secret, clock=clock)
    for number in range(1_000_000):
        profiles.find_people(session, text="", purpose=Purpose.MDM)  # type: ignore[arg-type]
        print("worked", number, flush=True)


if __name__ == "__main__":
    main()
