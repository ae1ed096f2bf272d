"""Deployments on fakes: how they go forward."""

from __future__ import annotations

from tests.fakes.target import Behaviour
from tests.support.house import AGENT, HEAD, SHOP, STAGING, WEB, House, ref
from tests.support.virtual import play

from kr8.domain.audit import Phase, broken_links
from kr8.domain.deployment import State
from kr8.domain.target import FailureCode

ROLLING = """\
[environments.staging]
strategy = { kind = "rolling", bake = "2s" }
listen = { web = "127.0.0.1:8001" }
"""
CANARY = """\
[environments.staging]
strategy = { kind = "canary", steps = [5, 25], hold = "5s", min_requests = 20, inconclusive = "INCONCLUSIVE" }
listen = { web = "127.0.0.1:8001" }
"""
SHOP_OF_THREE = """\
[services.db]
kind = "worker"
run = ["store"]
[services.api]
run = ["api", "{port}"]
needs = ["db"]
monitoring = { metrics = "/metrics" }
[services.web]
run = ["serve", "{port}"]
needs = ["api"]
monitoring = { metrics = "/metrics" }
[environments.staging]
strategy = { kind = "blue-green", bake = "2s" }
listen = { api = "127.0.0.1:8001", web = "127.0.0.1:8002" }
"""


def canary(inconclusive: str = "hold") -> str:
    return CANARY.replace("INCONCLUSIVE", inconclusive)


def test_the_first_deployment_starts_the_service_and_promotes_generation_one() -> None:
    async def story() -> None:
        house = House()
        done = await house.deploy()
        assert (done.state, done.generation, done.problem) == (State.SUCCEEDED, 1, None)
        assert house.serving() == {await house.version(): 2}
        assert [stage.name for stage in done.stages] == ["start"]
        assert all(stage.result == "done" and stage.ended_at for stage in done.stages)
        assert not house.crashes

    play(story())


def test_blue_green_keeps_the_old_release_warm_while_it_bakes_and_removes_it_after_promotion() -> None:
    async def story() -> None:
        house = House()
        house.target.rps = 100
        await house.deploy()
        old = await house.version()
        house.commit()
        running = await house.begin()
        await house.until(running, lambda found: any(stage.name == "switch" for stage in found.stages))
        await house.clock.sleep(1)
        assert set(house.serving().values()) == {2} and len(house.serving()) == 2
        done = await house.ended(running)
        assert done.state is State.SUCCEEDED
        new = await house.version()
        assert new != old and house.serving() == {new: 2}
        assert done.ledger[0].failed == 0 and done.ledger[0].requests > 50
        assert done.ledger[0].sentence().startswith("web: 0 of ")
        assert (await house.current()).generation == 2

    play(story())


def test_rolling_replaces_instances_in_one_stage() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, ROLLING)
        await house.deploy()
        done = await house.deploy()
        assert done.state is State.SUCCEEDED
        assert [stage.name for stage in done.stages] == ["roll"]
        assert house.serving() == {await house.version(): 2}

    play(story())


def test_a_canary_grows_step_by_step_while_every_gate_holds() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, canary())
        house.target.rps = 100
        await house.deploy()
        done = await house.deploy()
        assert done.state is State.SUCCEEDED, done.problem
        assert [stage.name for stage in done.stages] == ["warm", "5%", "25%", "100%"]
        traffic = [[share.traffic for share in desired.shares] for desired in house.target.told]
        assert [95, 5] in traffic and [75, 25] in traffic and [0, 100] in traffic

    play(story())


def test_a_canary_without_enough_traffic_is_held_until_it_comes() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, canary("hold"))
        await house.deploy()
        house.commit()
        running = await house.begin()
        await house.until(running, lambda found: any(stage.name == "5%" for stage in found.stages))
        await house.clock.sleep(60)
        assert (await house.get(running)).state is State.RUNNING
        shown = await house.call("get_deployment", deployment=running)
        assert shown["waits_for"].startswith("web, 5%: traffic: ")
        assert "of 20 wanted requests came, held until more come or somebody cancels" in shown["waits_for"]
        (line,) = (await house.call("list_deployments", active=True))["deployments"]
        assert line["waits_for"] == shown["waits_for"]
        house.target.rps = 1000
        assert (await house.ended(running)).state is State.SUCCEEDED
        assert (await house.call("get_deployment", deployment=running))["waits_for"] is None

    play(story())


def test_a_canary_whose_few_requests_were_slow_is_held_until_more_say_what_it_was() -> None:
    async def story() -> None:
        house = House(HEAD, WEB + 'slo = { p99 = "300ms" }\n', canary("hold"))
        house.target.rps = 20
        await house.deploy()
        version = house.commit()
        house.target.behaviours[version] = Behaviour(ms=900)
        running = await house.begin()
        await house.until(running, lambda found: any(stage.name == "5%" for stage in found.stages))
        await house.clock.sleep(1.5)
        house.target.behaviours[version] = Behaviour()
        await house.clock.sleep(60)
        shown = await house.call("get_deployment", deployment=running)
        assert shown["state"] == State.RUNNING, shown["problem"]
        assert "web, 5%: latency: p99 900 ms, 300 ms promised: " in shown["waits_for"]
        assert "too few to tell, held until more come or somebody cancels" in shown["waits_for"]
        house.target.rps = 1000
        assert (await house.ended(running)).state is State.SUCCEEDED

    play(story())


def test_a_canary_without_enough_traffic_goes_back_where_the_strategy_says_so() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, canary("back"))
        await house.deploy()
        old = await house.version()
        done = await house.deploy()
        assert done.state is State.ROLLED_BACK
        assert done.problem is not None and done.problem.code == "gate_traffic"
        assert "inconclusive" in done.problem.why
        assert house.serving() == {old: 2}

    play(story())


def test_a_release_that_fails_a_third_of_its_requests_goes_back_and_shows_its_evidence_and_ledger() -> None:
    async def story() -> None:
        house = House()
        house.target.rps = 200
        await house.deploy()
        old = await house.version()
        bad = house.commit()
        house.target.behaviours[bad] = Behaviour(errors=0.3)
        began = house.clock.monotonic()
        done = await house.do()
        assert done.state is State.ROLLED_BACK
        assert done.problem is not None and done.problem.code == "gate_errors"
        assert house.clock.monotonic() - began < 2, "the gate must not wait for the end of the bake"
        assert house.serving() == {old: 2}
        assert (await house.record()).generation == 1
        (evidence,) = done.evidence
        assert evidence.counters.errors > 0
        (line,) = done.ledger
        assert line.failed > 0 and set(line.failed_by_release) == {evidence.release}
        switch = next(stage for stage in done.stages if stage.name == "switch")
        assert switch.result.startswith("errors: ") and switch.ended_at is not None

    play(story())


def test_requests_that_fail_while_instances_are_still_being_replaced_count_too() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, ROLLING)
        await house.deploy()
        bad = house.commit()
        house.target.behaviours[bad] = Behaviour(ready_after=1)
        running = await house.begin()
        await house.until(running, lambda found: bool(found.stages))
        await house.clock.sleep(0.5)
        plan = (await house.get(running)).plan
        assert plan is not None and plan.services[0].release is not None
        house.target.feed(ref(), plan.services[0].release.id, requests=100, errors=50)
        assert (await house.ended(running)).state is State.ROLLED_BACK

    play(story())


def test_the_first_deployment_that_fails_leaves_nothing_and_ends_as_failed() -> None:
    async def story() -> None:
        house = House()
        bad = house.commit()
        house.target.behaviours[bad] = Behaviour(fails=FailureCode.EXITED)
        done = await house.do()
        assert done.state is State.FAILED
        assert done.problem is not None and done.problem.code == "exited"
        assert house.serving() == {}
        assert (await house.record()).current is None
        assert done.evidence[0].failure is not None
        assert done.stages[0].result.startswith("exited") and done.stages[0].ended_at is not None

    play(story())


def test_an_instance_that_ends_in_the_bake_sends_the_deployment_back() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        bad = house.commit()
        house.target.behaviours[bad] = Behaviour(fails=FailureCode.OUT_OF_MEMORY, fails_after=1.5)
        done = await house.do()
        assert done.state is State.ROLLED_BACK
        assert done.problem is not None and "out_of_memory" in done.problem.why

    play(story())


def test_a_release_that_says_it_is_another_version_is_not_promoted() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        bad = house.commit()
        house.target.behaviours[bad] = Behaviour(version="yesterday")
        done = await house.do()
        assert done.state is State.ROLLED_BACK
        assert done.problem is not None and done.problem.code == "wrong_version"
        assert done.problem.output == ("yesterday",) and "yesterday" not in f"{done.problem.what} {done.problem.why}"
        assert [gate.untrusted for stage in done.stages for gate in stage.gates if gate.untrusted] == ["yesterday"]

    play(story())


def test_every_way_an_instance_can_fail_has_a_code_of_its_own() -> None:
    async def story(code: FailureCode) -> None:
        house = House()
        await house.deploy()
        bad = house.commit()
        house.target.behaviours[bad] = Behaviour(fails=code)
        done = await house.do()
        assert done.state is State.ROLLED_BACK
        assert done.problem is not None and done.problem.code == code

    for code in FailureCode:
        play(story(code))


def test_a_service_without_monitoring_is_refused_and_told_how_to_declare_it() -> None:
    async def story() -> None:
        house = House(HEAD, WEB.replace('monitoring = { metrics = "/metrics" }\n', ""), STAGING)
        done = await house.deploy()
        assert done.state is State.FAILED
        assert done.problem is not None and done.problem.code == "monitoring_missing"
        assert "monitoring = { metrics" in done.problem.mend
        assert house.serving() == {}

    play(story())


def test_metrics_that_answer_with_an_error_send_the_deployment_back() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        house.target.behaviours[house.commit()] = Behaviour(metrics=404)
        done = await house.do()
        assert done.problem is not None and done.problem.code == "gate_monitoring"

    play(story())


def test_cancelling_in_the_middle_of_a_shift_goes_back_to_what_served() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        old = await house.version()
        house.commit()
        running = await house.begin()
        await house.until(running, lambda found: any(stage.name == "switch" for stage in found.stages))
        await house.call("cancel_deployment", deployment=running)
        done = await house.ended(running)
        assert done.state is State.CANCELLED
        assert house.serving() == {old: 2}
        assert (await house.record()).generation == 1
        assert all(stage.result != "running" for stage in done.stages)

    play(story())


def test_cancelling_while_an_instance_never_settles_does_not_wait_for_it() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        old = await house.version()
        house.target.behaviours[house.commit()] = Behaviour(hangs=True)
        running = await house.begin()
        await house.until(running, lambda found: bool(found.stages))
        await house.call("cancel_deployment", deployment=running)
        began = house.clock.monotonic()
        assert (await house.ended(running)).state is State.CANCELLED
        assert house.clock.monotonic() - began < 2
        assert house.serving() == {old: 2}

    play(story())


def test_a_cancel_that_comes_while_the_before_command_runs_is_not_overtaken_by_a_promotion() -> None:
    async def story() -> None:
        house = House(HEAD, WEB + 'before = { run = ["migrate"], reversible = true }\n', ROLLING.replace("2s", "0s"))
        await house.deploy()
        house.target.hook_seconds = 5
        house.commit()
        running = await house.begin()
        await house.until(running, lambda found: found.state is State.RUNNING)
        await house.clock.sleep(1)
        await house.call("cancel_deployment", deployment=running)
        assert (await house.ended(running)).state is State.CANCELLED
        assert (await house.record()).generation == 1

    play(story())


def test_what_is_promoted_cannot_be_cancelled_and_rollback_is_named() -> None:
    async def story() -> None:
        house = House()
        done = await house.deploy()
        problem = await house.refused("cancel_deployment", deployment=done.id)
        assert problem.code == "already_promoted" and "rollback" in problem.mend

    play(story())


def test_the_before_command_runs_once_before_the_first_instance() -> None:
    async def story() -> None:
        house = House(HEAD, WEB + 'before = { run = ["migrate"], reversible = true }\n', STAGING)
        done = await house.deploy()
        assert done.state is State.SUCCEEDED
        assert house.target.runs == [f"{done.id}-before-web"]

    play(story())


def test_a_before_command_that_fails_changes_nothing() -> None:
    async def story() -> None:
        from kr8.ports.target import Ran  # noqa: PLC0415

        house = House(HEAD, WEB + 'before = { run = ["migrate"], reversible = true }\n', STAGING)
        await house.deploy()
        old = await house.version()
        told = len(house.target.told)
        house.target.hooks[("migrate",)] = Ran(ok=False, how="exit code 3", lines=("no such table",))
        done = await house.deploy()
        assert done.state is State.ROLLED_BACK
        assert done.problem is not None and done.problem.code == "before_failed"
        assert done.problem.output == ("no such table",)
        assert house.serving() == {old: 2}
        assert all(old_desired.shares for old_desired in house.target.told[told:])
        assert (await house.record()).generation == 1

    play(story())


def test_services_that_need_each_other_start_in_order_and_are_promoted_together() -> None:
    async def story() -> None:
        house = House(HEAD, SHOP_OF_THREE)
        done = await house.deploy()
        assert done.state is State.SUCCEEDED, done.problem
        assert [desired.service.name for desired in house.target.told] == ["db", "api", "web"]
        assert [release.name for release in (await house.current()).releases] == ["db", "api", "web"]

    play(story())


def test_when_the_last_of_several_services_fails_all_go_back_in_reverse() -> None:
    async def story() -> None:
        house = House(HEAD, SHOP_OF_THREE)
        await house.deploy()
        before = await house.current()
        house.target.behaviours["web"] = Behaviour(fails=FailureCode.FLAPS)
        house.target.behaviours[(await house.version()) or ""] = Behaviour()
        told = len(house.target.told)
        done = await house.deploy()
        assert done.state is State.ROLLED_BACK, done.problem
        assert await house.current() == before
        names = [desired.service.name for desired in house.target.told[told:]]
        assert names[-3:] == ["web", "api", "db"]
        assert {house.serving(name).popitem()[0] for name in ("db", "api", "web")} == {before.releases[0].version()}

    play(story())


def test_a_job_is_done_when_it_has_ended_and_a_worker_takes_no_traffic() -> None:
    async def story() -> None:
        house = House(
            HEAD,
            '[services.mail]\nkind = "worker"\nrun = ["mail"]\n[services.import]\nkind = "job"\nrun = ["import"]\n',
            '[environments.staging]\nstrategy = { kind = "blue-green" }\n',
        )
        house.target.behaviours["import"] = Behaviour(ends=True)
        for _ in range(2):
            done = await house.deploy()
            assert done.state is State.SUCCEEDED, done.problem
            assert done.ledger == ()
        assert list(house.serving("mail").values()) == [1]

    play(story())


def test_a_service_that_kr8_toml_no_longer_declares_is_removed_after_promotion() -> None:
    async def story() -> None:
        house = House(HEAD, SHOP_OF_THREE)
        await house.deploy()
        house.toml = HEAD + SHOP_OF_THREE.replace('[services.db]\nkind = "worker"\nrun = ["store"]\n', "").replace(
            'needs = ["db"]\n', ""
        )
        done = await house.deploy()
        assert done.state is State.SUCCEEDED, done.problem
        assert house.serving("db") == {}
        assert [release.name for release in (await house.current()).releases] == ["api", "web"]

    play(story())


def test_the_same_commit_deployed_again_changes_nothing_that_runs() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        told = len(house.target.told)
        done = await house.do()
        assert done.state is State.SUCCEEDED
        assert len(house.target.told) == told

    play(story())


def test_a_plan_is_made_shown_and_run_by_its_digest() -> None:
    async def story() -> None:
        house = House()
        house.commit()
        await house.engine.now.start()
        view = await house.call("create_deployment", AGENT, environment="staging", wait_s=20)
        assert view["state"] == "planned" and view["digest"]
        assert house.target.told == []
        wrong = await house.refused("deploy_project", AGENT, deployment=view["id"], digest="0" * 64)
        assert wrong.code == "digest_mismatch"
        await house.call("deploy_project", AGENT, deployment=view["id"], digest=view["digest"])
        assert (await house.ended(view["id"])).state is State.SUCCEEDED
        again = await house.call("deploy_project", AGENT, deployment=view["id"], digest=view["digest"])
        assert again["state"] == "succeeded" and (await house.record()).generation == 1

    play(story())


def test_every_deployment_leaves_an_audit_that_holds() -> None:
    async def story() -> None:
        house = House()
        done = await house.deploy()
        rows = await house.audit.rows()
        assert not list(broken_links(rows))
        assert [row.phase for row in rows] == [Phase.INTENT, Phase.OUTCOME, Phase.NOTE]
        assert rows[-1].operation == "promote" and rows[-1].call == done.id
        assert rows[-1].subject == f"{SHOP}.staging"

    play(story())


def test_builds_scans_and_secrets_that_are_not_right_change_nothing() -> None:
    async def story() -> None:
        from kr8.domain.finding import Finding, Severity  # noqa: PLC0415
        from kr8.domain.problem import Problem  # noqa: PLC0415

        house = House(HEAD, WEB + 'secrets = ["DATABASE_URL"]\n', STAGING)
        missing = await house.deploy()
        assert missing.problem is not None and missing.problem.code == "secret_missing"
        assert "kr8 secret set DATABASE_URL" in missing.problem.mend
        await house.secrets.set(SHOP, "staging", "DATABASE_URL", "postgres://u:p@h/d", "ada")
        house.commit()
        head = house.repositories.snapshots[next(iter(house.repositories.snapshots))][-1].commit.id
        leak = Finding(rule="secret_in_files", severity=Severity.CRITICAL, what="A key is in app.py.", place="app.py:1")
        house.scanner.findings[head] = (leak,)
        scanned = await house.do()
        assert scanned.problem is not None and scanned.problem.code == "secret_in_files"
        house.builder.failures["web"] = Problem(code="build_failed", what="It failed.", output=("no space",))
        unbuilt = await house.deploy()
        assert unbuilt.problem is not None and unbuilt.problem.code == "build_failed"
        assert {missing.state, scanned.state, unbuilt.state} == {State.FAILED}
        assert house.target.told == [] and (await house.record()).generation == 0
        house.builder.failures.clear()
        done = await house.deploy()
        assert done.state is State.SUCCEEDED
        assert list(house.secrets.sealed.values()) == [{"DATABASE_URL": "postgres://u:p@h/d"}]

    play(story())
