"""The documents that rows of a list name, each looked at once; of a log the row itself.

Rules: (1) a document is read again when it is sealed and must be what was judged; (2) of a log the row is the
evidence, as canonical JSON with the identity of the log (system, exporter, hash of the file, row).
"""

import hashlib
from dataclasses import replace

from compliance.audit.entry import canonical
from compliance.errors import InputErrors, bad_input
from compliance.importing.documents import Document
from compliance.importing.drawing import DRAWN_KINDS, Drawer
from compliance.importing.evidence_folder import EvidenceFolder
from compliance.importing.signatures import BROKEN, Examiner
from compliance.model.consent import Method
from compliance.progress import Progress
from compliance.use_cases.intake.consent_drafts import Draft, Paper
from compliance.use_cases.intake.consent_import_report import ConsentImport


class Papers:
    """Documents the rows name, each looked at once."""

    def __init__(self, folder: EvidenceFolder | None, request: ConsentImport, list_sha256: str) -> None:
        self._folder, self._log, self._list = folder, request.log, list_sha256
        self._known: dict[str, Paper] = {}

    def of(self, draft: Draft, drawer: Drawer, examiner: Examiner, progress: Progress) -> Paper | None:
        """What is known of the document of a row; None where it names none."""
        if self._log is not None:
            data = self.document(draft).data
            return Paper(hashlib.sha256(data).hexdigest(), "application/json")
        name = draft.values.get("file")
        if not name:
            return None
        if name not in self._known:
            self._known[name] = self._look(draft, drawer, examiner, progress)
        return self._known[name]

    def document(self, draft: Draft) -> Document:
        """The document of a row, read again. InputErrors ``file_changing`` when it is no longer what was judged."""
        if self._log is not None:
            body = {
                "type": "consentkeep-log-row-1",
                "system": self._log.system,
                "exporter": self._log.exporter,
                "file_sha256": self._list,
                "row": draft.row,
                "cells": [[header, cell] for header, cell in draft.raw.items()],
            }
            return Document(canonical(body), "application/json")
        if self._folder is None:
            raise bad_input("folder_missing", "evidence_dir")
        found = self._folder.open(draft.values["file"])
        if draft.paper and draft.paper.sha256 and hashlib.sha256(found.data).hexdigest() != draft.paper.sha256:
            raise bad_input("file_changing", "file")
        return found

    def _look(self, draft: Draft, drawer: Drawer, examiner: Examiner, progress: Progress) -> Paper:
        try:
            found = self.document(_unseen(draft))
            pages = drawer.pages(found, progress=progress) if found.media_type in DRAWN_KINDS else 0
            if draft.values.get("method") == Method.ESIGN and examiner.examine(found).result in BROKEN:
                return Paper(code="signature_invalid")
        except InputErrors as error:
            return Paper(code=error.code)
        return Paper(hashlib.sha256(found.data).hexdigest(), found.media_type, pages)


def _unseen(draft: Draft) -> Draft:
    """The draft before anything was known of its document."""
    return replace(draft, paper=None)
