"""docs/examples/lsl_outlet.py with an inlet at its other end."""
import os
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

import numpy as np
import pytest

import emotrack

# On this machine only, and apart from other streams: read when liblsl is loaded.
_settings = tempfile.NamedTemporaryFile("w", suffix=".cfg")
_settings.write(f"[multicast]\nResolveScope = machine\n[lab]\nKnownPeers = {{127.0.0.1}}\nSessionID = {uuid.uuid4()}\n")
_settings.flush()
os.environ["LSLAPICFG"] = _settings.name
try:
    import pylsl
except (ImportError, RuntimeError, OSError) as problem:
    pytest.skip(f"skipped: pylsl or its liblsl is not installed: {problem}", allow_module_level=True)

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "lsl_outlet.py"


def test_an_inlet_gets_every_answer_with_the_sounds_times(wav):
    outlet = subprocess.Popen([sys.executable, EXAMPLE, "--play", wav])
    try:
        found = pylsl.resolve_byprop("name", "emotrack", timeout=60)
        assert found, "the outlet is not to be found"
        inlet = pylsl.StreamInlet(found[0])
        about = inlet.info(timeout=30)
        label = about.desc().child("channels").child("channel")
        assert (about.type(), about.channel_count(), about.nominal_srate()) == ("Emotion", 2, 10)
        assert [label.child_value("label"), label.next_sibling().child_value("label")] == ["valence", "arousal"]
        inlet.open_stream(timeout=30)
        expected = emotrack.annotate(wav, step_ms=100)
        samples, times = [], []
        while len(samples) < len(expected):
            sample, stamp = inlet.pull_sample(timeout=30)
            assert sample is not None, f"only {len(samples)} of {len(expected)} answers came"
            samples.append(sample)
            times.append(stamp)
    finally:
        outlet.terminate()
        outlet.wait()
    assert np.array_equal(np.array(samples, np.float32), np.stack([expected.valence, expected.arousal], 1))
    # The clock's origin is corrected by answers that are less late than all before; a sample never comes from the future.
    lag = np.array(times) - expected.time_s
    assert np.all(np.diff(lag) <= 1e-6) and times[-1] <= pylsl.local_clock()
