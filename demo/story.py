"""The story: from an empty folder to a zero-downtime deployment and back."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field
from typing import Any

from demo.agent import Agent, StoryError
from demo.judging import Point, judge
from demo.scene import Scene
from demo.screen import Screen
from demo.traffic import Traffic

ENVIRONMENT = "staging"
GENERATED = ("terraform", "kubernetes", "ansible")
REFUSED = frozenset({"critical", "high", "medium"})
APP = "app/main.py"
HEALTHY = "async def answer(scope: Scope, receive: Receive) -> Response:\n"
BROKEN = (
    HEALTHY
    + '    if scope["path"] == "/" and perf_counter() * 1e6 % 10 < 3:\n        return Response(b"broken\\n", 500)\n'
)


@dataclass
class Story:
    """What happens, and what was counted while it did."""

    scene: Scene
    agent: Agent
    screen: Screen
    rate: int
    """Requests a second that are to be sent."""
    versions: dict[str, str] = field(default_factory=dict)
    proved: list[Point] = field(default_factory=list[Point])
    traffic: Traffic | None = None

    async def tell(self) -> None:
        """All of it, and what it proved. Raises StoryError where that is not all of what it must."""
        try:
            points = await self.points()
        finally:
            if self.traffic is not None:
                await self.traffic.clear()
        self.screen.summary(points)
        if missed := [point for point in points if not point.proved]:
            raise StoryError("; ".join(f"{point.what}: {point.how}" for point in missed))

    async def points(self) -> list[Point]:
        """All of it, in its order."""
        await self.create()
        await self.infrastructure()
        await self.first()
        self.traffic = await Traffic.start(self.scene, self.rate, self.versions["v1"])
        await self.second()
        await self.third()
        await self.fourth()
        await self.scale()
        await self.logs()
        await self.rollback()
        return [*self.proved, *judge(await self.traffic.stop(), self.versions["v3"], self.rate)]

    async def create(self) -> None:
        """A project from a template."""
        self.screen.chapter("An agent creates a project")
        tools = await self.agent.tools()
        self.screen.say(f"    kr8 gives the agent {len(tools)} tools: {', '.join(tools)}")
        names = ("development_port", "staging_port", "production_port")
        values = {name: str(port) for name, port in zip(names, self.scene.ports, strict=True)}
        made = await self.agent.call(
            "create_project", name="shop", directory=str(self.scene.project), template="web-service", values=values
        )
        self.screen.say(
            f"    {len(made['written'])} files in {made['path']}; environments {', '.join(made['environments'])}"
        )
        self.scene.commit("kr8.toml", 'bake = "10s"', 'bake = "4s"', "Bake staging shorter")
        # The machine of a demo may be busy with other things; a shop's would not be.
        promise = ('p99 = "500ms"', 'p99 = "2s"')
        self.versions["v1"] = self.scene.commit("kr8.toml", *promise, "Promise what a busy machine can keep")

    async def infrastructure(self) -> None:
        """Terraform, Kubernetes and Ansible from kr8.toml, validated before anything is deployed."""
        self.screen.chapter("Infrastructure code, generated from kr8.toml and validated")
        project = str(self.scene.project)
        made = 0
        for name in GENERATED:
            written = await self.agent.call(f"generate_{name}", project=project)
            made += sum(written["counts"].values())
            self.screen.say(f"    infra/{name}: {sum(written['counts'].values())} files")
        report = await self.agent.call("validate_infrastructure", project=project)
        while report["verdict"] == "running":
            report = await self.agent.call("validate_infrastructure", project=project)
        for each in report["checks"]:
            self.screen.say(f"    {each['checker']}: {each['state'].replace('_', ' ')}, {each['findings']} findings")
        for each in report["not_checked"]:
            self.screen.say(f"      {each['untrusted_why']}")
        refused = [each for each in report["findings"] if each["severity"] in REFUSED]
        worst = [f"{each['rule']} at {each['untrusted_place']}" for each in refused]
        if worst:
            raise StoryError(f"what kr8 generates has findings: {', '.join(worst)}")
        self.versions["v1"] = self.scene.commit_all("Generate infrastructure code")
        checked = sum(each["state"] == "checked" for each in report["checks"])
        unchecked = f", {len(report['not_checked'])} could not run here" if report["not_checked"] else ""
        how = f"{made} files, nothing above low found by {checked} checkers{unchecked}"
        self.proved.append(Point("infrastructure code generated and validated", how))

    async def first(self) -> None:
        """The first deployment: planned, then run by its digest."""
        self.screen.chapter("v1: the first deployment, planned and then run by its digest")
        planned = await self.agent.call(
            "create_deployment", project=str(self.scene.project), environment=ENVIRONMENT, reason="first release"
        )
        planned = await self.agent.until(planned["id"], lambda each: each["state"] != "planning")
        if planned["state"] != "planned":
            raise StoryError(f"the plan is {planned['state']}: {planned['problem']}")
        self.screen.say(f"    plan {planned['digest'][:16]}: {planned['touches']}")
        await self.agent.call("deploy_project", deployment=planned["id"], digest=planned["digest"])
        await self.agent.ended(planned["id"], "succeeded")
        self.proved.append(Point("project created and deployed", "create_project, create_deployment, deploy_project"))

    async def second(self) -> None:
        """A new version, blue-green, under load."""
        self.screen.chapter(f"v2: blue-green, while {self.rate:,} requests a second are to be sent, half of them POST")
        ended = await self._release(
            "v2", "GREETING = Response(json.dumps({", 'GREETING = Response(json.dumps({"v": 2, '
        )
        self.proved.append(Point("v2 deployed under load", "; ".join(ended["ledger"])))

    async def third(self) -> None:
        """A bad version, which goes back by itself."""
        self.screen.chapter("v3: fails 30% of its requests, and goes back by itself")
        version = self.scene.commit(APP, HEALTHY, BROKEN, "Break a third of the answers")
        self.versions["v3"] = version
        await self._allow()
        opened = await self._deploy("v3")
        ended = await self.agent.ended(opened["id"], "rolled_back")
        await self._expect("v2")
        self.screen.say(f"    {ended['problem']['code']}: {ended['problem']['why']}")
        evidence = ended["evidence"][0]
        self.screen.say(
            f"    evidence kept: {evidence['errors']} of {evidence['requests']} requests failed, {evidence['release']}"
        )
        self.proved.append(Point("v3 went back by itself", ended["problem"]["why"]))
        self.scene.git("revert", "--no-edit", "HEAD")

    async def fourth(self) -> None:
        """The daemon is killed in mid-deployment."""
        self.screen.chapter("v4: kr8 itself is killed in mid-deployment")
        version = self.scene.commit(APP, '"v": 2, ', '"v": 4, ', "Say version 4")
        self.versions["v4"] = version
        await self._allow()
        opened = await self._deploy("v4")
        await self.agent.until(opened["id"], lambda each: any(stage["name"] == "switch" for stage in each["stages"]))
        killed = self.scene.daemon()
        if killed is None:
            raise StoryError("there is no daemon to kill")
        os.kill(killed, signal.SIGKILL)
        began = time.monotonic()
        self.screen.say(f"    kill -9 {killed}, while the new version is being judged")
        ended = await self.agent.ended(opened["id"], "succeeded")
        took = time.monotonic() - began
        self.screen.say(f"    another daemon (pid {self.scene.daemon()}) finished it, {took:.1f} s after the kill")
        await self._expect("v4")
        self.proved.append(Point("kr8 killed in mid-deployment, and it went on", "; ".join(ended["ledger"])))

    async def scale(self) -> None:
        """Three instances instead of one."""
        self.screen.chapter("Scale to 3 instances")
        opened = await self.agent.call(
            "scale_deployment", project="shop", environment=ENVIRONMENT, service="web", instances=3
        )
        ended = await self.agent.ended(opened["id"], "succeeded")
        self.screen.say(f"    {ended['touches']}")
        self.proved.append(Point("scaled under load", ended["touches"]))

    async def logs(self) -> None:
        """One timeline of stages and output."""
        self.screen.chapter("Logs: stages and output in one timeline")
        shown = await self.agent.call("get_deployment_logs", project="shop", environment=ENVIRONMENT, limit=100)
        for line in shown["lines"][-4:]:
            mark = " (untrusted)" if line["untrusted"] else ""
            self.screen.say(f"    {line['at'][11:23]} {line['source']}: {line['text'][:90]}{mark}")
        self.proved.append(Point("logs read", f"{len(shown['lines'])} lines in one timeline"))

    async def rollback(self) -> None:
        """Back to what served before."""
        self.screen.chapter("Roll back to v2")
        await self._allow()
        opened = await self.agent.call("rollback_deployment", project="shop", environment=ENVIRONMENT, reason="demo")
        ended = await self.agent.ended(opened["id"], "succeeded")
        await self._expect("v2")
        self.proved.append(Point("rolled back under load", "; ".join(ended["ledger"])))

    async def _release(self, name: str, old: str, new: str) -> dict[str, Any]:
        self.versions[name] = self.scene.commit(APP, old, new, f"Say version {name}")
        await self._allow()
        opened = await self._deploy(name)
        ended = await self.agent.ended(opened["id"], "succeeded")
        await self._expect(name)
        return ended

    async def _deploy(self, name: str) -> dict[str, Any]:
        opened = await self.agent.call(
            "deploy_project", project=str(self.scene.project), environment=ENVIRONMENT, reason=f"release {name}"
        )
        self.screen.say(f"    {opened['id']}: {name} is {self.versions[name]}")
        return opened

    async def _allow(self) -> None:
        if self.traffic is not None:
            await self.traffic.tell("allow " + " ".join(self.versions.values()))

    async def _expect(self, name: str) -> None:
        """From now on every answer of another version is stale."""
        assert self.traffic is not None
        counted = await self.traffic.tell(f"expect {self.versions[name]}")
        self.screen.counted(counted)
