"""The limit: the same list from the same tables by nothing but asyncpg and an ASGI callable."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qs

import asyncpg
import orjson
from bench.blog.cursor import decode_cursor, encode_cursor

COLUMNS = """
SELECT p.id, p.title, p.body, p.published_at, a.id, a.name,
       ARRAY(SELECT t.name FROM post_tags pt JOIN tags t ON t.id = pt.tag_id
             WHERE pt.post_id = p.id ORDER BY t.name COLLATE "C")
FROM posts p JOIN accounts a ON a.id = p.author_id
"""
ORDER = "ORDER BY p.published_at DESC, p.id DESC LIMIT $1"
FIRST_PAGE = f"{COLUMNS} {ORDER}"
NEXT_PAGE = f"{COLUMNS} WHERE (p.published_at, p.id) < ($2, $3) {ORDER}"

pool: asyncpg.Pool


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Serve the list (ASGI)."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    query = parse_qs(scope["query_string"].decode())
    limit = int(query["limit"][0]) if "limit" in query else 20
    after = decode_cursor(query["after"][0]) if "after" in query else None
    async with pool.acquire() as connection:
        if after is None:
            rows = await connection.fetch(FIRST_PAGE, limit + 1)
        else:
            rows = await connection.fetch(NEXT_PAGE, limit + 1, *after)
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
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(answer)).encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


async def _live(receive: Any, send: Any) -> None:
    global pool
    await receive()
    size = int(os.environ["DATABASE_POOL_SIZE"])
    pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=size, max_size=size)
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await pool.close()
    await send({"type": "lifespan.shutdown.complete"})
