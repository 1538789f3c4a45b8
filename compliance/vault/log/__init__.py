"""The audit log: entries and their tree, its heads and seals, what stands beside it."""
