"""Whose turn it is, what was heard, which tools are open. Pure: no asyncio, no clock, no I/O."""
