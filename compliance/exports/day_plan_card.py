"""One half of a day plan: head, hospitals with their people, foot.

Rules: (1) from left to right: number, name and department, what may be done, a box to tick; (2) a closed person keeps
the place in the order, with a black label that no copier loses; (3) the foot says what to do with a lost or found
paper, and names no company.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from compliance.clock import SHANGHAI
from compliance.exports.day_plan_data import DayPlanData, Hospital, Stop, Visit
from compliance.exports.fonts import width
from compliance.exports.ink import A4, ACCENT, HAIR, INK, MUTED, STOP, WATER, WHITE, Ink
from compliance.exports.wrap import clip, wrap_at_most
from compliance.i18n import Lang, t

_LEFT, _RIGHT = 40.0, A4[0] - 40.0
_BODY = _LEFT + 26.0
_HEAD, _FOOT = 78.0, 30.0
_HOSPITAL, _STOP = 27.0, 37.0
_TICK = 15.0


@dataclass(frozen=True, slots=True)
class Card:
    """A half being drawn: ``top`` is its upper edge on the page, ``scale`` the degree of its type."""

    HIGH: ClassVar[float] = A4[1] / 2
    ROOM: ClassVar[float] = A4[1] / 2 - _HEAD - _FOOT

    ink: Ink
    data: DayPlanData
    lang: Lang
    scale: float
    top: float

    def say(self, key: str, **params: object) -> str:
        """Words of the plan."""
        return t(f"paper.plan.{key}", self.lang, **params)

    def pt(self, size: float) -> float:
        """A size in the present degree."""
        return size * self.scale


def wanted(hospitals: Sequence[Hospital], scale: float) -> float:
    """Room the hospitals of a half take."""
    return sum(_HOSPITAL + _STOP * len(h.stops) for h in hospitals) * scale


def draw_card(card: Card, hospitals: Sequence[Hospital], *, part: int, parts: int) -> None:
    """Head, people, foot."""
    _watermark(card)
    _head(card, part, parts)
    y = card.top + _HEAD
    for hospital in hospitals:
        y = _hospital(card, hospital, y)
    _foot(card)


def draw_guide(card: Card) -> None:
    """The second half where nobody stands on it: how to talk, and what the signs mean."""
    ink, y = card.ink, card.top + 44.0
    _watermark(card)
    ink.text(_LEFT, y, card.say("guide"), 13, ACCENT, bold=True)
    y += 24
    for key in ("guide.1", "guide.2", "guide.3", "guide.4"):
        ink.circle(_LEFT + 3, y - 3.5, 1.6, fill=INK)
        for line in wrap_at_most(card.say(key), 11, _RIGHT - _LEFT - 16, 2):
            ink.text(_LEFT + 14, y, line, 11)
            y += 16
        y += 7
    y += 8
    ink.line(_LEFT, y, _RIGHT, y, HAIR)
    y += 22
    column = _LEFT + max(width(card.say(str(visit)), 11, bold=True) for visit in Visit) + 34
    for visit in Visit:
        _label(card, visit, _LEFT, y, 1.0)
        ink.text(column, y, clip(card.say(f"means.{visit}"), 10, _RIGHT - column), 10, MUTED)
        y += 24
    _foot(card)


def _watermark(card: Card) -> None:
    for place in range(3):
        x, y = 150 + place * 165, card.top + 150 + (place % 2) * 150
        card.ink.slanted(x, y, card.data.watermark, 15, WATER, 20)


def _head(card: Card, part: int, parts: int) -> None:
    data, ink, top = card.data, card.ink, card.top
    ink.qr(_RIGHT - 46, top + 20, 46, f"CK1:{data.serial}:{data.audit_index}:{data.root[:16]}")
    weekday = t(f"paper.weekday.{data.day.weekday()}", card.lang)
    day = card.say("day", month=_month(card, data.day), day=data.day.day, weekday=weekday)
    used = ink.text(_LEFT, top + 39, day, 20, INK, bold=True)
    room = _RIGHT - 60 - _LEFT - used
    title = card.say("title") + (f"  {part}/{parts}" if parts > 1 else "")
    used += ink.text(_LEFT + used + 12, top + 39, clip(title, 11, room - 12), 11, MUTED) + 12
    if data.sandbox:
        stamp = t("paper.sandbox", card.lang)
        wide = width(stamp, 8, bold=True) + 12
        if used + wide + 20 < _RIGHT - 60 - _LEFT:
            ink.box(_LEFT + used + 14, top + 27, wide, 16, edge=STOP, radius=3, edge_width=1)
            ink.text(_LEFT + used + 14 + wide / 2, top + 38, stamp, 8, STOP, bold=True, at=0.5)
    until = data.expires_at.astimezone(SHANGHAI)
    last = "24:00" if (until.hour, until.minute) == (0, 0) else until.strftime("%H:%M")
    facts = card.say("facts", reader=f"{data.issued_to} {data.employee_no}".strip(), serial=data.serial, until=last)
    if data.warnings:
        facts += "  ·  ! " + data.warnings[0]
    ink.text(_LEFT, top + 57, clip(facts, 9, _RIGHT - 56 - _LEFT), 9, MUTED)
    ink.line(_LEFT, top + 68, _RIGHT, top + 68, INK, 1.1)


def _hospital(card: Card, hospital: Hospital, y: float) -> float:
    ink, size = card.ink, card.pt(11.5)
    base = y + card.pt(19)
    name = (hospital.name or card.say("no_hospital")) + (card.say("goes_on") if hospital.goes_on else "")
    used = ink.text(_LEFT, base, clip(name, size, _RIGHT - _LEFT - 20, bold=True), size, ACCENT, bold=True)
    room = _RIGHT - _LEFT - used - 12
    if hospital.rule and room > 60:
        ink.text(_LEFT + used + 12, base, clip(hospital.rule, card.pt(9), room), card.pt(9), MUTED)
    y += card.pt(_HOSPITAL)
    ink.line(_LEFT, y - card.pt(1.5), _RIGHT, y - card.pt(1.5), MUTED, 0.6)
    for place, stop in enumerate(hospital.stops):
        _stop(card, stop, y)
        y += card.pt(_STOP)
        if place < len(hospital.stops) - 1:
            ink.line(_BODY, y, _RIGHT, y, HAIR, 0.5)
    return y


def _stop(card: Card, stop: Stop, y: float) -> None:
    ink, base = card.ink, y + card.pt(24)
    shut = stop.visit is Visit.CLOSED
    ink.text(_LEFT + 8, base, str(stop.number), card.pt(13), MUTED if shut else INK, at=0.5)
    size = card.pt(17)
    half = _BODY + (_RIGHT - _BODY) * 0.42
    name = clip(stop.name, size, half - _BODY - 8, bold=True)
    used = ink.text(_BODY, base, name, size, MUTED if shut else INK, bold=True)
    left = half - _BODY - used - 18
    if stop.department and left > 24:
        lines = wrap_at_most(stop.department, card.pt(10), left, 2)
        first = base - (card.pt(6) if len(lines) > 1 else 0)
        for place, line in enumerate(lines):
            ink.text(_BODY + used + 10, first + place * card.pt(12), line, card.pt(10), MUTED)
    if shut:
        _label(card, stop.visit, half, base - card.pt(1), card.scale)
        return
    ink.box(_RIGHT - _TICK, base - card.pt(13), _TICK, _TICK, edge=MUTED, edge_width=0.9)
    room = _RIGHT - _TICK - 14 - half
    if stop.visit is Visit.ASK:
        _label(card, stop.visit, half, base - card.pt(1), card.scale)
        return
    words = t("paper.plan.between", card.lang).join(stop.channels)
    until = card.say("until", month=_month(card, stop.until), day=stop.until.day) if stop.until else ""
    small = max(card.pt(11) * min(1.0, room / max(width(words, card.pt(11)), 1.0)), 8.0)
    first = base - (card.pt(7) if until else card.pt(1))
    ink.text(half, first, clip(words, small, room + 1), small)
    if until:
        ink.text(half, first + card.pt(14), until, card.pt(9.5), INK, bold=True)


def _month(card: Card, day: date) -> str:
    return t(f"paper.month.{day.month}", card.lang)


def _label(card: Card, visit: Visit, x: float, base: float, scale: float) -> float:
    """What may be done, as a shape: black for no, a frame for asking only, plain words for yes."""
    ink, size = card.ink, 11.0 * scale
    text = card.say(str(visit))
    wide = width(text, size, bold=True) + 16 * scale
    if visit is Visit.OPEN:
        return ink.text(x, base, text, size)
    black = visit is Visit.CLOSED
    ink.box(x, base - size * 1.15, wide, size * 1.62, fill=INK if black else WHITE, edge=INK, edge_width=1.1)
    ink.text(x + 8 * scale, base, text, size, WHITE if black else INK, bold=True)
    return wide


def _foot(card: Card) -> None:
    data, ink, y = card.data, card.ink, card.top + Card.HIGH - 15.0
    ink.text(_LEFT, y, clip(card.say("handling"), 7.5, _RIGHT - _LEFT - 170), 7.5, MUTED)
    ink.text(_RIGHT, y, f"{data.serial} · #{data.audit_index} · {data.root[:16]}", 7.5, MUTED, at=1)
