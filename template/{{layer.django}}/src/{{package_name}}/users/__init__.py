"""Those who can log in, by their e-mail address."""
