"""emotrack: valence and arousal of a stream of sound, a hundred times a second.

>>> import emotrack
>>> curve = emotrack.annotate("song.mp3")          # columns time_s, valence, arousal ... as NumPy arrays
>>> curve.summary()["quarter"], curve.to_pandas()
>>> with emotrack.Tracker("music", rate=48000, channels=2) as tracker:
...     answers = tracker.push(block)              # [frames, 2] float32 or int16

Sound to emotions: :func:`annotate`, :class:`Tracker`, :func:`live`. To acoustic descriptors: :func:`features`. Models:
:class:`Model`, :func:`train`, :func:`evaluate`; `emotrack.torch`, `emotrack.onnx`. Many sounds: `emotrack.spark`. Exceptions:
`emotrack.errors`. The numbers are those of the program `emotrack`, which is in the package too.
"""
from . import errors
from ._annotation import Annotation, SoundFile, annotate
from ._features import Features, features
from ._library import version as _version
from ._live import Answer, live
from ._model import Model, bundled
from ._scores import Scores, Training, evaluate, train
from ._tracker import Tracker
from .errors import (ArgumentError, DeviceError, EmotrackError, FileError, FormatError, FullError, LimitError, NotFiniteError,
                     NotFiniteWarning, TruncatedError, UnsupportedError, VersionError)

__version__ = _version().decode()
__all__ = ["Annotation", "Answer", "ArgumentError", "DeviceError", "EmotrackError", "Features", "FileError", "FormatError",
           "FullError", "LimitError", "Model", "NotFiniteError", "NotFiniteWarning", "Scores", "SoundFile", "Tracker", "Training",
           "TruncatedError", "UnsupportedError", "VersionError", "annotate", "bundled", "errors", "evaluate", "features", "live",
           "train"]
