"""Files of people: read in a child process, sealed in another, staged and published at once, taken back."""
