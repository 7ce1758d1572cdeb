"""The page that shows the OpenAPI document to people: Swagger UI."""

from __future__ import annotations

import base64
import hashlib

from flask import Flask, Response
from markupsafe import escape

from .observability import SERVICE

CDN = "https://cdn.jsdelivr.net"
UI = f"{CDN}/npm/swagger-ui-dist@5"
START = "SwaggerUIBundle({url: '/openapi.json', dom_id: '#swagger-ui'})"

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>%s</title>
<link rel="stylesheet" href="%s/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="%s/swagger-ui-bundle.js"></script>
<script>%s</script>
</body>
</html>
"""

# The page's own policy: script and style come from a CDN; the line that starts it is known by its
# hash.
HASH = base64.b64encode(hashlib.sha256(START.encode()).digest()).decode()
POLICY = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data:; "
    f"script-src 'sha256-{HASH}' {CDN}; style-src 'unsafe-inline' {CDN}; frame-ancestors 'none'"
)


def install_docs(app: Flask) -> None:
    """Serve the page at ``/docs``."""

    @app.get("/docs")
    def docs() -> Response:
        page = PAGE % (escape(SERVICE), UI, UI, START)
        return Response(page, headers={"Content-Security-Policy": POLICY}, mimetype="text/html")
