"""Why data may be used and where it may go: activities, bases other than consent, memos, borders."""
