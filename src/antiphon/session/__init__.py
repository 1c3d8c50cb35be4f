"""The live part: one run of a conversation, its room, its playout, its tools."""
