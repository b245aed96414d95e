import numpy as np
import pytest

import emotrack
import emotrack.onnx
from conftest import rows_of
from emotrack import _program as program
from emotrack._networks import NAMES


def run(path, rows):
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(["answers"], {"rows": rows})[0]


@pytest.mark.parametrize("name", emotrack.bundled())
def test_onnx_runtime_answers_the_same(name, tmp_path):
    model = emotrack.Model(name)
    emotrack.onnx.export(model, tmp_path / "model.onnx")
    rows = rows_of(model)
    assert np.abs(run(tmp_path / "model.onnx", rows) - model.networks(rows)).max() < 1e-4


@pytest.mark.parametrize("name", NAMES)
def test_ten_networks(name, tmp_path):
    torch = pytest.importorskip("torch")
    import emotrack.torch

    torch.manual_seed(5)
    model = emotrack.torch.save(emotrack.torch.new("music", name, hidden=5, channels=3, blocks=2), tmp_path / "m.safetensors")
    emotrack.onnx.export(model, tmp_path / "m.onnx")
    rows = rows_of(model)
    assert np.abs(run(tmp_path / "m.onnx", rows) - model.networks(rows)).max() < 1e-4


def test_the_graph_is_well_formed(tmp_path):
    onnx = pytest.importorskip("onnx")
    emotrack.onnx.export("music", tmp_path / "model.onnx")
    onnx.checker.check_model(str(tmp_path / "model.onnx"), full_check=True)


def test_on_the_command_line(tmp_path):
    program.run(["export", "music", "--onnx", str(tmp_path / "m.onnx")])
    assert (tmp_path / "m.onnx").read_bytes() == emotrack.onnx.graph("music")
    with pytest.raises(emotrack.EmotrackError, match="nosuch"):
        program.run(["export", "nosuch", "--onnx", str(tmp_path / "n.onnx")])
    with pytest.raises(emotrack.ArgumentError, match="--onnx FILE"):
        program.run(["export", "music"])
    assert [file.name for file in tmp_path.iterdir()] == ["m.onnx"]
