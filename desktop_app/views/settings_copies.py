"""Settings: backups the program makes by itself, where they go, how they stand, and proof that they open."""

from collections.abc import Mapping
from typing import Any

from compliance.i18n import has
from compliance.model.answer import Refusal
from desktop_app.operations import backups as ops
from desktop_app.operations import settings as settings_ops
from desktop_app.theme import GREEN, RED
from desktop_app.views.page import Desk, Page
from desktop_app.views.settings_company import part_layout
from desktop_app.widgets.basic import button, card, label, row
from desktop_app.widgets.form import PathField, field
from desktop_app.words import day_text


class CopiesPart(Page):
    """Two folders, and what is known of the copies in them."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        chooses = desk.state.may("change_settings")
        layout = part_layout(self)
        frame, inside = card(margin=26, spacing=14)
        inside.addWidget(label(key="settings.copies.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="settings.copies.sub", kind="muted", lang=self.lang))
        self._data = PathField("copies_data", mode="folder", lang=self.lang)
        self._keys = PathField("copies_keys", mode="folder", lang=self.lang)
        inside.addLayout(field("settings.copies.data", self._data, lang=self.lang))
        inside.addLayout(field("settings.copies.keys", self._keys, lang=self.lang))
        save = button("settings.copies.save", self._save, look="primary", name="copiesSave", lang=self.lang)
        for one in (self._data, self._keys, save):
            one.setEnabled(chooses)
        inside.addLayout(row(1, save))
        layout.addWidget(frame)
        frame, inside = card(margin=26, spacing=14)
        inside.addWidget(label(key="settings.copies.state", kind="title", lang=self.lang))
        self._verdict = label(kind="heading", name="copiesVerdict")
        self._facts = label(kind="muted", name="copiesFacts")
        inside.addWidget(self._verdict)
        inside.addWidget(self._facts)
        again = button("settings.copies.rehearse", self._rehearse, name="copiesRehearse", lang=self.lang)
        now = button("settings.copies.now", self._now, look="primary", name="copiesNow", lang=self.lang)
        inside.addLayout(row(1, again, now))
        layout.addWidget(frame)
        if desk.state.may("rekey"):
            frame, inside = card(margin=26, spacing=14)
            inside.addWidget(label(key="settings.rekey.title", kind="title", lang=self.lang))
            inside.addWidget(label(key="settings.rekey.sub", kind="muted", lang=self.lang))
            inside.addLayout(row(1, button("settings.rekey.go", self._rekey, name="rekeyGo", lang=self.lang)))
            layout.addWidget(frame)
        layout.addStretch(1)
        self._known: Mapping[str, str] = {}

    def refresh(self) -> None:
        """As it stands."""
        self.run(settings_ops.read(), self._got)

    def render_words(self) -> None:
        """Say again."""
        self._draw()

    def _got(self, answer: Any) -> None:
        if isinstance(answer.value, Refusal):
            return
        self._known = answer.value
        for box, key in ((self._data, "backup_dir"), (self._keys, "backup_keys_dir")):
            box.edit.setText(self._known[key])
        self._draw()

    def _draw(self) -> None:
        if not self._known:
            return
        fault, proven = self._known["backup_fault"], self._known["backup_proven"] == "yes"
        chosen = self._known["backup_dir"] and self._known["backup_keys_dir"]
        word = "failed" if fault else "good" if proven else "unproven" if chosen else "none"
        why = self.t(f"error.{fault}") if has(f"error.{fault}") else fault
        self._verdict.setText(self.t(f"settings.copies.{word}", why=why))
        self._verdict.setStyleSheet(f"color: {GREEN if word == 'good' else RED};")
        said = {key: self._day(self._known[key]) for key in ("last_auto_backup", "last_auto_keys", "last_rehearsal")}
        self._facts.setText(self.t("settings.copies.facts", **said))

    def _day(self, stamped: str) -> str:
        return day_text(ops.instant(stamped), self.lang) if stamped else self.t("settings.copies.never")

    def _save(self) -> None:
        self.ask(ops.set_folders(data=self._data.path, keys=self._keys.path), self._saved)

    def _saved(self, _: Any) -> None:
        self.notice.tell(self.t("settings.copies.saved"))
        self.refresh()

    def _now(self) -> None:
        self.ask(ops.now(), self._made)

    def _made(self, run: Any) -> None:
        if run.fault:
            key = f"error.{run.fault}"
            self.notice.tell(self.t("settings.copies.failed", why=self.t(key) if has(key) else run.fault), tone="red")
        else:
            self.desk.state.note_backup(self.desk.clock.now())
            self.notice.tell(self.t("settings.copies.made" if run.rehearsed else "settings.copies.made_unproven"))
        self.refresh()

    def _rehearse(self) -> None:
        self.ask(ops.rehearse(), self._rehearsed)

    def _rehearsed(self, tried: Any) -> None:
        word = "holds" if tried.ok else "broken"
        self.notice.tell(self.t(f"settings.copies.{word}"), tone="green" if tried.ok else "red")
        self.refresh()

    def _rekey(self) -> None:
        self.ask(ops.rekey(), self._rekeyed)

    def _rekeyed(self, made: Any) -> None:
        copied = made.backup is not None and not made.backup.fault
        more = self.t("settings.rekey.copied" if copied else "settings.rekey.copy_now")
        self.notice.tell(self.t("settings.rekey.done", keys=f"{made.keys:,}", epoch=made.epoch), more=more)
        self.refresh()
