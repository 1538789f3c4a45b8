"""Rule sets: looked at, put in force, compared, and decisions made again under them."""
