"""The store's library as it was built: versions and the options that this program relies on."""

from dataclasses import dataclass

from sqlcipher3 import dbapi2 as driver

#: Options without which the store would work otherwise or not at all.
NEEDED = ("ENABLE_FTS5", "HAS_CODEC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Versions as the library tells them, and its compile options."""

    sqlite: str
    sqlcipher: str
    provider: str
    options: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Needed options that are not there, and thread safety."""
        lacking = [name for name in NEEDED if name not in self.options]
        return (*lacking, *(("THREADSAFE",) if "THREADSAFE=0" in self.options else ()))


def library() -> Library:
    """Ask the library itself; no file is opened."""
    raw = driver.connect(":memory:")
    raw.execute("PRAGMA key='none'")  # the provider is named once there is a key
    try:

        def ask(sql: str) -> list[str]:
            return [str(row[0]) for row in raw.execute(sql).fetchall()]

        return Library(
            sqlite=driver.sqlite_version,
            sqlcipher=" ".join(ask("PRAGMA cipher_version")),
            provider=" ".join([*ask("PRAGMA cipher_provider"), *ask("PRAGMA cipher_provider_version")]),
            options=tuple(ask("PRAGMA compile_options")),
        )
    finally:
        raw.close()
