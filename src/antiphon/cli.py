"""The command ``antiphon``. Owns its words and exit codes; what a command does lives below."""

import argparse
import logging
import sys
from collections.abc import Sequence

import antiphon
from antiphon.errors import AntiphonError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0 done, 1 could not, 2 not understood."""
    options = _parser().parse_args(arguments)
    try:
        faults = _faults(options)
    except KeyboardInterrupt:  # before the server listens to signals
        return 130
    for fault in faults:
        sys.stderr.write(f"antiphon: {fault}\n")
    return 1 if faults else 0


def _faults(options: argparse.Namespace) -> list[str]:
    """Run the command; gives what prevented it, in words."""
    faults: list[str] = []
    try:
        _serve(options)
    except* AntiphonError as group:
        faults = [str(error) for error in _leaves(group)]
    return faults


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("antiphon", description="Self-hosted realtime voice and video agents.")
    parser.add_argument("--version", action="version", version=f"antiphon {antiphon.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="serve an agent to browsers", description="Serve an agent to browsers.")
    serve.add_argument(
        "agent", nargs="?", metavar="AGENT", help="file.py:name or module:name; the built-in offline agent if left out"
    )
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    serve.add_argument("--port", type=_port, default=8000, help="port to listen on, 0 for any (default %(default)s)")
    serve.add_argument("--verbose", action="store_true", help="log what happens, not only what goes wrong")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: 0 to 65535")
    return int(text)


def _serve(options: argparse.Namespace) -> None:
    from antiphon.server.logs import show_logs
    from antiphon.settings import read_settings

    show_logs(logging.INFO if options.verbose else logging.WARNING)
    settings = read_settings()

    # The rest takes a second to import: a mistake in a setting is told before.
    from antiphon.server.loading import load_agent
    from antiphon.server.offline_agent import offline_agent
    from antiphon.server.running import run, run_server

    agent = load_agent(options.agent) if options.agent else offline_agent()

    def announce(url: str) -> None:
        sys.stdout.write(f"{agent.name} is ready: {url}\nStop with Ctrl+C.\n")
        sys.stdout.flush()

    run(run_server([agent], settings, options.host, options.port, announce))


def _leaves(group: BaseExceptionGroup[AntiphonError]) -> list[AntiphonError]:
    found: list[AntiphonError] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


if __name__ == "__main__":
    sys.exit(main())
