"""The derived index: who a reader may list or find, in which order, how many."""
