"""Gauges of a person's data, and the channels allowed at this moment with what closes the others."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout

from compliance.i18n import Lang, t
from compliance.model.profile import ChannelNow, Gauges
from desktop_app.widgets.basic import card, chip, column, label, row
from desktop_app.widgets.flow import Flow


def gauge_row(gauges: Gauges, lang: Lang) -> QHBoxLayout:
    """Three bars with their figures; a dash where there is nothing to count."""
    counts = {
        "completeness": (gauges.filled, gauges.permitted),
        "freshness": (gauges.fresh, gauges.filled),
        "accuracy": (gauges.accurate, gauges.filled),
    }
    return row(*[_gauge(name, share, counts[name], lang) for name, share in gauges.shares.items()], 1, spacing=26)


def channels_card(channels: Sequence[ChannelNow], lang: Lang) -> QFrame:
    """Open channels as chips; the closed ones by the first test that closes them."""
    frame, inside = card(name="card", spacing=10)
    inside.addWidget(label(t("profile.channels", lang), kind="heading"))
    free = [c for c in channels if c.open]
    if free:
        inside.addLayout(Flow(gap=6).add(*(chip(t(f"channel.{c.code}", lang), "green") for c in free)))
    else:
        inside.addWidget(label(t("profile.channels.none", lang), kind="muted", name="noChannel"))
    shut: dict[str, list[str]] = {}
    for channel in channels:
        if not channel.open:
            shut.setdefault(channel.reason, []).append(t(f"channel.{channel.code}", lang))
    for reason, names in shut.items():
        what = t("profile.channels.shut", lang, reason=t(f"channel_reason.{reason}", lang), n=len(names))
        inside.addWidget(label(f"{what}{t('desk.list_sep', lang).join(names)}", kind="small", name=f"shut_{reason}"))
    return frame


def _gauge(name: str, share: int | None, counts: tuple[int, int], lang: Lang) -> QVBoxLayout:
    bar = QProgressBar()
    bar.setObjectName(f"gauge_{name}")
    bar.setRange(0, 100)
    bar.setValue(share or 0)
    bar.setTextVisible(False)
    bar.setFixedSize(120, 6)
    bar.setToolTip(t(f"gauge.{name}.tip", lang, part=counts[0], whole=counts[1]))
    figure = "—" if share is None else f"{share} %"
    words = row(label(t(f"gauge.{name}", lang), kind="small"), 1, label(figure, kind="small"), spacing=6)
    made = column(words, bar, spacing=3)
    made.setAlignment(bar, Qt.AlignmentFlag.AlignLeft)
    return made
