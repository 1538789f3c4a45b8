"""Reading: profiles, lists, search, exports, and why something shows or not."""
