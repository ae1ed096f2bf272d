"""Tasks go in, are worked on, fail, are tried again, and outlive a worker that dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from contextlib import AbstractContextManager
from pathlib import Path
from unittest import mock

from worker.loop import Loop
from worker.measures import Measures, alive
from worker.queue import ATTEMPTS, LEASE_S, Queue, Taken


class Case(unittest.TestCase):
    """A queue in a folder of its own."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data = Path(folder.name)
        self.queue = Queue(self.data / "queue.db")
        self.done: list[object] = []
        self.measures = Measures(self.data / "worker.prom", 'a"b')
        self.loop = Loop(self.queue, {"note": self.done.append, "fail": self.fail_at_once}, self.measures)

    @staticmethod
    def fail_at_once(arguments: object) -> None:
        raise RuntimeError("it does not work")

    def at(self, seconds: float) -> AbstractContextManager[object]:
        """The queue, so many seconds from now."""
        return mock.patch("worker.queue.time.time", return_value=time.time() + seconds)


class TheQueue(Case):
    """What it keeps."""

    def test_a_task_is_done_once(self) -> None:
        self.queue.add("note", {"a": 1})
        self.assertTrue(self.loop.step())
        self.assertFalse(self.loop.step())
        self.assertEqual(self.done, [{"a": 1}])
        self.assertEqual(self.queue.counts()["done"], 1)

    def test_what_fails_is_tried_again_after_a_pause_and_given_up_in_the_end(self) -> None:
        self.queue.add("fail", {})
        self.assertTrue(self.loop.step())
        self.assertFalse(self.loop.step(), "it waits")
        for attempt in range(1, ATTEMPTS):
            with self.at(1000.0 * attempt):
                self.assertTrue(self.loop.step())
        self.assertEqual(self.queue.counts()["failed"], 1)

    def test_a_task_that_nobody_knows_fails(self) -> None:
        self.queue.add("nothing", {})
        self.loop.step()
        self.assertIn('app_tasks_total{kind="nothing",result="retried"} 1', self.measures.text({}))

    def test_the_task_of_a_worker_that_died_is_taken_up_again(self) -> None:
        self.queue.add("note", {})
        dead = self.queue.take()
        self.assertIsNone(self.queue.take())
        with self.at(LEASE_S + 1):
            again = self.queue.take()
            assert isinstance(dead, Taken) and isinstance(again, Taken)
            self.queue.done(dead)
            self.assertEqual(self.queue.counts()["taken"], 1, "who lost the task changes nothing")
            self.queue.done(again)
        self.assertEqual(self.queue.counts()["done"], 1)

    def test_several_workers_never_have_the_same_task(self) -> None:
        for number in range(40):
            self.queue.add("note", {"n": number})
        workers = [threading.Thread(target=self.work_until_it_is_empty) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertEqual(len(self.done), 40)

    def work_until_it_is_empty(self) -> None:
        loop = Loop(Queue(self.data / "queue.db"), {"note": self.done.append}, self.measures)
        while loop.step():
            pass


class TheMeasures(Case):
    """What it shows."""

    def test_they_are_a_sign_of_life(self) -> None:
        self.assertFalse(alive(self.data / "worker.prom"))
        self.measures.beat(self.queue.counts())
        self.assertTrue(alive(self.data / "worker.prom"))
        text = (self.data / "worker.prom").read_text()
        self.assertIn('app_info{version="a\\"b"} 1', text)
        self.assertIn('app_queue_tasks{state="waiting"} 0', text)


class TheProcess(Case):
    """What it does with signals."""

    def test_it_finishes_the_task_that_is_begun_and_then_ends(self) -> None:
        self.queue.add("wait", {"seconds": 1})
        self.queue.add("greet", {})
        env = {**os.environ, "DATA": str(self.data)}
        root = Path(__file__).resolve().parents[1]
        command = [sys.executable, "-m", "worker", "work"]
        with subprocess.Popen(command, cwd=root, env=env, stdout=subprocess.PIPE) as process:
            deadline = time.monotonic() + 20
            while self.queue.counts()["taken"] == 0 and time.monotonic() < deadline:
                time.sleep(0.02)
            process.send_signal(signal.SIGTERM)
            output, _ = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(self.queue.counts(), {"waiting": 1, "taken": 0, "done": 1, "failed": 0})
        self.assertIn(b'"stopped"', output)


if __name__ == "__main__":
    unittest.main()
