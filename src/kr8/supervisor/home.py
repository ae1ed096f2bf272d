"""Where things lie below KR8_HOME."""

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROBE_WORD = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Home:
    root: Path

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def supervisor(self) -> Path:
        return self.root / "supervisor"

    @property
    def socket(self) -> Path:
        return self.run / "supervisor.sock"

    @property
    def lock(self) -> Path:
        return self.run / "supervisor.lock"

    @property
    def state(self) -> Path:
        return self.supervisor / "state.json"

    @property
    def journal(self) -> Path:
        return self.supervisor / "journal.jsonl"

    @property
    def reserve(self) -> Path:
        return self.supervisor / "reserve"

    @property
    def instances(self) -> Path:
        return self.supervisor / "instances"

    @property
    def tasks(self) -> Path:
        return self.supervisor / "tasks"

    @property
    def daemon_log(self) -> Path:
        return self.root / "logs" / "daemon.log"

    @property
    def probe(self) -> Path:
        return self.supervisor / "probe"

    def probe_word(self) -> str:
        """The word by which the proxy knows kr8's own questions; made once, and read by the daemon.

        Made anew where it cannot be read. Where that cannot be written, kr8's questions are counted as traffic.
        """
        with suppress(OSError, ValueError):
            if _PROBE_WORD.fullmatch(found := self.probe.read_text()):
                return found
        word = os.urandom(16).hex()
        with suppress(OSError):
            new = self.probe.with_suffix(".new")
            new.touch(mode=0o600)
            new.write_text(word)
            new.replace(self.probe)
        return word

    @property
    def builds(self) -> Path:
        return self.root / "builds"

    def data(self, key: str) -> Path:
        """What a service keeps, by its key."""
        return self.root.joinpath("data", *key.split("."))

    def instance(self, name: str) -> Path:
        return self.instances / name

    def task(self, name: str) -> Path:
        return self.tasks / name

    def logs(self, key: str, instance: str) -> Path:
        return self.root / "logs" / key / f"{instance}.jsonl"

    def make(self) -> None:
        """Make the folders, for their owner only."""
        for folder in (self.root, self.run, self.supervisor, self.instances, self.tasks, self.root / "logs"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
