"""Foreign files: untrusted bytes → checked rows → a report of what became of every row.

Rules: (1) files are only read here and in a child process with limits; (2) this package knows no vault and no policy:
the guard over free text is a callable the use case brings; (3) facts that are never collected (domain.md 8.3) are
dropped by column and named; (4) counting follows architecture section 13 and always adds up:
``read = accepted + quarantined + rejected + duplicates``; (5) no personal value is in any error, log or ``repr``.
"""
