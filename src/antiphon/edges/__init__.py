"""How people reach a session."""
