import wave
from pathlib import Path

import numpy as np
import pytest

import emotrack._library as lib

DEMO = lib.MODELS / "demo.flac"


@pytest.fixture(scope="session")
def demo() -> Path:
    """Twelve calm seconds, then twelve lively ones; 44.1 kHz, mono."""
    return DEMO


@pytest.fixture(scope="session")
def demo_s16() -> np.ndarray:
    """Its first five seconds as 16-bit samples [frames, 2], the right channel softer."""
    import emotrack

    with emotrack.SoundFile(DEMO) as file:
        blocks = []
        for block in file.blocks():
            blocks.append(block.copy())
            if sum(map(len, blocks)) > 5 * file.rate:
                break
    left = np.round(np.concatenate(blocks)[:220500] * 32768).astype(np.int16)
    return np.concatenate([left, left // 2], axis=1)


@pytest.fixture
def wav(tmp_path, demo_s16) -> Path:
    path = tmp_path / "five seconds.wav"
    write_wav(path, demo_s16)
    return path


def write_wav(path, samples) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(44100)
        file.writeframes(samples.tobytes())


def rows_of(model, windows=5):
    """Windows of functionals of the bundled sound, which are in the range that models know."""
    import emotrack

    config = model.metadata["config"]
    config = config[0] if isinstance(config, list) else config
    values = emotrack.features(DEMO).values.astype(np.float32)
    wide = np.zeros((len(values), config["columns_in"]), np.float32)
    wide[:, :values.shape[1]] = values
    return np.stack([wide[i:i + config["window"]] for i in range(windows)])
