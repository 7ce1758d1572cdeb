"""The limit: the same list from the same tables by nothing but psycopg and a WSGI callable."""

from bare_wsgi import make_app

app = make_app(
    posts="blog_post", accounts="users_user", tags="blog_tag", post_tags="blog_post_tags"
)
