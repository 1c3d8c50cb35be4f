"""People who come by WebRTC: one peer connection a device, sound in tracks, messages on a data channel."""
