"""The truth on disk: conversations, their append-only events, the items made of them, and notes."""
