"""`kr8 serve`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Callable

from kr8.bridge.starter import ALREADY_RUNNING
from kr8.settings import ALL, SettingError, Settings, read_settings
from kr8.surfaces.serve.daemon import Opening, run
from kr8.surfaces.serve.lock import AlreadyRunningError, hold
from kr8.surfaces.serve.scratch import settle
from kr8.surfaces.serve.sockets import Sockets


def main(arguments: list[str], load: Callable[[], Opening]) -> int:
    """Be the daemon of a home until told to end; the exit status.

    `load` imports the composition root and returns what opens the app.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = read_settings(os.environ, _flags(arguments))
        hold(settings.home)
        sockets = _opened(settings)
    except AlreadyRunningError as other:
        print(other, file=sys.stderr)
        return 1 if other.restores else ALREADY_RUNNING  # whoever waits for another daemon would wait in vain
    except SettingError as error:
        print(error, file=sys.stderr)
        return 2
    return _run(settings, sockets, load)


def _opened(settings: Settings) -> Sockets:
    """The sockets, first of all, and a place for what is for a moment only."""
    sockets = Sockets(settings.home, settings.listen)
    try:
        settle(settings.home)
    except SettingError:
        sockets.close()
        raise
    return sockets


def _run(settings: Settings, sockets: Sockets, load: Callable[[], Opening]) -> int:
    # What other distributions bring for pydantic is code, and would run here; to look for it costs 10 ms.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    # Relative names of whoever started it mean nothing here, and its directory must stay removable.
    os.chdir(settings.home.root)
    try:
        asyncio.run(run(settings, sockets, load))
    except Exception as error:
        _tell(error)
        return 1
    finally:
        sockets.close()
    return 0


def _tell(error: Exception) -> None:
    """Say why the daemon could not go on: in a few lines where it is known, with all that is known elsewhere."""
    from kr8.domain.problem import Refused  # noqa: PLC0415 - the sockets are open before models are imported
    from kr8.ports.target import TargetError  # noqa: PLC0415 - as above

    if not isinstance(error, Refused | TargetError):
        logging.getLogger(__name__).error("the daemon could not go on", exc_info=error)
        return
    problem = error.problem
    for word, text in (("error", problem.what), ("why", problem.why), ("next", problem.mend)):
        if text:
            print(f"{word}: {text}", file=sys.stderr)
    for line in problem.output:
        print(f"  | {line}", file=sys.stderr)


def _flags(arguments: list[str]) -> dict[str, str]:
    if not arguments:
        return {}
    parser = argparse.ArgumentParser(prog="kr8 serve", description="Run the daemon of KR8_HOME in the foreground.")
    flags = [setting.flag for setting in ALL if setting.flag is not None]
    for setting in ALL:
        if setting.flag is not None:
            parser.add_argument(setting.flag, help=f"{setting.text} Default: {setting.default_text}.", metavar="…")
    parsed = vars(parser.parse_args(arguments))
    return {flag: value for flag in flags if (value := parsed[flag.removeprefix("--")]) is not None}
