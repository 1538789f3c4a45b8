"""What was said about consent, the narrow table of where it stands, and the lists made from both."""
