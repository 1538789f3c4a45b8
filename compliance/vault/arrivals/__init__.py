"""Imports on their way in: portions sealed without a database, staged unseen, published at once."""
