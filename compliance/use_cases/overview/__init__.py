"""What needs somebody today, and how good the data is."""
