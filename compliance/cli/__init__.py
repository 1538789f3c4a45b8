"""Command line over the use cases; its contract with scripts and auditors is cli.md of the design.

Rules: (1) a command turns words into one call of a use case and its answer into an
:class:`~compliance.cli.output.Outcome`; it decides nothing; (2) use cases are imported inside the commands, so that
starting stays fast; (3) a command never prints: what it returns is printed once, as JSON or for people.
"""
