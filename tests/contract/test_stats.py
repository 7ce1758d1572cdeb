"""The aggregate: its shape, and that it agrees with the posts."""

from __future__ import annotations

from collections import Counter

from .visitor import Visitor


def test_the_shape(visitor: Visitor) -> None:
    response = visitor.get("/api/stats")
    assert response.status_code == 200
    stats = response.json()
    assert set(stats) == {"posts", "authors", "tags", "busiest_author"}
    assert all(type(stats[name]) is int for name in ("posts", "authors", "tags"))
    busiest = stats["busiest_author"]
    assert set(busiest) == {"id", "name", "posts"}
    assert type(busiest["id"]) is int
    assert isinstance(busiest["name"], str)
    assert 0 < busiest["posts"] <= stats["posts"]


def test_it_agrees_with_the_posts(author: Visitor) -> None:
    stats = author.get("/api/stats").json()
    pages = list(author.pages())
    posts = [post for page in pages for post in page["items"]]
    tags = {tag for post in posts for tag in post["tags"]}
    assert stats["tags"] >= len(tags)
    assert stats["authors"] >= len({post["author"]["id"] for post in posts})
    assert stats["posts"] >= len(posts)
    if pages[-1]["next"] is None:
        assert stats["posts"] == len(posts)
        by_author = Counter((post["author"]["id"], post["author"]["name"]) for post in posts)
        busiest = stats["busiest_author"]
        assert by_author[busiest["id"], busiest["name"]] == busiest["posts"]
        assert busiest["posts"] == max(by_author.values())


def test_it_takes_no_parameters_to_heart(author: Visitor) -> None:
    plain = author.get("/api/stats").json()
    assert author.get("/api/stats?posts=0&limit=1").json() == plain
