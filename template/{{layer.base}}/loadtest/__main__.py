"""``poe load``: check what can be checked beforehand, then run Locust without its interface."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from pathlib import Path
from typing import NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from . import slo
from .errors import Unusable
from .profiles import PROFILES, find

HERE = Path(__file__).parent
RESULTS = HERE / "results"
PATIENCE = 5.0  # seconds that the service may take to say that it lives


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments."""
        raise Unusable(message)


def parser() -> Parser:
    """Return what reads the command line."""
    profiles = "; ".join(f"{name}: {profile.purpose}" for name, profile in PROFILES.items())
    made = Parser(prog="poe load", description=f"Profiles: {profiles}.")
    made.add_argument("--profile", default="smoke", help="default: smoke")
    made.add_argument("--host", default="http://127.0.0.1:8000", help="default: %(default)s")
    made.add_argument(
        "--compare",
        nargs="?",
        const="last",
        metavar="SUMMARY",
        help="with the last good run like this one, or with this summary.json",
    )
    made.add_argument("--processes", type=int, default=1, help="of the generator (default: 1)")
    made.add_argument(
        "--tags", nargs="+", default=[], metavar="TAG", help="only tasks with one of these tags"
    )
    return made


def check_host(host: str) -> None:
    """Ask the service whether it lives.

    Raises:
        Unusable: if it does not say so.
    """
    if urlsplit(host).scheme not in ("http", "https") or not urlsplit(host).hostname:
        raise Unusable(f"{host!r} is no address; write it like http://127.0.0.1:8000")
    try:
        with urlopen(f"{host}/healthz", timeout=PATIENCE) as answer:  # noqa: S310 - http, see above
            answer.read()
    except HTTPError as error:
        raise Unusable(f"{host}/healthz answers {error.code}: is this the service?") from None
    except (URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise Unusable(f"{host} cannot be reached ({reason}); start it with `poe serve`") from None


def summary_to_compare(arguments: argparse.Namespace) -> Path | None:
    """Return the path of the summary that ``--compare`` means.

    Raises:
        Unusable: if there is none.
    """
    from .summary import last_kept, read

    wanted, profile, host = arguments.compare, arguments.profile, arguments.host
    if wanted is None:
        return None
    if wanted != "last":
        read(Path(wanted))
        return Path(wanted)
    if found := last_kept(RESULTS, profile, host, arguments.tags):
        return found
    tags = f" with the tags {', '.join(arguments.tags)}" if arguments.tags else ""
    raise Unusable(
        f"no earlier run of {profile!r} on {host}{tags} was good: nothing to compare with"
    )


def locust_command(arguments: argparse.Namespace, before: Path | None) -> list[str]:
    """Return the command that runs the profile."""
    command = [sys.executable, "-m", "locust", "--locustfile", str(HERE / "locustfile.py")]
    command += ["--headless", "--only-summary", "--loglevel", "WARNING"]
    # Locust prints its own tables unless it writes them; the report has them.
    command += ["--json-file", os.devnull]
    command += ["--profile", arguments.profile, "--host", arguments.host]
    if arguments.processes > 1:
        port = str(_free_port())
        command += ["--processes", str(arguments.processes)]
        command += ["--master-bind-host", "127.0.0.1", "--master-bind-port", port]
        command += ["--master-port", port]
    if arguments.tags:
        command += ["--tags", *arguments.tags]
    if before:
        command += ["--compare", str(before.resolve())]
    return command


def _free_port() -> int:
    """Return a port by which the processes of the generator can talk."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def main() -> None:
    """Run a profile; the process ends with the verdict's code (conclusion.py), or with 2."""
    try:
        arguments = parser().parse_args()
        arguments.host = arguments.host.rstrip("/")
        if arguments.processes < 1:
            raise Unusable("--processes must be at least 1")
        find(arguments.profile)
        slo.load()
        before = summary_to_compare(arguments)
        check_host(arguments.host)
    except Unusable as error:
        error.end()
    command = locust_command(arguments, before)
    os.chdir(HERE.parent)  # Locust finds the package from there
    os.execv(command[0], command)  # noqa: S606 - signals are Locust's to handle


if __name__ == "__main__":
    main()
