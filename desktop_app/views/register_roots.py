"""Root certificates that electronic signatures may rest on: a PEM file in place of those before."""

from collections.abc import Mapping
from typing import Any

from desktop_app.operations import settings as ops
from desktop_app.views.page import Desk
from desktop_app.views.register_card import RegisterCard
from desktop_app.widgets.basic import button, empty, label, row
from desktop_app.widgets.form import PathField, field

_PEM = "PEM (*.pem *.crt *.cer)"


class RootsCard(RegisterCard):
    """The file, and afterwards the fingerprints to compare."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "roots")
        self._path = PathField("rootsFile", mode="open", lang=self.lang, filters=_PEM)
        self.inside.addLayout(field("registers.file", self._path, lang=self.lang))
        self.inside.addLayout(self.entries)
        go = button("registers.roots.go", self._set, look="primary", name="setRoots", lang=self.lang)
        self.inside.addLayout(row(1, go))

    def _set(self) -> None:
        path = self._path.path
        if path is None:
            self.notice.tell(self.t("create.path.missing"), tone="red")
            return
        self.ask(ops.set_signature_roots(path=path), self._done)

    def _done(self, made: Mapping[str, Any]) -> None:
        empty(self.entries)
        prints = [one for found in made.values() for one in found]
        for one in prints:
            text = " ".join(one[n : n + 8] for n in range(0, len(one), 8))
            self.entries.addWidget(label(f"SHA-256 {text}", kind="small", name="rootPrint"))
        self.notice.tell(self.t("registers.roots.done", count=len(prints)))
