# %% [markdown]
# # A song, its curve, and what you thought of it
#
# The sound is the one that comes with emotrack: twelve calm seconds, then twelve lively ones. Put the path of a song of yours
# in its place. To run it yourself: `pip install '.[pandas,plot]' notebook` in a clone, then `jupyter notebook docs/song.ipynb`.

# %%
import emotrack

curve = emotrack.annotate("../models/demo.flac")
curve.to_pandas().iloc[::8]

# %% [markdown]
# An answer every half second: **valence** from unpleasant (-1) to pleasant (1), **arousal** from calm (-1) to excited (1). The columns
# are NumPy arrays (`curve.valence`), the table is a pandas DataFrame.

# %%
curve.plot();

# %% [markdown]
# Left both curves over time, right the path on the plane. The summary is the row that `emotrack annotate --summary` writes for
# each song of a library:

# %%
{name: value for name, value in curve.summary().items() if name != "file"}

# %% [markdown]
# ## Beside your own ratings
#
# Ratings are usually given with a slider and come as times and values. These are made up; read yours with `pandas.read_csv`.

# %%
import pandas as pd

ratings = pd.DataFrame({
    "time_s":  [2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 22.0, 24.0],
    "valence": [.00, -.10, -.10, -.15, -.10, -.05, .20, .35, .40, .40, .45, .40],
    "arousal": [-.30, -.40, -.40, -.45, -.40, -.30, .20, .50, .55, .60, .60, .60],
})

# %% [markdown]
# Both sides at the times of the ratings, and how they agree: correlation `r` (the same ups and downs?), `rmse` (how far apart on
# the scale from -1 to 1?), `bias` (is one higher throughout?).

# %%
import numpy as np

agreement = {}
for dimension in ("valence", "arousal"):
    mine, its = ratings[dimension], np.interp(ratings.time_s, curve.time_s, getattr(curve, dimension))
    agreement[dimension] = {"r": np.corrcoef(mine, its)[0, 1], "rmse": np.sqrt(np.mean((mine - its) ** 2)), "bias": np.mean(its - mine)}
pd.DataFrame(agreement).T.round(2)

# %%
figure = curve.plot()
for dimension, colour in (("arousal", "#c2410c"), ("valence", "#1d4ed8")):
    figure.axes[0].plot(ratings.time_s, ratings[dimension], "o--", color=colour, markersize=3, linewidth=0.8, label=f"{dimension}, rated")
figure.axes[0].legend(frameon=False, fontsize="small");

# %% [markdown]
# ## As it sounds
#
# The same, block by block, as a microphone gives it: `push` takes samples and returns the answers that became due.

# %%
with emotrack.SoundFile("../models/demo.flac") as sound, emotrack.Tracker(rate=sound.rate, channels=sound.channels, step_ms=100) as tracker:
    for block in sound.blocks(4410):
        for answer in tracker.push(block):
            if abs(answer["time_s"] - 15) < 0.05:
                print(f"at {answer['time_s']:.1f} s: valence {answer['valence']:+.2f}, arousal {answer['arousal']:+.2f}")
