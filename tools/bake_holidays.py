"""Writes resources/law/holidays/YEAR.toml from the chinesecalendar package (State Council notices, 2021 to 2026)."""

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar

TARGET = Path(__file__).resolve().parent.parent / "resources" / "law" / "holidays"


def main():
    for year in range(2021, 2027):
        day, off, on = date(year, 1, 1), [], []
        while day.year == year:
            weekend = day.weekday() >= 5
            if chinese_calendar.is_workday(day) and weekend:
                on.append(day)
            elif chinese_calendar.is_holiday(day) and not weekend:
                off.append(day)
            day += timedelta(days=1)
        lines = [
            f"# Rest days of {year} by the yearly notice of the State Council (国务院办公厅关于部分节假日安排的通知).",
            "# days_off: weekdays that are rest days; work_days: Saturdays and Sundays that are working days.",
            f"year = {year}",
            'source = "State Council notice, through chinesecalendar"',
            'mark = "secondary"',
            "days_off = [" + ", ".join(map(str, off)) + "]",
            "work_days = [" + ", ".join(map(str, on)) + "]",
        ]
        (TARGET / f"{year}.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
