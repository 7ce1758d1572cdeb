"""Which users run, where only tasks with some tags are wanted."""

from __future__ import annotations

from typing import Any

from locust.env import Environment

from .errors import Unusable


def choose(environment: Environment, tags: set[str], excluded: set[str]) -> None:
    """Leave out the users who would have nothing to do; Locust would fail to start them.

    Args:
        environment: Locust's.
        tags: of which a task must have one, if there are any.
        excluded: of which it must have none.

    Raises:
        Unusable: if nobody is left.
    """

    def wanted(task: Any) -> bool:
        if hasattr(task, "tasks"):
            return any(wanted(inner) for inner in task.tasks)
        own: set[str] = getattr(task, "locust_tag_set", set())
        return (not tags or bool(own & tags)) and not own & excluded

    everybody = environment.user_classes
    environment.user_classes = [user for user in everybody if any(map(wanted, user.tasks))]
    if not environment.user_classes:
        raise Unusable(f"no user has a task with these tags: {', '.join(sorted(tags or excluded))}")
