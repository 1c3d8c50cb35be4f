"""What Antiphon weighs: import, start, memory, installed size. Prints figures; run ``uv run benchmarks/footprint.py``.

Everything is measured in fresh processes, medians of five. Installed size counts the files of ``antiphon[offline]`` and
of all that it needs, from the packages' own records.
"""

import asyncio
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROUNDS = 5


def import_ms() -> float:
    program = "import time; t = time.perf_counter(); import antiphon; print((time.perf_counter() - t) * 1000)"
    runs = [float(subprocess.check_output([sys.executable, "-c", program])) for _ in range(ROUNDS)]
    return statistics.median(runs)


async def start_server(directory: str) -> tuple[asyncio.subprocess.Process, str, float]:
    """The process, its address, and the seconds until it took calls."""
    environment = {**os.environ, "ANTIPHON_DATABASE_URL": f"sqlite:///{directory}/bench.db"}
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "antiphon.cli", "serve", "--port", "0", env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    while line := (await process.stdout.readline()).decode():
        if match := re.search(r"http://\S+", line):
            return process, match.group(0), time.perf_counter() - began
    raise RuntimeError("the server did not start")


def resident_mb(pid: int) -> tuple[float, float]:
    """Of the server, and of it with its worker processes, in MB (Linux)."""
    own = _rss(pid)
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own, own + sum(_rss(int(child)) for child in children)


def _rss(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found.group(1)) / 1024 if found else 0.0


async def server_figures() -> None:
    starts: list[float] = []
    own = total = 0.0
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as directory:
            process, _url, seconds = await start_server(directory)
            starts.append(seconds)
            await asyncio.sleep(1)
            own, total = resident_mb(process.pid)
            process.terminate()
            await process.wait()
    print(f"antiphon serve to ready       {statistics.median(starts) * 1000:8.0f} ms   (target 2000)")
    print(f"resident memory, idle         {own:8.0f} MB   ({total:.0f} MB with the offline workers)")


def closure(name: str, extras: set[str], seen: dict[str, Distribution]) -> None:
    """Everything that ``name[extras]`` needs on this machine, by normalised name."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return
    if key in seen and not extras:
        return
    seen[key] = found
    for text in found.requires or []:
        need = Requirement(text)
        environments = [{"extra": extra} for extra in extras or {""}]
        if need.marker is None or any(need.marker.evaluate(one) for one in environments):
            closure(need.name, set(need.extras), seen)


def installed() -> tuple[int, float]:
    seen: dict[str, Distribution] = {}
    closure("antiphon", {"offline"}, seen)
    size = 0
    for key, one in seen.items():
        for file in one.files or []:
            path = Path(str(one.locate_file(file)))
            if key != "antiphon" and path.is_file():
                size += path.stat().st_size
    own = Path(__file__).parents[1] / "src" / "antiphon"
    size += sum(path.stat().st_size for path in own.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return len(seen) - 1, size / 1e6


if __name__ == "__main__":
    print(f"import antiphon               {import_ms():8.0f} ms   (target 150)")
    asyncio.run(server_figures())
    packages, megabytes = installed()
    print(f"installed, with [offline]     {megabytes:8.0f} MB   (target 250), {packages} dependencies")
