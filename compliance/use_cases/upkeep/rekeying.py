"""New keys for the store: whoever took keys or an old copy along cannot open what is stored from now on.

Copies made before open with their own header only; so copies of today are made at once where folders are chosen, and
the old generations of the keys are worthless with the new header.
"""

from dataclasses import dataclass

from compliance.model.answer import Answer, Changes, Refusal
from compliance.progress import NoProgress, Phase, Progress
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.session import Session, rebuild_index
from compliance.use_cases.upkeep.backup_state import Folder, backup_state
from compliance.use_cases.upkeep.backups import BackupRun, back_up_now


@dataclass(frozen=True, slots=True, kw_only=True)
class Rekeyed:
    """How many keys were wrapped anew, the number of the epoch, and the backup made right after (None: no folders)."""

    keys: int
    epoch: int
    backup: BackupRun | None


def rekey_vault(session: Session, progress: Progress | None = None) -> Answer[Rekeyed | Refusal]:
    """Rotate the keys. VaultBusy with the holder while anybody else sits at the store; nothing is changed then."""
    now = session.now()
    if no := barred(session, "rekey", at=now):
        return no
    told = progress or NoProgress()
    told.phase(Phase.SEALING)
    told.tick(0, None)
    keys = session.vault.rekey(now)
    told.phase(Phase.PUBLISHING)  # from here on it is done; what follows cannot be stopped half way
    rebuild_index(session)
    copied = None
    if backup_state(session).folder(Folder.DATA) is not None:
        made = back_up_now(session).value
        copied = made if isinstance(made, BackupRun) else None
    answer = Rekeyed(keys=keys, epoch=session.vault.header.epoch, backup=copied)
    return Answer(answer, Changes(audit=True, settings=True, tasks=True))
