"""docs/song.ipynb: made from its source, small, and its cells still run."""
import importlib.util
from pathlib import Path

import pytest

for name in ("nbclient", "nbformat", "ipykernel", "pandas", "matplotlib"):
    pytest.importorskip(name, reason=f"skipped: {name} is not installed")
import nbformat  # noqa: E402

TOP = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def maker():
    spec = importlib.util.spec_from_file_location("make_notebook", TOP / "tools" / "setup" / "make_notebook.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_notebook_is_its_source_executed(maker):
    kept = nbformat.read(maker.NOTEBOOK, 4)
    nbformat.validate(kept)
    assert [(cell.cell_type, cell.source) for cell in kept.cells] == [(cell.cell_type, cell.source) for cell in maker.cells()]
    assert all(cell.outputs or cell.source.startswith("import pandas") for cell in kept.cells if cell.cell_type == "code")
    assert maker.NOTEBOOK.stat().st_size < 300000


def test_its_cells_run(maker):
    ran = maker.executed()
    assert [cell.execution_count for cell in ran.cells if cell.cell_type == "code"] == list(range(1, 8))
    assert "image/png" in str(ran.cells) and "valence" in str(ran.cells[-1].outputs)
