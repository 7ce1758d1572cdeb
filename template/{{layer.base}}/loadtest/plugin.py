"""What the load test adds to Locust: install it in a locustfile."""

from __future__ import annotations

from typing import Any

from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.event import Events

from . import listeners, slo, users
from .errors import Unusable
from .profiles import find


def install(events: Events) -> None:
    """Judge each run by slo.toml; end at once if that is faulty."""
    try:
        slo.load()
    except Unusable as error:
        error.end()
    events.init_command_line_parser.add_listener(_add_options)
    events.init.add_listener(_listen)


def _add_options(parser: LocustArgumentParser, **_: Any) -> None:
    parser.add_argument(
        "--compare", default="", help="a summary.json to compare with", include_in_web_ui=False
    )


def _listen(environment: Environment, **_: Any) -> None:
    options = environment.parsed_options
    try:
        if options and not options.worker and (options.headless or options.profile):
            find(options.profile)  # else it is chosen in Locust's page
        if options and (options.tags or options.exclude_tags):
            users.choose(environment, set(options.tags or ()), set(options.exclude_tags or ()))
    except Unusable as error:
        error.end()
    listeners.install(environment)
