"""Ask this replica whether it lives, or with the argument ``/readyz`` whether it is ready."""

import os
import sys
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address


def address(host: str) -> str:
    """Return where to ask a service that listens at ``host``: an address that is one of many."""
    host = host.strip().strip("[]")
    try:
        ip = ip_address(host)
    except ValueError:  # a name
        return host
    if ip.is_unspecified:
        return "127.0.0.1" if ip.version == 4 else "::1"
    return host


def main() -> int:
    """Return the exit code: 0 if the answer is 200."""
    path = sys.argv[1] if len(sys.argv) > 1 else "/healthz"
    host = address(os.environ.get("HOST") or "127.0.0.1")
    port = int(os.environ.get("PORT") or "8000")
    try:
        connection = HTTPConnection(host, port, timeout=1.5)
        connection.request("GET", path, headers={"Host": "localhost"})
        return 0 if connection.getresponse().status == 200 else 1
    except (OSError, HTTPException):
        return 1


if __name__ == "__main__":
    sys.exit(main())
