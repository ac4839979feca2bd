"""The composition root: one ASGI application, its sockets, workers, sign-in and command line."""
