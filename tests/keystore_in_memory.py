"""A keystore inside the test: a real backend of the library that keeps its entries in memory and can be locked."""

from typing import ClassVar

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class InMemory(KeyringBackend):
    """As a keystore of an operating system; ``entries`` is this machine."""

    priority = 9.0  # type: ignore[assignment]
    name = "In memory"
    entries: ClassVar[dict[tuple[str, str], str]] = {}
    locked: ClassVar[bool] = False

    @classmethod
    def secrets(cls) -> dict[tuple[str, str], str]:
        """The device secrets; heads of logs are kept there too."""
        return {key: value for key, value in cls.entries.items() if " head " not in key[0]}

    def get_password(self, service: str, username: str) -> str | None:
        self._opened()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._opened()
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._opened()
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError("No such password!")

    def _opened(self) -> None:
        if type(self).locked:
            raise KeyringLocked("Failed to unlock the collection!")
