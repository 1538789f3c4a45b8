"""The demo: invented people, papers and scans, and the main job done on them."""
