"""The conformance checklist, as far as it is a matter of this package: each row and the tests that show it.

Rows that are not here (HTTP, peer connections, faults on a line, stock clients) belong to the served side.
"""

import ast
from pathlib import Path

import pytest

ROWS: dict[str, list[str]] = {
    "1 the beta is refused with the documented code": [
        "test_frames.py::test_what_is_said_of_a_bad_frame",
        "test_served_state.py::test_a_frame_of_the_beta_ends_the_session_with_its_own_code",
    ],
    "5 session.created is first": ["test_sequences.py::test_connect"],
    "6 session.update: type, unknown keys, voice lock, immutable model": [
        "test_session.py::test_type_is_needed_in_every_update",
        "test_session.py::test_refused_and_nothing_changed",
        "test_session.py::test_the_voice_stays_once_it_was_heard",
    ],
    "7 canonical sequences in event order": [
        "test_sequences.py::test_text_turn",
        "test_sequences.py::test_audio_response_on_a_websocket",
        "test_sequences.py::test_a_turn_found_by_the_server_interrupts_and_is_answered",
        "test_sequences.py::test_function_call_and_its_output",
        "test_sequences.py::test_audio_response_over_webrtc_stops_sounding_after_it_is_done",
        "test_sequences.py::test_push_to_talk_commits_without_an_answer",
        "test_sequences.py::test_a_client_cancels_and_clears",
    ],
    "8 invariants of responses under random action": [
        "test_invariants.py::test_nothing_a_client_or_a_model_does_breaks_the_machines",
    ],
    "9 the input clock is cumulative; padding and silence are included": [
        "test_input_buffer.py::test_the_clock_goes_on_over_turns_as_it_was_seen_on_the_wire",
    ],
    "10 a short commit is an error; a commit with VAD off makes no response": [
        "test_input_buffer.py::test_less_than_a_tenth_of_a_second_is_no_turn",
        "test_served_state.py::test_a_short_commit_is_refused_and_a_long_one_is_to_be_transcribed",
    ],
    "11 barge-in: a WebSocket only cancels, WebRTC clears and truncates": [
        "test_sequences.py::test_barge_in_on_a_websocket_only_cancels",
        "test_sequences.py::test_barge_in_over_webrtc_clears_and_truncates",
    ],
    "12 truncation: errors, transcript removed, retrieve shows it": [
        "test_conversation.py::test_truncate_refuses",
        "test_conversation.py::test_truncate_forgets_the_sound_after_it_and_all_of_the_transcript",
    ],
    "13 errors about responses carry error.event_id and change nothing": [
        "test_served_state.py::test_a_second_response_is_refused_and_the_first_goes_on",
        "test_served_state.py::test_a_cancel_without_a_response_is_refused",
    ],
    "14 out of band beside the default response, metadata echoed": [
        "test_responses.py::test_out_of_band_runs_beside_and_belongs_to_no_conversation",
        "test_responses.py::test_metadata_comes_back_verbatim_at_the_end_too",
    ],
    "15 function output before and after response.done; two calls in one response": [
        "test_sequences.py::test_the_output_of_a_call_sent_before_the_response_is_done_follows_it",
        "test_sequences.py::test_function_call_and_its_output",
        "test_served_state.py::test_both_outputs_of_two_calls_then_one_answer",
    ],
    "16 the shape of a failed transcription": ["test_frames.py::test_a_server_event_is_written_as_it_was_read"],
    "17 no sound on a data channel": [
        "test_frames.py::test_sound_never_goes_on_a_data_channel_and_its_end_does",
    ],
    "18 output_audio_buffer events against what was really sent": [
        "test_output_buffer.py::test_it_stops_when_the_last_sound_of_a_finished_response_has_left",
        "test_sequences.py::test_audio_response_over_webrtc_stops_sounding_after_it_is_done",
    ],
    "19 expiry: session_expired, then 1001": [
        "test_served_state.py::test_after_an_hour_the_session_says_so_and_ends",
    ],
    "20 a rate limit ends in response.done; unknown events survive": [
        "test_served_state.py::test_a_failure_is_the_response_s_alone",
        "test_frames.py::test_an_unknown_server_event_survives_as_it_is",
    ],
    "21 G.711 and PCM; half a sample refused": [
        "test_audio.py::test_half_a_sample_is_refused_in_pcm_and_a_whole_one_in_g711",
        "test_served_state.py::test_sound_is_handed_out_to_be_decoded_and_comes_back_as_pcm",
    ],
}


@pytest.mark.parametrize("row", ROWS)
def test_every_row_is_shown_by_tests_that_exist(row: str) -> None:
    for reference in ROWS[row]:
        file, _, name = reference.partition("::")
        module = ast.parse((Path(__file__).parent / file).read_text("utf-8"))
        assert name in {node.name for node in module.body if isinstance(node, ast.FunctionDef)}, reference
