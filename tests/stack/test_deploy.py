"""A new image takes the place of the old one under load; a bad one does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from .engine import docker, inspect
from .load import Load, Request
from .running import Stack
from .test_faults import CLIENTS, REQUESTS

NEW = "LABEL release=2\n"
BAD = {
    "does not start": 'CMD ["python", "-c", "raise SystemExit(1)"]\n',
    "is never ready": 'CMD ["sleep", "infinity"]\n',
    "does not migrate": "RUN rm -r /app/migrations /app/manage.py 2>/dev/null || true\n",
    "has a wrong setting": "ENV STATEMENT_TIMEOUT=never\n",
}


@pytest.fixture
def derive(stack: Stack) -> Iterator[Callable[[str], str]]:
    """Return what makes an image out of the service's, by more lines of a Dockerfile."""
    made: list[str] = []

    def _derive(lines: str) -> str:
        tag = f"{stack.name}:derived{len(made)}"
        text = f"FROM {stack.image}\nUSER root\n{lines}USER service\n"
        docker("build", "--quiet", "--tag", tag, "-", input=text)
        made.append(tag)
        return tag

    stack.wait_until_ready()
    yield _derive
    for tag in made:
        docker("image", "rm", "--force", tag, check=False)


def all_replaced(stack: Stack, before: list[str], image: str) -> None:
    """See to it that two new replicas serve, both made of ``image``."""
    after = stack.replicas()
    assert len(after) == 2
    assert not set(after) & set(before)
    assert {inspect(container)["Image"] for container in after} == {inspect(image)["Id"]}


def test_replicas_are_replaced_one_by_one(
    stack: Stack, visitors: Callable[[], Request], derive: Callable[[str], str]
) -> None:
    image = derive(NEW)
    before = stack.replicas()
    with Load(stack.port, visitors, CLIENTS) as running:
        running.wait_for(1_000)
        stack.task("deploy", image)
        running.wait_for(max(1_000, REQUESTS - len(running.answers)))
    assert not running.failures(), running.told()
    all_replaced(stack, before, image)


def test_a_replica_that_has_ended_is_replaced_too(
    stack: Stack, derive: Callable[[str], str]
) -> None:
    image = derive("LABEL release=3\n")
    before = stack.replicas()
    docker("kill", before[0])
    stack.task("deploy", image)
    all_replaced(stack, before, image)


def test_what_serves_is_kept_whatever_has_its_name(
    stack: Stack, derive: Callable[[str], str]
) -> None:
    """Somebody builds under the name that is in use, and deploys that."""
    serving = inspect(stack.replicas()[0])["Image"]
    docker("tag", derive(BAD["does not start"]), stack.image)
    done = stack.task("deploy", check=False, READY_TIMEOUT="15")
    assert "the previous image serves on" in done.stderr
    assert inspect(stack.image)["Id"] == serving
    assert [inspect(container)["Image"] for container in stack.replicas()] == [serving] * 2


@pytest.mark.parametrize("lines", BAD.values(), ids=BAD)
def test_a_bad_image_is_not_deployed(
    stack: Stack, visitors: Callable[[], Request], derive: Callable[[str], str], lines: str
) -> None:
    image = derive(lines)
    before = stack.replicas()
    serving = inspect(stack.image)["Id"]
    with Load(stack.port, visitors, CLIENTS // 4) as running:
        done = stack.task("deploy", image, check=False, READY_TIMEOUT="15")
        running.wait_for(200)
    assert done.returncode != 0
    assert "the previous image serves on" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert sorted(stack.replicas()) == sorted(before), "they were not touched"
    assert inspect(stack.image)["Id"] == serving, "the next start takes the good one"
    assert not running.failures(), running.told()
