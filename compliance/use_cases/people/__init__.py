"""People and what is known of them: changes, disputes, objections, sources, tags, one person once."""
