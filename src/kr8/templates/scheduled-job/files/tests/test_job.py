"""What is removed, what stays, and how a run ends."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from job.tidy import DAY_S, tidy


class TheJob(unittest.TestCase):
    """On a folder of its own."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name)
        self.inbox = self.home / "inbox"
        self.inbox.mkdir()

    def file(self, name: str, days: float) -> Path:
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x" * 10)
        os.utime(path, (time.time() - days * DAY_S,) * 2)
        return path

    def test_what_is_old_is_removed_and_the_rest_stays(self) -> None:
        old, new = self.file("deep/old.txt", 31), self.file("new.txt", 29)
        cleared = tidy(self.inbox, 30)
        self.assertEqual((cleared.files, cleared.bytes, cleared.kept, cleared.failed), (1, 10, 1, ()))
        self.assertEqual((old.exists(), new.exists()), (False, True))

    def test_a_link_leads_it_nowhere(self) -> None:
        precious = self.home / "precious"
        precious.write_text("")
        os.utime(precious, (0, 0))
        (self.inbox / "link").symlink_to(precious)
        self.assertEqual(tidy(self.inbox, 30).files, 0)
        self.assertTrue(precious.exists())

    def test_a_second_run_finds_nothing_to_do(self) -> None:
        self.file("old.txt", 31)
        tidy(self.inbox, 30)
        self.assertEqual(tidy(self.inbox, 30).files, 0)

    def test_a_run_says_what_it_did(self) -> None:
        self.file("old.txt", 2)
        env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "KEEP_DAYS": "1", "KR8_VERSION": "abc123"}
        root = Path(__file__).resolve().parents[1]
        done = subprocess.run([sys.executable, "-m", "job"], cwd=root, env=env, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assertIn(b'"removed": 1', done.stdout)
        measured = (self.home / "job.prom").read_text()
        self.assertIn('app_info{version="abc123"} 1\n', measured)
        self.assertIn("job_files_removed 1\n", measured)


if __name__ == "__main__":
    unittest.main()
