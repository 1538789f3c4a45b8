"""A rep at their own vault, made from packs. Nothing of a master vault can be reached from here."""

from dataclasses import dataclass
from pathlib import Path

from compliance.clock import Clock
from compliance.i18n import Lang
from compliance.model.access import Role
from compliance.vault.rep.rep_store import RepVault


@dataclass
class RepSession:
    """An unlocked rep's vault."""

    vault: RepVault
    path: Path
    clock: Clock
    lang: Lang = Lang.ZH
    warnings: tuple[str, ...] = ()

    @property
    def actor(self) -> str:
        """Name of the rep, once a pack has said it."""
        held = self.vault.state()
        return held.manifest.rep if held else "rep"

    @property
    def role(self) -> Role:
        """``rep`` or ``msl``, as the pack says."""
        held = self.vault.state()
        return Role(held.manifest.role) if held else Role.REP

    @property
    def sandbox(self) -> bool:
        """Whether this vault or its pack is for practice."""
        held = self.vault.state()
        return self.vault.vault.sandbox or bool(held and held.manifest.sandbox)

    @property
    def handler(self) -> str:
        """The company whose pack this is."""
        held = self.vault.state()
        return held.manifest.handler if held else ""

    @property
    def vault_path(self) -> Path:
        """The folder."""
        return self.path

    @property
    def restricted(self) -> bool:
        """Whether a finding made the program refuse changes."""
        return self.vault.vault.restricted
