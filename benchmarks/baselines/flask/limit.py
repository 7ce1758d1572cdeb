"""The limit: the same list from the same tables by nothing but psycopg and a WSGI callable."""

from bare_wsgi import make_app

app = make_app(posts="posts", accounts="accounts", tags="tags", post_tags="post_tags")
