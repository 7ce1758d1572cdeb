"""Django's backend for MariaDB, with a check of its own (an ``ENGINE``)."""
