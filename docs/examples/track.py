"""Emotions of a 16-bit WAV file:  python3 track.py song.wav [MODEL] [LIBRARY]"""
import ctypes as c
import sys
import wave

class Options(c.Structure):
    _fields_ = [("rate_hz", c.c_double), ("channels", c.c_uint), ("step_ms", c.c_uint), ("queue_s", c.c_uint), ("device", c.c_char_p)]
class Emotion(c.Structure):
    _fields_ = [("time_s", c.c_double), *((name, c.c_float) for name in ("valence", "arousal", "context_s", "level_dbfs")), ("flags", c.c_uint32)]

et = c.CDLL(sys.argv[3] if len(sys.argv) > 3 else "libemotrack.so.0")
sound, error = wave.open(sys.argv[1]), c.create_string_buffer(512)
model, tracker, emotion = c.c_void_p(), c.c_void_p(), Emotion()
options = Options(sound.getframerate(), sound.getnchannels(), 500)
if et.et_model_create(c.byref(model), sys.argv[2].encode() if len(sys.argv) > 2 else None, error) or \
        et.et_tracker_create(c.byref(tracker), model, c.byref(options), error):
    sys.exit(error.raw[4:].split(b"\0")[0].decode())
while samples := sound.readframes(441):
    et.et_tracker_push_s16(tracker, samples, c.c_size_t(len(samples) // 2 // sound.getnchannels()))
    while c.c_ubyte(et.et_tracker_poll(tracker, c.byref(emotion))).value:
        print(f"{emotion.time_s:.1f} {emotion.valence:.6f} {emotion.arousal:.6f}")
