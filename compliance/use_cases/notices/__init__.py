"""Notices: their life, what people are shown, who must be told or asked again."""
