"""ConsentKeep on the desktop: layout, words and waiting over ``compliance.use_cases``; no rule is decided here."""
