"""A worker process's life: it ends with its owner, and Ctrl-C is not its business."""

import signal
import subprocess
import sys

import pytest

from antiphon.providers.offline_workers.frames import Frame, Kind, Unpacker, json_frame

SPEECH = "antiphon.providers.offline_workers.speech"
RECOGNITION = "antiphon.providers.offline_workers.recognition"


def start(module: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def read_one(process: "subprocess.Popen[bytes]") -> Frame:
    assert process.stdout is not None
    unpacker = Unpacker()
    while byte := process.stdout.read(1):
        if frames := unpacker.feed(byte):
            return frames[0]
    raise AssertionError("the worker went away")


@pytest.mark.parametrize(
    ("module", "setup", "answer"),
    [
        (RECOGNITION, {"grammar": "#JSGF V1.0;\ngrammar g;\npublic <a> = help | stop;"}, Kind.READY),
        (RECOGNITION, {"grammar": "no grammar at all"}, Kind.FAILED),
        (SPEECH, {"engine": "espeak", "library": "/nowhere.so", "data": "/", "words_per_minute": 165}, Kind.FAILED),
        (SPEECH, {"engine": "espeak", "words_per_minute": 165}, Kind.FAILED),
    ],
)
def test_it_answers_survives_ctrl_c_and_ends_with_its_input(module: str, setup: object, answer: Kind) -> None:
    with start(module) as process:
        assert process.stdin is not None
        process.stdin.write(json_frame(Kind.SETUP, 0, setup).pack())
        process.stdin.flush()
        assert read_one(process).kind is answer
        process.send_signal(signal.SIGINT)
        process.stdin.close()
        assert process.wait(10) == 0
