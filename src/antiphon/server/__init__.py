"""The network face: one ASGI app, its routes, and the errors they answer."""
