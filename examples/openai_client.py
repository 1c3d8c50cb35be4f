"""Your own OpenAI client against an agent served here: `antiphon serve`, then `python examples/openai_client.py`.

A typed question, answered in text; then a recording (16-bit mono WAV), whose spoken answer is written to answer.wav.
Needs the package `openai`. Nothing goes to OpenAI.
"""

import argparse
import asyncio
import base64
import wave

from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection

from antiphon.media.pcm import PcmData

RATE = 24_000


async def ask(connection: AsyncRealtimeConnection, question: str) -> None:
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": question}]}
    await connection.conversation.item.create(item=item)
    await connection.response.create(response={"output_modalities": ["text"]})
    async for event in connection:
        if event.type == "response.output_text.delta":
            print(event.delta, end="", flush=True)
        elif event.type == "response.done":
            print()
            return


async def speak(connection: AsyncRealtimeConnection, path: str) -> None:
    with wave.open(path) as file:
        recorded = PcmData.from_bytes(file.readframes(file.getnframes()), file.getframerate(), file.getnchannels())
    sound = recorded.resample(RATE, 1).to_bytes() + bytes(2 * RATE)  # a second of silence ends the turn
    for at in range(0, len(sound), RATE // 5):
        await connection.input_audio_buffer.append(audio=base64.b64encode(sound[at : at + RATE // 5]).decode())
    answer = bytearray()
    async for event in connection:
        if event.type == "conversation.item.input_audio_transcription.completed":
            print("heard:", event.transcript)
        elif event.type == "response.output_audio_transcript.done":
            print("answer:", event.transcript)
        elif event.type == "response.output_audio.delta":
            answer += base64.b64decode(event.delta)
        elif event.type == "response.done":
            break
    with wave.open("answer.wav", "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(answer)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recording", nargs="?", help="a WAV file to say")
    parser.add_argument("--url", default="http://127.0.0.1:8000/v1")
    parser.add_argument("--model", default="Offline demo", help="the agent's name")
    parser.add_argument("--question", default="What time is it?")
    options = parser.parse_args()
    async with (
        AsyncOpenAI(base_url=options.url, api_key="any") as client,
        client.realtime.connect(model=options.model) as connection,
    ):
        transcribed = {"audio": {"input": {"transcription": {"model": "any"}}}}
        await connection.session.update(session={"type": "realtime", **transcribed})
        await ask(connection, options.question)
        if options.recording:
            await speak(connection, options.recording)


if __name__ == "__main__":
    asyncio.run(main())
