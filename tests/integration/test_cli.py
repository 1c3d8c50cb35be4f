"""``antiphon`` as people run it. A mistake gets one sentence and an exit code, never a traceback."""

import asyncio
import signal
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import antiphon
from tests.integration.serving import FOR_LONG, prepared, run, serving, started

SERVE = ("serve", "shop.py:agent", "--port", "0")


async def test_the_version(tmp_path: Path) -> None:
    done = await run(tmp_path, "--version")
    assert (done.code, done.out, done.err) == (0, f"antiphon {antiphon.__version__}\n", "")


async def test_the_help_names_the_commands_and_their_options(tmp_path: Path) -> None:
    assert "serve" in (await run(tmp_path, "--help")).out
    shown = await run(tmp_path, "serve", "--help")
    assert shown.code == 0
    assert all(word in shown.out for word in ("AGENT", "--host", "--port", "--verbose", "127.0.0.1", "8000"))


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((), "COMMAND"),
        (("fly",), "fly"),
        (("serve", "--fly"), "--fly"),
        (("serve", "--port", "x"), "'x' is not a port"),
        (("serve", "--port", "-1"), "--port"),
        (("serve", "--port", "65536"), "'65536' is not a port"),
    ],
)
async def test_a_command_that_makes_no_sense(tmp_path: Path, arguments: tuple[str, ...], word: str) -> None:
    done = await run(tmp_path, *arguments)
    assert done.code == 2
    assert word in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("reference", "word"), [("nope.py:agent", "no file nope.py"), ("broken.py:agent", "broken.py, line 2")]
)
async def test_an_agent_that_cannot_be_loaded(tmp_path: Path, reference: str, word: str) -> None:
    (tmp_path / "broken.py").write_text("x = 1\ndef (:\n", "utf-8")
    done = await run(tmp_path, "serve", reference)
    assert done.code == 1
    assert word in done.said


async def test_the_whole_traceback_of_an_agent_s_code_is_there_for_who_asks(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import os\nos.environ['NO_SUCH_KEY']\n", "utf-8")
    plain = await run(tmp_path, "serve", "broken.py:agent")
    assert "KeyError: 'NO_SUCH_KEY'" in plain.said
    verbose = await run(tmp_path, "serve", "broken.py:agent", "--verbose")
    assert (plain.code, verbose.code) == (1, 1)
    assert "Traceback" in verbose.err


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("max_sessions", "many", "ANTIPHON_MAX_SESSIONS"),
        ("ice_servers", "hunter2", "ANTIPHON_ICE_SERVERS"),
        ("database_url", "hunter2", "not a URL"),
        ("database_url", "mysql://ada:hunter2@db/x", "mysql"),
        ("static_dir", "/nowhere", "/nowhere/index.html (ANTIPHON_STATIC_DIR)"),
    ],
)
async def test_a_setting_that_is_wrong(tmp_path: Path, name: str, value: str, word: str) -> None:
    done = await run(tmp_path, *SERVE, **{name: value})
    assert done.code == 1
    assert word in done.said
    assert "hunter2" not in done.err


async def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = await run(tmp_path, "serve", "shop.py:agent", "--port", port)
    assert done.code == 1
    assert f"127.0.0.1 port {port}" in done.said
    assert "in use" in done.said


class TestDatabase:
    async def test_a_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("", "utf-8")
        done = await run(tmp_path, *SERVE, database_url=f"sqlite:///{tmp_path}/file/antiphon.db")
        assert done.code == 1
        assert f"{tmp_path}/file/antiphon.db" in done.said

    async def test_a_file_that_cannot_be_written(self, tmp_path: Path) -> None:
        async with serving(tmp_path) as server:
            await server.stopped()
        path = tmp_path / "antiphon.db"
        done = await run(tmp_path, *SERVE, database_url=f"sqlite:///file:{path}?mode=ro&uri=true")
        assert done.code == 1
        assert "readonly" in done.said

    async def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        (tmp_path / "antiphon.db").write_text("Dear diary, " * 200, "utf-8")
        done = await run(tmp_path, *SERVE)
        assert done.code == 1
        assert "not a database" in done.said
        assert (tmp_path / "antiphon.db").read_text("utf-8") == "Dear diary, " * 200

    async def test_a_database_of_a_newer_version(self, tmp_path: Path) -> None:
        async with serving(tmp_path) as server:
            await server.stopped()
        with closing(sqlite3.connect(tmp_path / "antiphon.db")) as database:
            database.execute("UPDATE alembic_version SET version_num = '9999'")
            database.commit()
        done = await run(tmp_path, *SERVE)
        assert done.code == 1
        assert "newer version" in done.said


class TestServing:
    async def test_the_address_is_told_once_and_answers_at_once(self, tmp_path: Path) -> None:
        async with serving(tmp_path) as server, server.client() as client:
            assert (await client.get("/api/ready")).status_code == 200
            assert "Antiphon" in (await client.get("/")).text
            done, _ = await server.stopped()
        whole = server.announced + done.out
        assert whole.count("http") == 1
        assert whole == f"Scripted is ready: {server.url}\nStop with Ctrl+C.\n"
        assert (done.code, done.err) == (0, "")

    async def test_an_address_of_the_newer_kind(self, tmp_path: Path) -> None:
        async with serving(tmp_path, "--host", "::1") as server, server.client() as client:
            assert server.url.startswith("http://[::1]:")
            assert (await client.get("/api/health")).status_code == 200

    @pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
    async def test_a_signal_ends_it_well_with_a_reader_and_a_session(self, tmp_path: Path, by: signal.Signals) -> None:
        async with serving(tmp_path) as server, server.client() as client:
            made = (await client.post("/api/realtime/session", json={})).json()
            events = f"/api/conversations/{made['conversation_id']}/events"
            async with client.stream("GET", events) as stream:
                lines = stream.aiter_lines()
                assert (await anext(lines)).startswith("data: ")
                done, seconds = await server.stopped(by)
                rest = [line async for line in lines]
        assert (done.code, done.err) == (0, "")
        assert any("SessionClosed" in line for line in rest), "the reader is told how it ended"
        assert seconds < 5

    async def test_a_signal_while_it_starts_ends_it_well(self, tmp_path: Path) -> None:
        """A part that takes for ever to start must not make the process deaf."""
        prepared(tmp_path)
        (tmp_path / "slow.py").write_text(SLOW, "utf-8")
        process = await started(tmp_path, "serve", "slow.py:agent", "--port", "0")
        assert process.stdout is not None
        async with asyncio.timeout(FOR_LONG):
            assert await process.stdout.readline() == b"starting\n"
            process.send_signal(signal.SIGTERM)
            out, err = await process.communicate()
        assert (process.returncode, out, err) == (0, b"", b"")


SLOW = """
import anyio
from antiphon.agent import Agent
from antiphon.models.scripted import Reply, Script, ScriptedModel

class Slow(ScriptedModel):
    async def start(self):
        print("starting", flush=True)
        await anyio.sleep_forever()

agent = Agent(llm=Slow(Script([Reply("Yes.")])))
"""
