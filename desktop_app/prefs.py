"""What is remembered between starts: language, minutes until lock, window size, last vault folder.

Rules: (1) never a personal value, never a user's name; (2) a folder under the home folder is kept as ``~/…``, so that
the account name stays out as well.
"""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from compliance.i18n import Lang

LOCK_MINUTES = (1, 3, 5, 10, 15, 30)
_DEFAULT_LOCK = 5


class Prefs:
    """Settings of this computer's user."""

    def __init__(self, file: Path | None = None) -> None:
        ini = QSettings.Format.IniFormat
        self._store = QSettings(str(file), ini) if file else QSettings("ConsentKeep", "ConsentKeep")

    @property
    def lang(self) -> Lang:
        """Language; Chinese until chosen."""
        return Lang.EN if self._store.value("lang", "zh") == "en" else Lang.ZH

    @lang.setter
    def lang(self, lang: Lang) -> None:
        self._store.setValue("lang", str(lang))

    @property
    def lock_minutes(self) -> int:
        """Idle minutes until the vault locks itself."""
        value = str(self._store.value("lock_minutes", _DEFAULT_LOCK))
        return int(value) if value.isdigit() and int(value) in LOCK_MINUTES else _DEFAULT_LOCK

    @lock_minutes.setter
    def lock_minutes(self, minutes: int) -> None:
        self._store.setValue("lock_minutes", minutes)

    @property
    def last_vault(self) -> Path | None:
        """Folder opened last, None when it is gone."""
        text = str(self._store.value("last_vault", ""))
        path = Path(text).expanduser() if text else None
        return path if path is not None and path.is_dir() else None

    @last_vault.setter
    def last_vault(self, path: Path) -> None:
        home = Path.home()
        kept = f"~/{path.relative_to(home).as_posix()}" if path.is_relative_to(home) else path.as_posix()
        self._store.setValue("last_vault", kept)

    @property
    def geometry(self) -> QByteArray:
        """Size and place of the window."""
        value = self._store.value("geometry")
        return value if isinstance(value, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue("geometry", value)
