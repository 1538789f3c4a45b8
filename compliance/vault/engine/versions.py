"""Which database library runs here: figures and fault reports mean nothing without it."""

from sqlcipher3 import dbapi2 as driver


def library_versions() -> dict[str, str]:
    """Versions of SQLite and of SQLCipher as the loaded library names them."""
    raw = driver.connect(":memory:")
    try:
        row = raw.execute("PRAGMA cipher_version").fetchone()
    finally:
        raw.close()
    return {"sqlite": str(driver.sqlite_version), "sqlcipher": str(row[0]) if row else ""}
