"""Item models: read-only, over frozen rows."""
