"""Authors, posts and tags.

Relations raise when they are touched without having been loaded (``lazy="raise_on_sql"``): a query
in a loop becomes an error in the first test, not a slow page in production.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..database import Base, Key, LongText, UtcDateTime

post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", Key, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", Key, ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Account(Base):
    """Someone who can log in, and write posts."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    password_hash: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    posts: Mapped[list[Post]] = relationship(back_populates="author", lazy="raise_on_sql")


class Tag(Base):
    """A word that posts share."""

    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(50), unique=True)


class Post(Base):
    """A post of the blog."""

    __tablename__ = "posts"
    __table_args__ = (Index(None, "published_at", "id"),)  # the order of the list

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(LongText)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)

    author: Mapped[Account] = relationship(back_populates="posts", lazy="raise_on_sql")
    tags: Mapped[list[Tag]] = relationship(
        secondary=post_tags, lazy="raise_on_sql", order_by=Tag.name
    )
