"""Campaigns: how far a changed notice has reached its people, who is left with whom, lists and forms to take along.

A delivery is closed by handing the notice over, by an answer, or here with channel and result; a campaign with an open
delivery cannot be closed (REQ-007).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QProgressBar, QVBoxLayout, QWidget

from compliance.i18n import Lang, t
from compliance.model.answer import Answer, Changes
from compliance.model.notice import Campaign, Delivery
from compliance.use_cases.notices.campaigns import RESULTS, Progressing
from compliance.use_cases.notices.consent_forms import FormBatch
from desktop_app.models.rows import Column
from desktop_app.operations import notices as ops
from desktop_app.views.notice_acts import NoticeActs
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import button, card, choice, column, empty, fill_choice, label, row
from desktop_app.widgets.form import day_box, day_in
from desktop_app.widgets.refusal import banner
from desktop_app.widgets.table import Table
from desktop_app.words import day_text, item_label

_CHANNELS = ("visit", "paper", "email", "wechat", "phone")


class Campaigns(Page):
    """List, progress, people left."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._found: Progressing | None = None
        self._wanted = ""
        self.acts = NoticeActs(desk, self, changed=lambda _: self.refresh())
        self.table: Table[Campaign] = Table(
            [
                Column("col.notice", lambda x, _: x.notice),
                Column("col.state", lambda x, lang: t(f"campaign.{'closed' if x.closed_at else 'open'}", lang), 96),
            ],
            self.lang,
            name="campaignTable",
            chosen=self._show,
        )
        self.left: Table[Delivery] = Table(
            [
                Column("col.person", lambda x, _: x.hcp_id, 150),
                Column("col.do", lambda x, lang: t(f"campaign.{x.action}", lang), 110),
                Column("col.item", lambda x, lang: _items(x, lang)),
                Column("col.rep", lambda x, _: x.rep or "—", 120),
            ],
            self.lang,
            name="deliveryTable",
            opened=self._deliver,
        )
        self.rep = choice(name="campaignRep")
        self._none = label(kind="muted", name="campaignNone")
        self._facts = QVBoxLayout()
        self._right = QWidget()
        self._lay()
        self.rep.currentIndexChanged.connect(lambda _: self._ask_left())

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.list_campaigns(), self._got)

    def affected(self, changes: Changes) -> bool:
        """Deliveries are tasks."""
        return changes.tasks or changes.consents

    def open_at(self, what: object) -> None:
        """A campaign by its number."""
        self._wanted = str(what)
        self.refresh()

    def render_words(self) -> None:
        """Tables and facts."""
        self.table.rows.set_lang(Lang(self.lang))
        self.left.rows.set_lang(Lang(self.lang))
        if self._found is not None:
            self._draw(self._found)

    @property
    def current(self) -> Campaign | None:
        """The campaign on the right."""
        return self.table.current()

    def _got(self, answer: Answer[tuple[Campaign, ...]]) -> None:
        kept = self._wanted or (self.current.campaign_id if self.current else "")
        self._wanted = ""
        self.table.put(answer.value)
        self._right.setVisible(bool(answer.value))
        self._none.setText("" if answer.value else self.t("campaign.none"))
        self._none.setVisible(not answer.value)
        at = next((n for n, x in enumerate(answer.value) if x.campaign_id == kept), 0)
        if answer.value:
            self.table.selectRow(at)
            self._show(answer.value[at])

    def _show(self, campaign: Campaign) -> None:
        self.run(ops.show_campaign(campaign_id=campaign.campaign_id), self._shown)

    def _shown(self, answer: Answer[Progressing]) -> None:
        now = self.current
        if now is None or now.campaign_id != answer.value.campaign.campaign_id:
            return
        self._found = answer.value
        everybody: list[tuple[str, object]] = [(self.t("campaign.all_reps"), "")]
        reps = [
            (self.t("campaign.rep", rep=rep or "—", left=left), rep) for rep, _, left in answer.value.by_rep if left
        ]
        fill_choice(self.rep, [*everybody, *reps])
        self._draw(answer.value)
        self._ask_left()

    def _ask_left(self) -> None:
        now = self.current
        if now is not None:
            rep = str(self.rep.currentData() or "")
            self.run(ops.waiting(campaign_id=now.campaign_id, rep=rep), lambda found: self.left.put(found.value))

    def _draw(self, found: Progressing) -> None:
        empty(self._facts)
        one = found.campaign
        self._facts.addWidget(label(self.t("campaign.title", ref=one.notice), kind="title", name="campaignTitle"))
        days = [self.t("campaign.started", day=day_text(one.started_at, self.lang))]
        if one.due:
            days.append(self.t("campaign.due", day=day_text(one.due, self.lang)))
        if one.old_scope_ends:
            days.append(self.t("campaign.old_scope", day=day_text(one.old_scope_ends, self.lang)))
        if found.done_by:
            days.append(self.t("campaign.done_by", day=found.done_by))
        self._facts.addWidget(label(" · ".join(days), kind="small", name="campaignDays"))
        if found.unfinished:
            self._facts.addWidget(banner(self.t("campaign.unfinished"), tone="blue"))
        bar = QProgressBar()
        bar.setObjectName("campaignBar")
        bar.setTextVisible(False)
        bar.setRange(0, max(found.people, 1))
        bar.setValue(found.delivered)
        words = self.t("campaign.progress", done=f"{found.delivered:,}", people=f"{found.people:,}")
        bar.setAccessibleName(words)
        self._facts.addWidget(bar)
        figures = row(spacing=30)
        shown = [("delivered", found.delivered), ("waiting", found.waiting), ("to_ask", found.ask)]
        shown += [(f"answer.{said}", count) for said, count in found.answers.items()]
        shown.append(("lapse", found.lapse))
        for key, count in shown:
            number = label(f"{count:,}", kind="number", name=f"campaign_{key}")
            number.setStyleSheet("font-size: 22px;")
            figures.addLayout(column(number, label(self.t(f"campaign.{key}"), kind="small"), spacing=0))
        figures.addStretch(1)
        self._facts.addLayout(figures)
        self._facts.addLayout(row(*self._buttons(one, found), 1, spacing=8))

    def _buttons(self, one: Campaign, found: Progressing) -> list[QWidget]:
        if one.closed_at is not None:
            return [label(self.t("campaign.over", day=day_text(one.closed_at, self.lang)), kind="muted")]
        made: list[QWidget] = []
        if found.waiting and self.desk.state.may("print_forms"):
            made.append(self._button("forms", self._forms, look="primary"))
            made.append(self._button("lists", self._lists))
        if self.desk.state.may("run_campaign"):
            made.append(self._button("dates", self._dates))
            made.append(self._button("close", self._close))
        return made

    def _forms(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.t("desk.path.folder"))
        if folder:
            self.write_forms(Path(folder))

    def write_forms(self, out: Path) -> None:
        """Forms for the rep chosen, or for everybody left."""
        if self.current is not None:
            task = ops.campaign_forms(
                campaign_id=self.current.campaign_id, out=out, rep=str(self.rep.currentData() or ""), lang=Lang.ZH
            )
            self.ask(task, self._printed)

    def _printed(self, made: FormBatch) -> None:
        self.acts.printed(made)

    def _lists(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.t("desk.path.folder"))
        if folder:
            self.write_lists(Path(folder))

    def write_lists(self, out: Path) -> None:
        """One list per rep."""
        if self.current is not None:
            task = ops.campaign_list_files(
                campaign_id=self.current.campaign_id, out=out, rep=str(self.rep.currentData() or "")
            )
            self.ask(task, self._listed)

    def _listed(self, made: Any) -> None:
        people, left = sum(x.people for x in made), sum(x.left_out for x in made)
        more = self.t("campaign.lists.left", count=left) if left else ""
        self.notice.tell(self.t("campaign.lists.done", files=len(made), people=f"{people:,}"), more=more)

    def _dates(self) -> None:
        now = self.current
        if now is None:
            return
        dialog = self._dialog("dates", now)
        due = day_box("campaignDue")
        dialog.put("campaign.dates.due", due)
        ends = day_box("campaignOldScope")
        if self.desk.state.may("end_old_scope"):
            dialog.put("campaign.dates.old_scope", ends, help_key="campaign.dates.old_scope.help")

        def make() -> Any:
            first, last = day_in(due), day_in(ends)
            return ops.start_campaign(
                ref=now.notice,
                due=first.isoformat() if first else "",
                old_scope_ends=last.isoformat() if last else "",
            )

        dialog.ask(make, lambda _: self._done("dates"))

    def _close(self) -> None:
        now = self.current
        if now is not None:
            self.ask(ops.close_campaign(campaign_id=now.campaign_id), lambda _: self._done("close"))

    def _deliver(self, delivery: Delivery) -> None:
        if not self.desk.state.may("deliver_notice"):
            self.desk.state.go.emit("people", delivery.hcp_id)
            return
        dialog = ActDialog(
            self.desk,
            self,
            name="deliverDialog",
            title=self.t("campaign.deliver.title", person=delivery.hcp_id),
            effect=self.t("campaign.deliver.effect"),
            act=self.t("campaign.deliver.go"),
        )
        channel, result = choice(name="deliverChannel"), choice(name="deliverResult")
        fill_choice(channel, [(self.t(f"campaign.channel.{x}"), x) for x in _CHANNELS])
        fill_choice(result, [(self.t(f"campaign.result.{x}"), x) for x in RESULTS])
        dialog.pair(("campaign.channel", channel), ("campaign.result", result))

        def make() -> Any:
            return ops.deliver(
                campaign_id=delivery.campaign_id,
                hcp_id=delivery.hcp_id,
                channel=str(channel.currentData()),
                result=str(result.currentData()),
            )

        dialog.ask(make, lambda _: self._done("deliver"))

    def _done(self, name: str) -> None:
        self.notice.tell(self.t(f"campaign.{name}.done"))
        self.refresh()

    def _dialog(self, name: str, one: Campaign) -> ActDialog:
        return ActDialog(
            self.desk,
            self,
            name=f"{name}Dialog",
            title=self.t(f"campaign.{name}.title", ref=one.notice),
            effect=self.t(f"campaign.{name}.effect"),
            act=self.t(f"campaign.{name}.go"),
        )

    def _button(self, name: str, act: Callable[[], None], *, look: str = "") -> QWidget:
        return button(f"campaign.{name}", act, look=look, name=f"campaign_{name}", lang=self.lang)

    def _lay(self) -> None:
        left, inside = card(margin=14, spacing=10)
        left.setFixedWidth(330)
        inside.addWidget(self.table, 1)
        inside.addWidget(self._none)
        right, body = card(margin=18, spacing=10)
        body.addLayout(self._facts)
        line = row(label(key="campaign.left", kind="heading", lang=self.lang), 1, self.rep)
        body.addLayout(line)
        body.addWidget(self.left, 1)
        body.addWidget(label(key="campaign.left.hint", kind="small", lang=self.lang))
        self._right.setLayout(column(right))
        whole = row(left, column(self.notice, self._right, spacing=10), spacing=16)
        whole.setStretch(1, 1)
        whole.setContentsMargins(0, 14, 28, 18)
        self.setLayout(whole)


def _items(delivery: Delivery, lang: Lang) -> str:
    return t("desk.list_sep", lang).join(item_label(item, lang) for item in delivery.items) or "—"
