"""The OpenAI Realtime protocol (GA shape), once, for both directions: what we say as a client, what we serve.

Pure: no I/O, no asyncio, no clock. Values first (``shape``, ``errors``, ``ids``, ``audio``, ``items``,
``session_shape``, ``response_shape``), then the events and their frames (``events_*``, ``frames``), then the machines
(``session``, ``conversation``, ``input_buffer``, ``response``, ``responses``, ``output_buffer``, ``session_life``),
then the two ends composed of them: ``served_state`` and ``client_state``.

Its successor at the vendor (the Live API: sessions instead of turns, other events, other endpoints) shares no event
with this protocol. It would be a sibling package, ``antiphon.wire.openai_live``, with the same outer form (a frame in,
typed events or a ``WireError`` out; machines that return events) and nothing in here would change: providers and
routes choose a package, not a branch inside one.
"""
