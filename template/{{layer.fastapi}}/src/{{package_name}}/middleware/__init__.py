"""Pure ASGI middleware: no task, no thread and no body buffering per request."""
