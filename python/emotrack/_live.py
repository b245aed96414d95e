"""A microphone to emotions."""
from __future__ import annotations

import json
import signal
import subprocess
from typing import Iterator, NamedTuple, Optional, Union

from ._model import Model, PathLike, find
from ._program import PROGRAM, error_from
from . import errors


class Answer(NamedTuple):
    """One answer of a microphone."""

    time_s: float  #: end of the sound that it has heard, since the start
    valence: Optional[float]  #: [-1, 1]; None where the model has none
    arousal: Optional[float]  #: [-1, 1]
    context_s: float  #: seconds of sound behind it
    level_dbfs: float  #: RMS of the last second
    flags: str  #: "silence", "clipped", "lost", joined by "+"


def live(input: Optional[str] = None, model: Union[Model, PathLike, None] = None, step_ms: int = 100,
         duration_s: Optional[float] = None, rate: Optional[float] = None, channels: Optional[int] = None) -> Iterator[Answer]:
    """Answers of a microphone as they come: `emotrack live`, ended when the iterator is.

    :param input: a device, by number or part of its name as `emotrack devices` lists it; None: the system's
    :param step_ms: one answer every so many ms, a multiple of 10
    :param duration_s: ends after so much sound; None: never
    :raises ArgumentError: an option out of its range; DeviceError: no such device, or it went away

    >>> for answer in emotrack.live(duration_s=10):
    ...     print(f"{answer.time_s:6.1f}  {answer.valence:+.2f}  {answer.arousal:+.2f}")
    """
    path = model.path if isinstance(model, Model) else find(model)
    arguments = [PROGRAM, "live", "--quiet", "--format", "jsonl", "--model", path, "--step-ms", str(step_ms)]
    for option, value in (("--input", input), ("--duration-s", duration_s), ("--rate", rate), ("--channels", channels)):
        if value is not None:
            arguments += [option, str(value)]
    return _answers(arguments)


def _answers(arguments: list[str]) -> Iterator[Answer]:
    process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    left = True
    try:
        for line in process.stdout:
            row = json.loads(line)
            yield Answer(*(row[name] for name in Answer._fields))
        left = False
    finally:
        if left:
            process.send_signal(signal.SIGINT)
        process.stdout.close()
        messages = process.stderr.read().decode(errors="replace")
        process.stderr.close()
        code = process.wait()
    if code:
        problem = error_from(code, messages)
        raise problem if code == 2 else errors.DeviceError(str(problem))
