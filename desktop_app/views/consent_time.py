"""A person's consents over time: what carried when, under which words, on whose entry; nothing lawful disappears.

Bands say at every instant what the status says. What lies under pointer or keys is told in words below, and every act
stands in a list as well, so that nothing rests on colour or on a picture.
"""

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from compliance.i18n import Lang, has, t
from compliance.model.answer import Answer, Refusal
from compliance.model.consent import EventKind, Precision
from compliance.use_cases.consent.consent_timeline import Act, ConsentTimeline
from desktop_app.models.rows import Column
from desktop_app.operations import consents as ops
from desktop_app.operations import notices
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.bands_view import BandsView, Lane, Mark, Stretch
from desktop_app.widgets.basic import button, column, label, row, scroll
from desktop_app.widgets.consent_lines import TONES
from desktop_app.widgets.notice_text import show_notice
from desktop_app.widgets.table import Table
from desktop_app.words import item_label, time_text


class TimeDialog(QDialog):
    """The window around :class:`ConsentTime`."""

    def __init__(self, desk: Desk, parent: QWidget, *, hcp_id: str) -> None:
        super().__init__(parent)
        self.setObjectName("timeDialog")
        self.setWindowTitle(t("app.name", desk.lang))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.resize(1080, 640)
        self.time = ConsentTime(desk, hcp_id=hcp_id)
        close = QPushButton(t("desk.close", desk.lang))
        close.clicked.connect(self.accept)
        whole = column(self.time, row(1, close), margin=22, spacing=10)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self.time.refresh()


class ConsentTime(Page):
    """Picture, words, list of acts."""

    def __init__(self, desk: Desk, *, hcp_id: str) -> None:
        super().__init__(desk)
        self.setObjectName("plain")
        self._hcp_id = hcp_id
        self.bands = BandsView()
        self.words = label(name="timeWords")
        self.words.setMinimumHeight(40)
        self.table: Table[Act] = Table(
            [
                Column("col.time", lambda x, _: _when(x), 160),
                Column("col.item", lambda x, lang: item_label(x.event.item, lang), 240),
                Column("col.act", lambda x, lang: t(f"act.{x.event.kind}", lang), 210),
                Column("col.notice", lambda x, _: x.event.notice or "—", 140),
                Column("col.who", lambda x, lang: _who(x, lang)),
            ],
            self.lang,
            name="actTable",
            opened=self._shown_then,
        )
        box = QVBoxLayout()
        holder = QWidget()
        holder.setObjectName("plain")
        box.addWidget(self.bands)
        box.addStretch(1)
        box.setContentsMargins(0, 0, 8, 0)
        holder.setLayout(box)
        self.bands.told.connect(self.words.setText)
        whole = column(
            label(key="time.title", kind="title", lang=self.lang),
            label(key="time.sub", kind="muted", lang=self.lang),
            self.notice,
            scroll(holder),
            self.words,
            self.table,
            row(button("time.shown", self._shown_chosen, look="link", name="timeShown", lang=self.lang), 1),
            spacing=10,
        )
        whole.setStretch(3, 3)
        whole.setStretch(5, 2)
        self.setLayout(whole)

    def refresh(self) -> None:
        """Ask; looking is logged."""
        self.ask(ops.timeline(hcp_id=self._hcp_id), self._got)

    def _got(self, found: ConsentTimeline) -> None:
        lang = self.lang
        lanes = [
            Lane(
                name=item_label(one.item, lang),
                stretches=tuple(
                    Stretch(
                        begins=band.begins,
                        ends=band.ends,
                        word=t(f"status.{band.status}", lang),
                        tone=TONES.get(band.status, "neutral"),
                        told=_band_words(band, lang),
                    )
                    for band in one.bands
                    if str(band.status) != "not_asked"
                ),
                marks=tuple(
                    Mark(at=a.at, word=t(f"act.{a.event.kind}", lang), told=_act_words(a, lang)) for a in one.acts
                ),
            )
            for one in found.items
            if one.acts
        ]
        self.bands.put(lanes, until=found.at)
        self.table.put(sorted((a for one in found.items for a in one.acts), key=lambda a: a.at, reverse=True))
        self.words.setText(self.t("time.hint") if lanes else self.t("time.none"))
        self.bands.setFocus()

    def _shown_chosen(self) -> None:
        if (act := self.table.current()) is not None:
            self._shown_then(act)

    def _shown_then(self, act: Act) -> None:
        if not act.rendering:
            self.notice.tell(self.t("time.not_kept"), tone="neutral")
            return
        self.run(notices.shown(event_id=act.event.event_id), self._show_words)

    def _show_words(self, answer: "Answer[Any]") -> None:
        if isinstance(answer.value, Refusal):
            self.notice.refuse(answer.value, self.lang)
            return
        parts = [("", part.text) for part in answer.value.parts]
        show_notice(self, self.lang, answer.value.notice, parts)


def _when(act: Act) -> str:
    text = time_text(act.at)
    return text[:10] if act.event.precision is Precision.DAY else text[:16]


def _who(act: Act, lang: Lang) -> str:
    if act.event.kind in (EventKind.CHECK_ACCEPTED, EventKind.CHECK_REJECTED):
        return t("time.checked", lang, who=act.event.recorded_by)
    by = t("time.by", lang, who=act.event.recorded_by)
    return f"{by} · {t('time.checked', lang, who=act.checked_by)}" if act.checked_by else by


def _band_words(band: Any, lang: Lang) -> str:
    why = t(f"code.{band.code}", lang) if has(f"code.{band.code}") else band.code
    ends = time_text(band.ends)[:16] if band.ends else t("time.lasts", lang)
    parts = [t(f"status.{band.status}", lang), f"{time_text(band.begins)[:16]} – {ends}", why, band.notice or ""]
    return " · ".join(x for x in parts if x)


def _act_words(act: Act, lang: Lang) -> str:
    parts = [t(f"act.{act.event.kind}", lang), _when(act), act.event.notice or "", _who(act, lang)]
    if act.code and has(f"code.{act.code}"):
        parts.append(t(f"code.{act.code}", lang))
    return " · ".join(x for x in parts if x)
