"""The demo's load: a process of its own that sends requests to 127.0.0.1 and checks each answer.

    python demo/load.py --url http://127.0.0.1:8000/ --rate 1200 --seconds 90 --report load.json --control -

Half the requests are POSTs whose body must come back; the text that answers a GET must name the version that the header
names. A tenth use a new connection. With `--control -` it reads lines:

    allow v1 v2          answers of these versions are right; nothing is stale
    expect v2 [from N]   the switch is complete: an older version's answer to request N (now, if none) or later is stale
    mark NAME            note the counters so far under a name
    stop                 end, as SIGTERM and the end of the input do

Each line is answered by one JSON line on standard output; the last line there is the summary.
"""

import argparse
import asyncio
import json
import math
import os
import signal
import ssl
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HOST = "127.0.0.1"
PORTS = {"http": 80, "https": 443}
MAX_RATE, MAX_SECONDS, MAX_CONNECTIONS, MAX_BODY = 5000, 600, 256, 1 << 20
NEW_CONNECTION_EVERY = 10
EXAMPLES = 20
STEP = math.log(1.02)  # a histogram bucket is 2% wide
BROKEN = (ConnectionResetError, BrokenPipeError, asyncio.IncompleteReadError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    version: str
    body: bytes
    keep: bool


@dataclass(slots=True)
class Expectation:
    """Which versions are right now, and since which request an older one is stale."""

    allowed: frozenset[str] = frozenset()
    current: str = ""
    since: int = 0

    def allow(self, versions: Sequence[str]) -> None:
        """Any of these is right."""
        self.allowed, self.current = frozenset(versions), ""

    def expect(self, version: str, since: int) -> None:
        """From a request on only this one is right; others that were allowed are stale."""
        self.allowed, self.current, self.since = self.allowed | {version}, version, since

    def judge(self, number: int, version: str) -> str:
        """`right`, `stale` or `unknown`."""
        if self.allowed and version not in self.allowed:
            return "unknown"
        return "stale" if self.current and number >= self.since and version != self.current else "right"


class Histogram:
    """Latencies in buckets of 2%, and the exact maximum."""

    def __init__(self) -> None:
        self.buckets: Counter[int] = Counter()
        self.max_ms = 0.0

    def add(self, seconds: float) -> None:
        """Count one latency."""
        ms = seconds * 1000
        self.max_ms = max(self.max_ms, ms)
        self.buckets[math.ceil(math.log(max(ms, 0.001)) / STEP)] += 1

    def percentile(self, share: float) -> float:
        """The latency that this share of the answers did not exceed."""
        left = math.ceil(sum(self.buckets.values()) * share)
        for bucket in sorted(self.buckets):
            left -= self.buckets[bucket]
            if left <= 0:
                return round(min(math.exp(bucket * STEP), self.max_ms), 3)
        return 0.0

    def summary(self) -> dict[str, float]:
        """What a report shows."""
        return {"p50": self.percentile(0.5), "p99": self.percentile(0.99), "max": round(self.max_ms, 3)}


@dataclass
class Tally:
    """All that was counted. An error that the service stamped with its version is its own, and counted apart."""

    begun: float = field(default_factory=time.monotonic)
    totals: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    versions: dict[str, Counter[str]] = field(default_factory=dict)
    seconds: dict[int, Counter[str]] = field(default_factory=dict)
    latency: Histogram = field(default_factory=Histogram)
    marks: list[dict[str, Any]] = field(default_factory=list)
    examples: list[dict[str, Any]] = field(default_factory=list)

    def count(self, outcome: str, version: str = "") -> None:
        """Count one request: `ok`, `failed`, `stale` or `errors_5xx`."""
        second = self.seconds.setdefault(int(time.monotonic() - self.begun), Counter())
        self.totals[outcome] += 1
        second[outcome] += 1
        if version:
            self.versions.setdefault(version, Counter())[outcome] += 1
            second[f"version {version}"] += 1

    def fail(self, number: int, kind: str, detail: str, version: str = "") -> None:
        """Count one failure, and keep the first few whole."""
        self.kinds[kind] += 1
        self.count("failed", version)
        self.keep(number, kind, detail)

    def keep(self, number: int, kind: str, detail: str) -> None:
        """Keep an example."""
        if len(self.examples) < EXAMPLES:
            at = round(time.monotonic() - self.begun, 3)
            self.examples.append({"request": number, "at_s": at, "kind": kind, "detail": detail})

    def so_far(self) -> dict[str, int]:
        """The four outcomes and their sum."""
        outcomes = {name: self.totals[name] for name in ("ok", "failed", "stale", "errors_5xx")}
        return {"requests": sum(outcomes.values()), **outcomes}

    def rate(self) -> float:
        """Requests a second so far."""
        return round(self.so_far()["requests"] / max(time.monotonic() - self.begun, 1e-9), 1)

    def report(self) -> dict[str, Any]:
        """The whole, for a machine."""
        return {
            **self.so_far(),
            "seconds": round(time.monotonic() - self.begun, 3),
            "rate": self.rate(),
            "failed_by_kind": dict(self.kinds),
            "posts": self.totals["posts"],
            "connections_opened": self.totals["connections"],
            "by_version": {name: dict(counts) for name, counts in sorted(self.versions.items())},
            "latency_ms": self.latency.summary(),
            "per_second": [{"second": second, **counts} for second, counts in sorted(self.seconds.items())],
            "marks": self.marks,
            "examples": self.examples,
        }

    def line(self) -> str:
        """The whole, for a person."""
        report = self.report()
        own = ", ".join(
            f"{name} {counts['errors_5xx']}" for name, counts in self.versions.items() if counts["errors_5xx"]
        )
        latency = report["latency_ms"]
        return (
            f"{report['requests']} requests in {report['seconds']:.1f} s ({report['rate']:.0f}/s): "
            f"{report['failed']} failed, {report['stale']} stale, services' own errors: {own or 'none'}; "
            f"p50 {latency['p50']:.1f} ms, p99 {latency['p99']:.1f} ms, max {latency['max']:.1f} ms"
        )


class Client:
    """One connection after the other to the service."""

    def __init__(self, port: int, path: str, header: str, tally: Tally, trust: ssl.SSLContext | None) -> None:
        self.port, self.tally, self.trust = port, tally, trust
        self.header = header.lower().encode()
        self.head = f"{path} HTTP/1.1\r\nHost: {HOST}:{port}\r\n".encode()
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, body: bytes | None) -> Answer:
        """Send one request and read its answer."""
        if self.streams is None:
            self.streams = await asyncio.open_connection(HOST, self.port, limit=MAX_BODY, ssl=self.trust)
            self.tally.totals["connections"] += 1
        reader, writer = self.streams
        if body is None:
            writer.write(b"GET " + self.head + b"\r\n")
        else:
            sizes = b"Content-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body)
            writer.write(b"POST " + self.head + sizes + body)
        return await read_answer(reader, self.header)

    def close(self) -> None:
        """Leave the connection; the next request opens another."""
        if self.streams:
            self.streams[1].close()
        self.streams = None


async def read_answer(reader: asyncio.StreamReader, version_header: bytes) -> Answer:
    """Read one HTTP/1.1 answer whole."""
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head[:-4].split(b"\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
        body = b"".join([chunk async for chunk in chunks(reader)])
    else:
        body = await reader.readexactly(min(int(headers.get(b"content-length", b"0")), MAX_BODY))
    keep = headers.get(b"connection", b"").lower() != b"close"
    return Answer(int(first.split()[1]), headers.get(version_header, b"").decode("latin-1"), body, keep)


async def chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """The chunks of a chunked body."""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        yield (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")


class Load:
    """Workers that share one schedule: request n is due at n / rate, whoever is free sends it."""

    def __init__(self, options: argparse.Namespace, tally: Tally) -> None:
        self.options, self.tally = options, tally
        self.expectation = Expectation(frozenset(options.allow))
        self.stopping = asyncio.Event()
        self.next = 0

    async def run(self) -> None:
        """Send until the time is over or somebody says stop."""
        self.tally.begun = time.monotonic()
        await asyncio.gather(*(self.work() for _ in range(self.options.connections)))

    async def work(self) -> None:
        """One connection's share of the schedule."""
        url = self.options.target
        port = url.port or PORTS[url.scheme]
        client = Client(port, url.path or "/", self.options.version_header, self.tally, self.options.trust)
        total = self.options.rate * self.options.seconds
        while not self.stopping.is_set() and (number := self.next) < total:
            self.next = number + 1
            await self.until(self.tally.begun + number / self.options.rate)
            if self.stopping.is_set():
                break
            if number % NEW_CONNECTION_EVERY == 0:
                client.close()
            await self.send(client, number)
        client.close()

    async def until(self, due: float) -> None:
        """Sleep until a request is due, or somebody says stop."""
        while (wait := due - time.monotonic()) > 0 and not self.stopping.is_set():
            await asyncio.sleep(min(wait, 0.2))

    async def send(self, client: Client, number: int) -> None:
        """One request, its answer judged."""
        body = b"kr8 load %d" % number if number % 2 else None
        self.tally.totals["posts"] += body is not None
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self.options.timeout):
                answer = await client.ask(body)
        except (OSError, EOFError, TimeoutError, ValueError, IndexError, asyncio.LimitOverrunError) as error:
            client.close()
            self.tally.fail(number, kind_of(error), repr(error))
            return
        self.tally.latency.add(time.monotonic() - begun)
        if not answer.keep:
            client.close()
        self.judge(number, body, answer)

    def judge(self, number: int, body: bytes | None, answer: Answer) -> None:
        """Status, version and body of an answer."""
        verdict = self.expectation.judge(number, answer.version)
        if verdict == "stale":
            self.tally.count("stale", answer.version)
            self.tally.keep(number, "stale", f"{answer.version} instead of {self.expectation.current}")
        elif answer.status >= 500 and answer.version and verdict == "right":
            self.tally.count("errors_5xx", answer.version)
        elif not 200 <= answer.status < 300:
            self.tally.fail(number, "status", str(answer.status), answer.version)
        elif verdict == "unknown":
            self.tally.fail(number, "version", answer.version or "no version", answer.version)
        elif (answer.version.encode() if body is None else body) not in answer.body:
            self.tally.fail(number, "body", repr(answer.body[:80]), answer.version)
        else:
            self.tally.count("ok", answer.version)

    def obey(self, line: str) -> dict[str, Any]:
        """Carry out a control line; returns what to answer."""
        match line.split():
            case ["allow", *versions] if versions:
                self.expectation.allow(versions)
            case ["expect", version]:
                self.expectation.expect(version, self.next)
            case ["expect", version, "from", number] if number.isdecimal():
                self.expectation.expect(version, int(number))
            case ["mark", name]:
                self.tally.marks.append({"name": name, "next": self.next, **self.tally.so_far()})
            case ["stop"]:
                self.stopping.set()
            case _:
                return {"refused": line.strip(), "known": "allow V…, expect V [from N], mark NAME, stop"}
        return {"done": line.strip(), "next": self.next, "rate": self.tally.rate(), **self.tally.so_far()}


def kind_of(error: Exception) -> str:
    """The kind of a failure, by its exception."""
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, TimeoutError):
        return "timeout"
    return "reset" if isinstance(error, BROKEN) else "malformed" if isinstance(error, ValueError) else "other"


def control(load: Load, loop: asyncio.AbstractEventLoop) -> None:
    """Obey lines until the input ends; whoever held the other end is gone then, so the load ends too.

    A thread, since an event loop cannot wait for every kind of input; unbuffered, since it may still read at the end.
    """
    waiting = b""
    while piece := os.read(sys.stdin.fileno(), 4096):
        *lines, waiting = (waiting + piece).split(b"\n")
        for line in lines:
            loop.call_soon_threadsafe(
                lambda text: print(json.dumps(load.obey(text)), flush=True), line.decode(errors="replace")
            )
    loop.call_soon_threadsafe(load.stopping.set)


async def progress(tally: Tally) -> None:
    """One line a second, for a person."""
    while True:
        await asyncio.sleep(1)
        second = int(time.monotonic() - tally.begun) - 1
        counts = tally.seconds.get(second, Counter())
        versions = "  ".join(f"{name[8:]} {n}" for name, n in sorted(counts.items()) if name.startswith("version "))
        rate = sum(counts[name] for name in ("ok", "failed", "stale", "errors_5xx"))
        totals = f"failed {tally.totals['failed']}  stale {tally.totals['stale']}"
        print(f"{second + 1:4} s  {rate:5} req/s  {versions}  {totals}", file=sys.stderr, flush=True)


async def generate(options: argparse.Namespace) -> Tally:
    """Run the load with its control and progress beside it."""
    load = Load(options, Tally())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, load.stopping.set)
    if options.control:
        threading.Thread(target=control, args=(load, loop), daemon=True).start()
    watch = asyncio.create_task(progress(load.tally)) if options.progress else None
    await load.run()
    if watch:
        watch.cancel()
    return load.tally


def trusting(file: str) -> ssl.SSLContext:
    """Trust the certificates of a file, and no others."""
    return ssl.create_default_context(cafile=file)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command line, every number bounded."""
    parser = argparse.ArgumentParser(description="Load for the demo, to 127.0.0.1 only.")
    parser.add_argument(
        "--url", required=True, help="http://127.0.0.1:PORT/PATH: echoes what is posted, names its version"
    )
    parser.add_argument("--rate", type=int, default=1200, help=f"requests a second, at most {MAX_RATE}")
    parser.add_argument("--seconds", type=float, default=90, help=f"at most {MAX_SECONDS}")
    parser.add_argument("--until-signal", action="store_true", help=f"until SIGTERM, at most {MAX_SECONDS} s")
    parser.add_argument("--connections", type=int, default=32, help=f"at most {MAX_CONNECTIONS}")
    parser.add_argument("--timeout", type=float, default=5.0, help="seconds for one answer")
    parser.add_argument("--allow", action="append", default=[], metavar="VERSION", help="a right version; none: any")
    parser.add_argument("--trust", type=trusting, metavar="PEM", help="certificates; the address is https:// then")
    parser.add_argument("--version-header", default="x-app-version")
    parser.add_argument("--control", choices=["-"], help="obey lines on standard input")
    parser.add_argument("--report", type=Path, help="where the JSON report goes")
    parser.add_argument("--progress", action="store_true", help="a line a second on standard error")
    options = parser.parse_args(argv)
    options.target = urlsplit(options.url)
    scheme = "https" if options.trust else "http"
    if options.target.scheme != scheme or options.target.hostname != HOST:
        parser.error(f"only {scheme}://{HOST}:PORT/ is ever a target")
    options.seconds = MAX_SECONDS if options.until_signal else options.seconds
    limits = {"rate": MAX_RATE, "seconds": MAX_SECONDS, "connections": MAX_CONNECTIONS, "timeout": 60}
    for name, limit in limits.items():
        if not 0 < getattr(options, name) <= limit:
            parser.error(f"--{name} must be above 0 and at most {limit}")
    return options


def main(argv: Sequence[str]) -> int:
    """Run, report, and say it in one line; 1 if anything failed or was stale."""
    options = parse(argv)
    tally = asyncio.run(generate(options))
    if options.report:
        fresh = options.report.with_name(f"{options.report.name}.part")
        fresh.write_text(json.dumps(tally.report(), indent=1) + "\n")
        fresh.replace(options.report)
    print(tally.line(), flush=True)
    return 1 if tally.totals["failed"] or tally.totals["stale"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
