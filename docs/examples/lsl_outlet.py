"""Valence and arousal as a stream of the Lab Streaming Layer, beside EEG, eye tracker and markers.

    pip install pylsl                           # and emotrack; its wheels bring liblsl
    python3 lsl_outlet.py [--input USB]         # the microphone
    python3 lsl_outlet.py --play song.wav       # a file at its own pace, begun when the first listener is there

LabRecorder shows "emotrack", type "Emotion", two channels from -1 to 1, ten samples a second. A time stamp says until when the
sound was heard, on the sound's own clock: the samples counted, put on LSL's clock by the answer that was least late. What a sound
card adds before that (`emotrack live --latency` prints it) is constant and not in it.
"""
import argparse
import time

import emotrack
import pylsl

STEP_MS = 100


def microphone(device, model):
    for answer in emotrack.live(device, model, STEP_MS):
        yield answer.time_s, answer.valence, answer.arousal


def file(path, model):
    with emotrack.SoundFile(path) as sound, emotrack.Tracker(model, sound.rate, sound.channels, STEP_MS) as tracker:
        began, heard_s = time.monotonic(), 0.0
        for block in sound.blocks(int(sound.rate / 100)):
            heard_s += len(block) / sound.rate
            time.sleep(max(0.0, began + heard_s - time.monotonic()))
            for answer in tracker.push(block):
                yield answer["time_s"], answer["valence"], answer["arousal"]
        for answer in tracker.flush():
            yield answer["time_s"], answer["valence"], answer["arousal"]


def outlet(model):
    about = pylsl.StreamInfo("emotrack", "Emotion", 2, 1000 / STEP_MS, pylsl.cf_float32, f"emotrack-{model.digest[:12]}")
    channels = about.desc().append_child("channels")
    for label in ("valence", "arousal"):
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", "-1 .. 1")
    about.desc().append_child_value("model", model.name).append_child_value("model_digest", model.digest)
    return pylsl.StreamOutlet(about)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input", help="a microphone, by number or part of its name")
    parser.add_argument("--play", metavar="FILE", help="a sound file instead")
    parser.add_argument("--model", help="music, speech, or a file")
    options = parser.parse_args()
    model = emotrack.Model(options.model)
    stream = outlet(model)
    if options.play:
        stream.wait_for_consumers(3600)
    began_s = float("inf")
    for time_s, valence, arousal in file(options.play, model) if options.play else microphone(options.input, model):
        began_s = min(began_s, pylsl.local_clock() - time_s)
        stream.push_sample([float("nan") if value is None else float(value) for value in (valence, arousal)], began_s + time_s)
    time.sleep(1)  # what was pushed last is still on its way


if __name__ == "__main__":
    main()
