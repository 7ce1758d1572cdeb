"""What differs between the frameworks: how their applications run, and what is asked of them."""

from __future__ import annotations

from dataclasses import dataclass

GRANIAN = ["granian", "--http", "1", "--backlog", "2048", "--log-level", "warning"]
ASGI = [*GRANIAN, "--interface", "asgi", "--backpressure", "1024"]
WSGI = [*GRANIAN, "--interface", "wsgi", "--backpressure", "1024", "--blocking-threads", "10"]
GTHREAD = ["--worker-class", "gthread", "--threads", "10"]
GUNICORN = ["gunicorn", "--workers", "1", "--log-level", "warning", *GTHREAD]


@dataclass(frozen=True)
class Framework:
    """One framework.

    Attributes:
        name: the answer to the template's question.
        server: what runs the applications in ``baselines`` that the service is compared with.
        limit: what the limit is made of.
        usual: what the usual is made of.
        usual_server: what runs the usual.
        requirements: what the baselines need beyond the service's own dependencies.
        of_limit: the least share of the limit that the service should reach.
        of_usual: the least multiple of the usual.
    """

    name: str
    server: list[str]
    limit: str
    usual: str
    usual_server: list[str]
    requirements: list[str]
    of_limit: float
    of_usual: float


FRAMEWORKS = {
    framework.name: framework
    for framework in (
        Framework(
            name="fastapi",
            server=ASGI,
            limit="bare ASGI and asyncpg",
            usual="ORM entities and response_model",
            usual_server=ASGI,
            requirements=["asyncpg==0.32.0"],
            of_limit=0.5,
            of_usual=2.5,
        ),
        Framework(
            name="flask",
            server=WSGI,
            limit="bare WSGI and psycopg",
            usual="ORM entities on gunicorn gthread",
            usual_server=GUNICORN,
            requirements=["gunicorn==27.0.1"],
            of_limit=0.33,
            of_usual=4,
        ),
        Framework(
            name="django",
            server=WSGI,
            limit="bare WSGI and psycopg",
            usual="REST framework on gunicorn gthread",
            usual_server=GUNICORN,
            requirements=["gunicorn==27.0.1", "djangorestframework==3.18.3"],
            of_limit=0.15,
            of_usual=4,
        ),
    )
}
