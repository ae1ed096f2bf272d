"""A server of the standard library that speaks HTTP/1.1 and logs no request: what it still prints went wrong.

Run as `python quiet_service.py PORT FILE`; it adds a byte to the file for each request.
"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BODY = b"fine\n" * 14_000


class Handler(BaseHTTPRequestHandler):
    """Answers everything with the same text."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer, then note that it was asked."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)
        with Path(sys.argv[2]).open("ab") as file:
            file.write(b".")

    def log_message(self, *_: object) -> None:
        """No line a request."""


if __name__ == "__main__":
    print("serving", flush=True)
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
