"""Your settings of Django. This file is yours: updates of the template never touch it.

A setting that is written here replaces the one in `settings`.
"""

OWN_APPS: list[str] = []  # after those of the template
OWN_MIDDLEWARE: list[str] = []  # within that of the template
