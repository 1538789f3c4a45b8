"""Old consents and stacks of paper: lists, logs and scans on their way to the checking desk."""
