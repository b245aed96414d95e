import numpy as np
import pytest

import emotrack


def test_a_model_says_what_it_is():
    model = emotrack.Model("music")
    assert model.name == "music" and len(model.digest) == 64 and model.context_s > 1
    assert model.card and model.license and len(model.columns) == model.metadata["config"]["columns"]
    assert "music" in repr(model) and "<table>" in model._repr_html_()


def test_the_environment_names_the_default(monkeypatch):
    monkeypatch.setenv("EMOTRACK_MODEL", "speech")
    assert emotrack.Model().name == "speech"


def test_bundled_models():
    assert emotrack.bundled() == ["music", "speech"]


@pytest.mark.parametrize("name", ["nosuch", "./music", "/nosuch.safetensors"])
def test_no_such_model(name):
    with pytest.raises(emotrack.FileError):
        emotrack.Model(name)


def test_a_damaged_model_is_a_format_error(tmp_path):
    (tmp_path / "bad.safetensors").write_bytes(b"\x08" + bytes(7) + b"not json" + bytes(64))
    with pytest.raises(emotrack.FormatError, match="bad.safetensors"):
        emotrack.Model(tmp_path / "bad.safetensors")


def test_networks_alone():
    model = emotrack.Model()
    config = model.metadata["config"]
    rows = np.random.default_rng(1).normal(size=(3, config["window"], config["columns_in"]))
    answers = model.networks(rows)
    assert answers.shape == (3, 2) and np.abs(answers).max() <= 1
    assert np.array_equal(model.networks(rows[1:2]), answers[1:2])
    with pytest.raises(emotrack.ArgumentError):
        model.networks(rows[0])
