"""Routes by subject. Each checks its input, calls one thing, and answers."""
