"""SQLite has no server that keeps locks: a file does (`waiting`)."""

TAKE = ""
