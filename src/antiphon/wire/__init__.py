"""Typed messages between machines. No I/O."""
