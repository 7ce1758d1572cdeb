"""The list by nothing but psycopg and a WSGI callable; the tables' names are the framework's."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

import orjson
import psycopg
from bench.blog.cursor import decode_cursor, encode_cursor

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def make_app(*, posts: str, accounts: str, tags: str, post_tags: str) -> Application:
    """Return the application for tables of these names."""
    columns = f"""
    SELECT p.id, p.title, p.body, p.published_at, a.id, a.name,
           ARRAY(SELECT t.name FROM {post_tags} pt JOIN {tags} t ON t.id = pt.tag_id
                 WHERE pt.post_id = p.id ORDER BY t.name COLLATE "C")
    FROM {posts} p JOIN {accounts} a ON a.id = p.author_id
    """
    order = "ORDER BY p.published_at DESC, p.id DESC LIMIT %s"
    first_page = f"{columns} {order}"
    next_page = f"{columns} WHERE (p.published_at, p.id) < (%s, %s) {order}"
    local = threading.local()

    def connection() -> psycopg.Connection:
        """Return this thread's own: a pool would only cost."""
        if not hasattr(local, "connection"):
            local.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
        return local.connection

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        query = parse_qs(environ["QUERY_STRING"])
        limit = int(query["limit"][0]) if "limit" in query else 20
        if "after" in query:
            after = decode_cursor(query["after"][0])
            rows = connection().execute(next_page, (*after, limit + 1)).fetchall()
        else:
            rows = connection().execute(first_page, (limit + 1,)).fetchall()
        more, rows = len(rows) > limit, rows[:limit]
        page = {
            "items": [
                {
                    "id": id_,
                    "title": title,
                    "body": body,
                    "published_at": published_at,
                    "author": {"id": author_id, "name": author},
                    "tags": tags,
                }
                for id_, title, body, published_at, author_id, author, tags in rows
            ],
            "next": encode_cursor(rows[-1][3], rows[-1][0]) if more else None,
        }
        answer = orjson.dumps(page, option=orjson.OPT_UTC_Z)
        headers = [("content-type", "application/json"), ("content-length", str(len(answer)))]
        start_response("200 OK", headers)
        return [answer]

    return app
