"""The program inside the package: `emotrack` on the command line, and what the package runs itself."""
from __future__ import annotations

import os
import subprocess
import sys
from typing import Callable, Optional, Sequence

from . import _library as lib
from . import errors

PROGRAM = os.environ.get("EMOTRACK_PYTHON_PROGRAM") or str(lib.HERE / "bin" / "emotrack")


def main() -> None:
    """The console script: becomes the program."""
    if sys.argv[1:2] == ["parquet"]:
        from .parquet import main as parquet

        sys.exit(parquet(sys.argv[2:]))
    if sys.argv[1:] in (["--help"], ["-h"]):
        code = subprocess.call([PROGRAM, "--help"])
        print("\nOf the Python package:\n  parquet    a library as Parquet")
        sys.exit(code)
    os.execv(PROGRAM, ["emotrack", *sys.argv[1:]])


def error_from(code: int, messages: str) -> errors.EmotrackError:
    """What the program said, as an exception."""
    lines = [line.split(": ", 1)[-1] if line.startswith("emotrack") else line for line in messages.strip().splitlines()]
    text = "\n".join(lines) or f"the program ended with {code}"
    if code == 2:
        return errors.ArgumentError(text)
    if code in (130, -2):
        return errors.InterruptedError(text)
    return errors.EmotrackError(text)


def run(arguments: Sequence[str], stdin: Optional[bytes] = None, on_message: Optional[Callable[[str], None]] = None) -> str:
    """Runs a command to its end. Each line on its stderr goes to `on_message`.

    :return: its standard output
    :raises EmotrackError: what it said, where it failed"""
    with subprocess.Popen([PROGRAM, *arguments], stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        if on_message is None:
            out, messages = process.communicate(stdin)
        else:
            out, messages = _listen(process, stdin, on_message)
    if process.returncode:
        raise error_from(process.returncode, messages.decode(errors="replace"))
    return out.decode()


def _listen(process: "subprocess.Popen[bytes]", stdin: Optional[bytes], on_message: Callable[[str], None]):
    import threading

    lines, out = [], []
    assert process.stderr is not None and process.stdout is not None

    def hear() -> None:
        for line in process.stderr:
            lines.append(line)
            on_message(line.decode(errors="replace").rstrip("\n"))

    hearing = threading.Thread(target=hear, daemon=True)
    hearing.start()
    if stdin is not None and process.stdin is not None:
        process.stdin.write(stdin)
        process.stdin.close()
    out = process.stdout.read()
    hearing.join()
    process.wait()
    return out, b"".join(lines)
