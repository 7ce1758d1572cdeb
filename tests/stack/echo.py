"""Takes the place of the service in a container: answers with what the balancer has sent."""

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Echo(BaseHTTPRequestHandler):
    """Tells the path and the headers of each request; `/gone` ends without an answer."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer any request."""
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        line = json.dumps({"method": self.command, "path": self.path})
        print(f"{line}\n", end="", flush=True)  # noqa: T201  # at once: other threads print, too
        if self.path.startswith("/gone"):
            self.close_connection = True
            return
        if self.path.startswith("/slow"):
            time.sleep(1)
        told = {"path": self.path, "headers": self.headers.items(), "length": len(body)}
        content = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Request-ID", self.headers["X-Request-ID"])  # as the service does
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Takes many connections."""

    request_queue_size = 1024
    daemon_threads = True


if __name__ == "__main__":
    Server(("", 8000), Echo).serve_forever()
