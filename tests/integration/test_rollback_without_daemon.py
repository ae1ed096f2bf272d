"""The server is gone: the command line rolls back on the machine that runs the services, and no request fails."""

from pathlib import Path

from tests.integration.supervisor_rig import ENVIRONMENT, KEY, Rig, load, share
from tests.support.command_line import CommandLine

from kr8.supervisor.wire import PutPromoted


def test_a_rollback_with_the_daemon_gone_brings_back_the_release_before_under_load(tmp_path: Path) -> None:
    home = tmp_path / "home"
    # Where its lock cannot be made, no daemon can be started.
    (home / "run" / "start.lock").mkdir(parents=True)
    (tmp_path / "kr8.toml").write_text('[project]\nname = "shop"\nid = "shop"\n[environments.production]\n')
    kr8 = CommandLine(home, tmp_path)
    with Rig(home).start() as rig:
        for generation, release in ((1, "v1"), (2, "v2")):
            rig.converge(share(release, 2))
            promoted = PutPromoted(1, generation, release, {KEY: rig.desired(share(release, 2))})
            rig.ask("PUT", f"/v1/environments/{ENVIRONMENT}/promoted", promoted)
        with load(rig.port) as traffic:
            before = kr8.run("status")
            done = kr8.run("rollback", "production")
        after = kr8.run("status", "--json")
        serves = [each.release for each in rig.observed().shares if each.instances]
    assert done.code == 0, done.out + done.error
    assert f"{ENVIRONMENT} serves generation 1 (v1) again." in done.out
    assert serves == ["v1"]
    assert "production   2           v2" in before.out
    assert after.value["environments"][0]["promoted"][-1]["withdrawn"]
    assert (traffic.failures, traffic.refused) == ([], [])
