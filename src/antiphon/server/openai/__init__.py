"""Our agents behind the OpenAI Realtime protocol: the protocol's state machines on one side, an agent's parts on the
other, a socket in between."""
