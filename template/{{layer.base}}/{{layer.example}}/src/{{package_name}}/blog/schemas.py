"""What comes in and what goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, Field, SecretStr
from pydantic import StringConstraints as Text
from pydantic.networks import validate_email


def _storable(value: str) -> str:
    if "\x00" in value:  # not every database keeps it
        raise ValueError("the character NUL is not allowed")
    return value


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("only printable characters are allowed")
    return value


def as_registered(email: str) -> str:
    """Write an address as `EmailStr` writes it in an account; what is no address stays as it is."""
    try:
        return validate_email(email)[1]
    except ValueError:
        return email


def _whole(value: SecretStr) -> SecretStr:
    try:
        value.get_secret_value().encode()
    except UnicodeEncodeError:  # JSON can express half of a character
        raise ValueError("only whole characters are allowed") from None
    return value


Storable = AfterValidator(_storable)
Whole = AfterValidator(_whole)
Name = Annotated[str, Text(strip_whitespace=True, min_length=1, max_length=100), Storable]
# Printable: a tag with a control character could pass for two (see queries.py).
TagName = Annotated[
    str, Text(strip_whitespace=True, min_length=1, max_length=50), AfterValidator(_printable)
]


class Input(BaseModel):
    """A body: unknown members are refused, so that a typo is not lost."""

    model_config = ConfigDict(extra="forbid")


class NewAccount(Input):
    """Who wants an account."""

    email: Annotated[EmailStr, Field(max_length=254)]
    name: Name
    password: Annotated[SecretStr, Field(min_length=8, max_length=128), Whole]


class Credentials(Input):
    """Who wants to log in."""

    email: Annotated[str, Text(max_length=254), Storable, AfterValidator(as_registered)]
    password: Annotated[SecretStr, Field(max_length=128), Whole]


class NewPost(Input):
    """A post to be published."""

    title: Annotated[str, Text(strip_whitespace=True, min_length=1, max_length=200), Storable]
    body: Annotated[str, Text(min_length=1, max_length=50_000), Storable]
    tags: Annotated[list[TagName], Field(max_length=10)] = []


class NewReport(Input):
    """How much work the report shall be."""

    rounds: Annotated[int, Field(strict=True, ge=1, le=5_000_000)]


class User(BaseModel):
    """An account as its owner sees it."""

    id: int
    email: str
    name: str


class Author(BaseModel):
    """An account as everybody sees it."""

    id: int
    name: str


class PostOut(BaseModel):
    """A post with its author and tags."""

    id: int
    title: str
    body: str
    published_at: datetime
    author: Author
    tags: list[str]


class PostPage(BaseModel):
    """Some posts, and the cursor of the page that follows."""

    items: list[PostOut]
    next: str | None


class BusiestAuthor(Author):
    """Who has written most."""

    posts: int


class Stats(BaseModel):
    """Numbers over the whole blog."""

    posts: int
    authors: int
    tags: int
    busiest_author: BusiestAuthor | None


class UserOut(BaseModel):
    """Who was registered, or has logged in."""

    user: User


class SessionOut(BaseModel):
    """Whose session it is, and how often it was asked for."""

    user: User | None
    visits: int


class Report(BaseModel):
    """The result of the work."""

    digest: str
    rounds: int
