"""The site that `public` makes, built and asked over a real connection to this machine."""

from __future__ import annotations

import gzip
import http.client
import tempfile
import threading
import unittest
from pathlib import Path

from server.build import MissingError, build
from server.site import FOREVER, read_site
from server.web import VERSION, Server

PUBLIC = Path(__file__).resolve().parents[1] / "public"


class TheSite(unittest.TestCase):
    """What it answers."""

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        dist = Path(folder.name) / "dist"
        cls.names = build(PUBLIC, dist)
        (dist / "long.html").write_text("<p>again and again</p>" * 100)
        cls.server = Server(("127.0.0.1", 0), read_site(dist))
        cls.addClassCleanup(cls.server.server_close)
        threading.Thread(target=cls.server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        cls.addClassCleanup(cls.server.stop)

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=5)
        self.addCleanup(connection.close)
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, response.headers, response.read()

    def test_every_answer_names_the_version(self) -> None:
        for path in ("/", "/healthz", "/metrics", "/nowhere"):
            self.assertEqual(self.ask(path)[1]["X-App-Version"], VERSION)

    def test_every_page_names_assets_that_are_there(self) -> None:
        for page in ("/", "/404.html"):
            self.assertIn(self.names["/assets/style.css"].encode(), self.ask(page)[2])

    def test_an_asset_is_kept_for_ever_and_a_page_is_asked_for_again(self) -> None:
        status, headers, _ = self.ask(self.names["/assets/style.css"])
        self.assertEqual((status, headers["Cache-Control"]), (200, FOREVER))
        status, headers, _ = self.ask("/")
        self.assertEqual((status, headers["Cache-Control"]), (200, "no-cache"))
        status, _, again = self.ask("/", If_None_Match=headers["ETag"])
        self.assertEqual((status, again), (304, b""))

    def test_who_takes_it_gets_it_packed(self) -> None:
        _, plain, body = self.ask("/long.html")
        _, headers, packed = self.ask("/long.html", Accept_Encoding="gzip")
        self.assertNotIn("Content-Encoding", plain)
        self.assertEqual((headers["Content-Encoding"], gzip.decompress(packed)), ("gzip", body))

    def test_what_is_not_there_is_a_404_with_a_page_of_ours(self) -> None:
        for path in ("/nowhere", "/../server/web.py", "/%2e%2e/server/web.py", "//etc/passwd"):
            status, headers, body = self.ask(path)
            self.assertEqual((status, headers["Cache-Control"]), (404, "no-cache"))
            self.assertIn(b"Not found", body)

    def test_a_head_has_no_body(self) -> None:
        status, headers, body = self.ask("/", "HEAD")
        self.assertEqual((status, body), (200, b""))
        self.assertGreater(int(headers["Content-Length"]), 0)

    def test_requests_are_counted(self) -> None:
        self.ask("/")
        self.assertIn(b'app_requests_total{method="GET",status="200"}', self.ask("/metrics")[2])

    def test_other_methods_are_refused(self) -> None:
        self.assertEqual(self.ask("/", "POST")[0], 501)


class TheBuild(unittest.TestCase):
    """What it refuses."""

    def test_a_page_that_names_what_is_not_there(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            public = Path(folder) / "public"
            public.mkdir()
            (public / "index.html").write_text('<img src="/assets/logo.png">')
            with self.assertRaises(MissingError):
                build(public, Path(folder) / "dist")


if __name__ == "__main__":
    unittest.main()
