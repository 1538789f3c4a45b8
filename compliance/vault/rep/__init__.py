"""The vault of a rep: its own tables, the pack held, what goes back to the office."""
