#!/usr/bin/env python3
"""Runs docs/examples/song_notebook.py cell by cell and keeps it with what came out in docs/song.ipynb.

    pip install '.[pandas,plot]' nbclient nbformat ipykernel
    python3 tools/setup/make_notebook.py
"""
import pathlib
import re

import nbclient
import nbformat

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
SOURCE, NOTEBOOK = DOCS / "examples" / "song_notebook.py", DOCS / "song.ipynb"


def cells():
    """The cells of the source: `# %%` begins one of code, `# %% [markdown]` one of text behind number signs."""
    for number, part in enumerate(re.split(r"^# %%", SOURCE.read_text(encoding="utf-8"), flags=re.M)[1:]):
        head, _, body = part.partition("\n")
        if "markdown" in head:
            cell = nbformat.v4.new_markdown_cell(re.sub(r"^# ?", "", body.strip(), flags=re.M))
        else:
            cell = nbformat.v4.new_code_cell(body.strip())
        cell.id = f"cell-{number}"
        yield cell


def executed():
    """The notebook with its outputs; raises where a cell fails."""
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    notebook = nbformat.v4.new_notebook(cells=list(cells()), metadata=kernel)
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(DOCS)}}).execute()
    for cell in notebook.cells:
        cell.metadata = {}
    notebook.metadata = kernel
    return notebook


if __name__ == "__main__":
    nbformat.write(executed(), NOTEBOOK)
    print(f"{NOTEBOOK}: {NOTEBOOK.stat().st_size / 1000:.0f} kB")
