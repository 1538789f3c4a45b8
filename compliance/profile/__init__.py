"""What a value is worth and how a profile is laid out: freshness, sources, channels, sheets. Pure."""
