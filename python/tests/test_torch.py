import numpy as np
import pytest

import emotrack
from conftest import rows_of
from emotrack._networks import NAMES

torch = pytest.importorskip("torch")
import emotrack.torch  # noqa: E402


@pytest.mark.parametrize("name", emotrack.bundled())
def test_bundled_models_answer_the_same(name):
    model = emotrack.Model(name)
    rows = rows_of(model)
    with torch.no_grad():
        answers = emotrack.torch.load(model)(torch.from_numpy(rows)).numpy()
    assert np.abs(answers - model.networks(rows)).max() < 1e-5


@pytest.mark.parametrize("name", NAMES)
def test_ten_networks_there_and_back(name, tmp_path):
    torch.manual_seed(3)
    module = emotrack.torch.new("music", name, hidden=5, channels=3, blocks=2)
    model = emotrack.torch.save(module, tmp_path / f"{name}.safetensors")
    rows = rows_of(model)
    with torch.no_grad():
        answers = module(torch.from_numpy(rows)).numpy()
    assert np.abs(answers - model.networks(rows)).max() < 1e-5
    assert len(emotrack.annotate(emotrack._library.MODELS / "demo.flac", model=model)) == 48


def test_trainable(tmp_path):
    torch.manual_seed(1)
    module = emotrack.torch.new("music", "dcbam", hidden=4, channels=2, blocks=1).train()
    rows = torch.from_numpy(rows_of(emotrack.Model("music"), 8))
    wanted = torch.full((8, 2), 0.4)
    optimiser = torch.optim.Adam(module.parameters(), 0.02)
    losses = []
    for _ in range(30):
        optimiser.zero_grad()
        loss = ((module(rows) - wanted) ** 2).mean()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.2 * losses[0]
    model = emotrack.torch.save(module, tmp_path / "trained.safetensors", name="trained")
    assert model.name == "trained" and np.abs(model.networks(rows.numpy()) - 0.4).mean() < 0.4
