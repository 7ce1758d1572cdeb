"""The blog's API, one router per kind of thing."""
