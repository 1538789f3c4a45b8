"""Notice versions: the list on the left; on the right what a person reads, what is missing, and what a version changes.

The page is drawn from the stored rendering by the limited child, so it is exactly what is printed and asked under.
"""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QTabWidget, QVBoxLayout, QWidget

from compliance.errors import Fault
from compliance.i18n import Lang, has, t
from compliance.model.answer import Answer, Changes
from compliance.model.consent import NoticeState
from compliance.use_cases.consent.checking import EvidenceFile
from compliance.use_cases.notices.notice_looks import Version
from desktop_app.models.rows import Column
from desktop_app.operations import notices as ops
from desktop_app.theme import AMBER, FAINT, GREEN, MUTED
from desktop_app.views.document_pane import DocumentPane
from desktop_app.views.notice_acts import NoticeActs
from desktop_app.views.notice_change import NoticeChange
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import button, card, chip, column, empty, hline, label, picture, row, scroll
from desktop_app.widgets.flow import Flow
from desktop_app.widgets.table import Table
from desktop_app.words import day_text, item_label

TONES = {
    NoticeState.DRAFT: "neutral",
    NoticeState.STAGED: "blue",
    NoticeState.ACTIVE: "green",
    NoticeState.RETIRED: "grey",
    NoticeState.HISTORICAL: "grey",
}
_COLOURS = {NoticeState.ACTIVE: GREEN, NoticeState.STAGED: AMBER, NoticeState.DRAFT: MUTED}
_UNFINISHED = (NoticeState.DRAFT, NoticeState.STAGED)


class NoticeVersions(Page):
    """List and detail."""

    def __init__(self, desk: Desk, *, to_campaign: Callable[[str], None]) -> None:
        super().__init__(desk)
        self._versions: tuple[Version, ...] = ()
        self._wanted = ""
        self.read_lang = Lang.ZH  # Chinese binds, so it is shown first
        self.acts = NoticeActs(desk, self, changed=self._changed)
        self.table: Table[Version] = Table(
            [
                Column("col.version", lambda x, _: x.notice.ref),
                Column(
                    "col.state",
                    lambda x, lang: t(f"notice.state.{x.state}", lang),
                    84,
                    colour=lambda x: _COLOURS.get(x.state, FAINT),
                ),
            ],
            self.lang,
            name="noticeTable",
            chosen=self._show,
        )
        self._head = QVBoxLayout()
        self._acts = QVBoxLayout()
        self.pane = DocumentPane(desk, by_width=True)
        self._gaps = QVBoxLayout()
        self.change = NoticeChange(desk, self, to_campaign=to_campaign)
        self._langs = QButtonGroup(self)
        self._tabs = QTabWidget()
        self._lay()

    @property
    def current(self) -> Version | None:
        """The version on the right."""
        return self.table.current()

    def refresh(self) -> None:
        """Ask anew."""
        self.pane.warm()
        self.run(ops.versions(), self._got)

    def affected(self, changes: Changes) -> bool:
        """Notices count as consents."""
        return changes.consents

    def open_at(self, what: object) -> None:
        """A version by its name."""
        self._wanted = str(what)
        self._choose()

    def turn_to(self, number: int) -> None:
        """What is read, what is missing, or what changes."""
        self._tabs.setCurrentIndex(number)

    def render_words(self) -> None:
        """Everything."""
        self.table.rows.set_lang(Lang(self.lang))
        for number, name in enumerate(("read", "complete", "change")):
            self._tabs.setTabText(number, self.t(f"notice.tab.{name}"))
        self.pane.render_words()
        if self._versions:
            self._choose()

    def _got(self, answer: Answer[tuple[Version, ...]]) -> None:
        now = self.current
        self._wanted = self._wanted or (now.notice.ref if now else "")
        self._versions = answer.value
        self.table.put(self._versions)
        self._choose()

    def _changed(self, ref: str) -> None:
        self._wanted = ref
        self.refresh()

    def _choose(self) -> None:
        active = next((n for n, x in enumerate(self._versions) if x.state is NoticeState.ACTIVE), 0)
        at = next((n for n, x in enumerate(self._versions) if x.notice.ref == self._wanted), active)
        self._wanted = ""
        if self._versions:
            self.table.selectRow(at)
            self._show(self._versions[at])

    def _show(self, version: Version) -> None:
        self._draw_head(version)
        self._draw_gaps(version)
        self.change.show_change(version)
        self._read(version)

    def _read(self, version: Version) -> None:
        ref, lang = version.notice.ref, self.read_lang
        self.pane.view.begin(self.t("check.loading"))
        self.run(ops.preview(ref=ref, lang=lang), lambda found: self._previewed(ref, lang, found))

    def _previewed(self, ref: str, lang: Lang, found: Answer[EvidenceFile]) -> None:
        now = self.current
        if now is not None and now.notice.ref == ref and lang is self.read_lang:
            self.pane.show_document(found.value)

    def _read_in(self, lang: Lang) -> None:
        self.read_lang = lang
        if self.current is not None:
            self._read(self.current)

    def _draw_head(self, version: Version) -> None:
        empty(self._head)
        empty(self._acts)
        notice = version.notice
        title = notice.title_zh if self.lang is Lang.ZH else notice.title_en
        self._head.addLayout(
            row(
                label(title or notice.ref, kind="title", name="noticeTitle"),
                chip(self.t(f"notice.state.{version.state}"), TONES[version.state], name="noticeState"),
            )
        )
        facts = [notice.ref, self.t("notice.items", count=len(notice.lines))]
        if notice.active_from:
            facts.append(self.t("notice.since", day=day_text(notice.active_from, self.lang)))
        if notice.retired_from:
            facts.append(self.t("notice.until", day=day_text(notice.retired_from, self.lang)))
        if notice.predecessor:
            facts.append(self.t("notice.after", ref=notice.predecessor))
        facts.append(self.t("notice.hash", hash=notice.sha256[:12]))
        self._head.addWidget(label(" · ".join(facts), kind="small", name="noticeFacts"))
        self._acts.addLayout(row(*self._buttons(version), 1, spacing=8))

    def _buttons(self, version: Version) -> Sequence[QWidget]:
        notice, made = version.notice, []
        if version.state in _UNFINISHED and self.desk.state.may("activate_notice"):
            made.append(self._button("activate", lambda: self.acts.activate(notice), look="primary"))
        if version.state in _UNFINISHED and self.desk.state.may("draft_notice"):
            made.append(self._button("stage", lambda: self.acts.stage(notice)))
        if version.state is NoticeState.ACTIVE and self.desk.state.may("print_forms"):
            made.append(self._button("forms", lambda: self.acts.forms(notice), look="primary"))
        if self.desk.state.may("read_notices"):
            made.append(self._button("save", lambda: self.acts.save(notice, self.read_lang)))
        if version.scan:
            made.append(self._button("scan.save", lambda: self.acts.save_scan(notice)))
        if version.state is NoticeState.ACTIVE and self.desk.state.may("activate_notice"):
            made.append(self._button("retire", lambda: self.acts.retire(notice), look="danger"))
        return made

    def _draw_gaps(self, version: Version) -> None:
        empty(self._gaps)
        if version.state in (NoticeState.ACTIVE, NoticeState.RETIRED):
            words, tone = self.t("notice.complete.locked"), GREEN
        elif version.gaps:
            key = "notice.gaps.old" if version.state is NoticeState.HISTORICAL else "notice.gaps"
            words, tone = self.t(key, count=len(version.gaps)), AMBER
        else:
            words, tone = self.t("notice.complete"), GREEN
        mark = picture("alert" if tone == AMBER else "check", tone, 20)
        self._gaps.addLayout(row(mark, label(words, kind="heading", name="gapsHead"), spacing=10))
        for fault in version.gaps:
            self._gaps.addWidget(hline())
            self._gaps.addWidget(label(gap_words(fault, self.lang)))
        self._gaps.addSpacing(8)
        self._gaps.addWidget(label(self.t("notice.items.head"), kind="caption"))
        for one in version.notice.lines:
            more = [self.t("notice.term", months=one.term_months)]
            if one.separate:
                more.append(self.t("notice.separate"))
            if one.recipient:
                more.append(one.recipient)
            line = row(label(item_label(one.item, self.lang)), label(" · ".join(more), kind="small"), spacing=16)
            line.setStretch(0, 1)
            line.setStretch(1, 1)
            self._gaps.addLayout(line)
        self._gaps.addStretch(1)

    def _button(self, name: str, act: Callable[[], object], *, look: str = "") -> QPushButton:
        return button(
            f"notice.{name}",
            act,
            look=look,
            name=f"notice_{name.replace('.', '_')}",
            lang=self.lang,
        )

    def _lay(self) -> None:
        left, inside = card(margin=14, spacing=10)
        left.setFixedWidth(330)
        inside.addWidget(self.table, 1)
        if self.desk.state.may("draft_notice"):
            inside.addWidget(self._button("draft", self.acts.draft))
        if self.desk.state.may("register_notice"):
            inside.addWidget(self._button("historical", self.acts.historical, look="link"))
        right, body = card(margin=18, spacing=8)
        body.addWidget(self.notice)
        body.addLayout(self._head)
        body.addLayout(self._acts)
        self._tabs.setObjectName("noticeTabs")
        self._tabs.setDocumentMode(True)
        for part, name in ((self._reader(), "read"), (_holder(self._gaps), "complete"), (self.change, "change")):
            self._tabs.addTab(part, self.t(f"notice.tab.{name}"))
        body.addWidget(self._tabs, 1)
        whole = row(left, right, spacing=16)
        whole.setStretch(1, 1)
        whole.setContentsMargins(0, 14, 28, 18)
        self.setLayout(whole)

    def _reader(self) -> QWidget:
        made = QWidget()
        flow = Flow()
        for lang in Lang:
            pick = QPushButton(t(f"lang.{lang}", lang))
            pick.setObjectName(f"read_{lang}")
            pick.setProperty("look", "pick")
            pick.setCheckable(True)
            pick.setAutoDefault(False)
            pick.setChecked(lang is self.read_lang)
            pick.clicked.connect(lambda _=False, x=lang: self._read_in(x))
            self._langs.addButton(pick)
            flow.add(pick)
        binding = label(key="notice.binding", kind="small", lang=self.lang)
        body = column(row(flow, binding, spacing=14), self.pane, spacing=8)
        body.setStretch(1, 1)
        body.setContentsMargins(0, 10, 0, 0)
        made.setLayout(body)
        return made


def gap_words(fault: Fault, lang: Lang) -> str:
    """One gap in words: the slot, the item it belongs to, the language."""
    slot, _, item = fault.where.partition("@")
    name = t(f"notice.slot.{slot}", lang) if has(f"notice.slot.{slot}") else slot
    key = f"notice.gap.{fault.code}"
    language = t(f"lang.{fault.value}", lang) if has(f"lang.{fault.value}") else fault.value
    if has(key):
        words = t(key, lang, slot=name, language=language, value=fault.value)
    else:
        words = t(f"error.{fault.code}", lang, where=name, value=fault.value, nearest=fault.nearest)
    return t("desk.pair", lang, name=item_label(item, lang), value=words) if item else words


def _holder(inner: QVBoxLayout) -> QFrame:
    frame = QFrame()
    holder = QWidget()
    holder.setObjectName("plain")
    inner.setContentsMargins(2, 14, 10, 8)
    holder.setLayout(inner)
    frame.setLayout(column(scroll(holder)))
    return frame
