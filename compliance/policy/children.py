"""Persons under fourteen 不满十四周岁: their data are sensitive and have no place here (PIPL 28, 31; REQ-041).

Rules: (1) an age is full once the birthday itself has passed: the first day is not counted and a period in years ends
on the same-numbered day (Civil Code 201, 202), so the limit is the Shanghai midnight after it; (2) a birth date is
read from an identity number or given alone; it decides and is never stored.
"""

import re
from datetime import date, datetime

from compliance.model.limits import add_months_exclusive_end
from compliance.policy.id_numbers import is_citizen_id

#: Words for a birth date; no field of the dictionary bears one.
BIRTH_KEYS = frozenset({"birth_date", "date_of_birth", "birthday", "dob", "出生日期", "生日"})


def birth_of(text: str) -> date | None:
    """The birth date in an identity number or in a written day; None when there is none."""
    plain = re.sub(r"[\s]", "", text)
    if is_citizen_id(plain):
        return date(int(plain[6:10]), int(plain[10:12]), int(plain[12:14]))
    found = re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?", plain)
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None


def under_age(birth: date, *, years: int, at: datetime) -> bool:
    """Whether someone born on ``birth`` is younger than ``years`` at ``at``."""
    return at < add_months_exclusive_end(birth, years * 12)
