"""Lets Locust go through the profile that a run was started with."""

from __future__ import annotations

from locust import LoadTestShape
from locust.exception import StopTest

from .errors import Unusable
from .profiles import find
from .run import Run
from .slo import load

# Options of Locust by which only some of the users, or of their tasks, run.
CHOOSE_USERS = ("tags", "exclude_tags", "user_classes")


class Course(LoadTestShape):
    """The number of users over time."""

    run: Run | None = None

    def tick(self) -> tuple[int, float] | None:
        """Return how many users there are to be; Locust asks about once a second."""
        if self.run is None:
            self.run = self._begin()
        return self.run.tick()

    def _begin(self) -> Run:
        """Return a run of the profile that was asked for, on the command line or in the page.

        Raises:
            StopTest: if there is no such profile, or slo.toml is faulty.
        """
        if self.runner is None:
            raise RuntimeError("Locust attaches its runner to the shape before it asks")
        environment = self.runner.environment
        options = environment.parsed_options
        chosen = {
            option: sorted(values)
            for option in CHOOSE_USERS
            if (values := getattr(options, option, None))
        }
        try:
            name, profile = find(environment.profile)
            return Run(environment, name, profile, load(), chosen)
        except Unusable as error:
            raise StopTest(str(error)) from None
