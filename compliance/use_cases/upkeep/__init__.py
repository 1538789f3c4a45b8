"""The store itself: backups, keys, settings, papers about it, and its own checks."""
