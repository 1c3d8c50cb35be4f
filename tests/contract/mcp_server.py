"""A real MCP server for the tests, written with the official package: ``python mcp_server.py`` speaks stdio."""

import os
import sys
from pathlib import Path
from typing import Any

import anyio
from mcp.server.fastmcp import Context, FastMCP, Image

PICTURE = Image(data=b"\x89PNG" + b"\0" * 995, format="png")


def make(marks: Path, port: int = 8000) -> FastMCP:
    """``marks``: where the server notes what happened to it."""
    server = FastMCP("shop", port=port, log_level="ERROR")

    @server.tool()
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    @server.tool(structured_output=True)
    def order(number: int) -> dict[str, Any]:
        """Look up an order."""
        return {"number": number, "state": "sent"}

    @server.tool()
    def fails() -> str:
        """Fail."""
        raise ValueError("The shop is closed.")

    @server.tool()
    def flood() -> str:
        """A megabyte."""
        return "x" * 1_000_000

    @server.tool(name="picture.of.the/shop", structured_output=False)
    def picture() -> list[Any]:
        """A picture."""
        return ["Here it is:", PICTURE]

    @server.tool()
    async def wait(context: Context) -> str:  # type: ignore[type-arg]
        """Wait for ever."""
        await context.report_progress(1, 3, "one of three")
        try:
            (marks / "began").touch()
            return await anyio.sleep_forever()
        finally:
            (marks / "stopped").touch()

    @server.tool()
    def die() -> str:
        """End the server."""
        os._exit(3)

    @server.tool()
    def secrets() -> str:
        """What it was given."""
        return ",".join(sorted(name for name in os.environ if name.startswith("SHOP_") or "ANTIPHON" in name))

    return server


if __name__ == "__main__":
    make(Path(sys.argv[1])).run("stdio")
