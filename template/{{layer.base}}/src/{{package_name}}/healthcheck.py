"""Ask this replica whether it lives, or with the argument ``/readyz`` whether it is ready."""

import os
import sys
from http.client import HTTPConnection, HTTPException

try:
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=1.5)
    path = sys.argv[1] if len(sys.argv) > 1 else "/healthz"
    connection.request("GET", path, headers={"Host": "localhost"})
    sys.exit(0 if connection.getresponse().status == 200 else 1)
except (OSError, HTTPException):
    sys.exit(1)
