"""One file per page; pages read :class:`~desktop_app.state.AppState`, run operations and show their answers."""
