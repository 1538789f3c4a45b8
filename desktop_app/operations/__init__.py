"""One thin line per thing a person can do: a :class:`~desktop_app.tasks.Task` over one use case."""
