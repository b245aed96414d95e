import pickle
import threading
import warnings

import numpy as np
import pytest

import emotrack


def follow(samples, block, **options):
    with emotrack.Tracker(rate=44100, channels=samples.shape[1] if samples.ndim == 2 else 1, **options) as tracker:
        parts = [tracker.push(samples[at:at + block]) for at in range(0, len(samples), block)]
        return np.concatenate([*parts, tracker.flush()])


def test_blocks_never_change_a_number(demo_s16):
    whole = follow(demo_s16, len(demo_s16), step_ms=100)
    assert len(whole) > 40
    for block in (441, 4096, 100000):
        assert np.array_equal(follow(demo_s16, block, step_ms=100), whole)


def test_any_layout_and_type(demo_s16):
    whole = follow(demo_s16, 44100, step_ms=100)
    floats = demo_s16 / 32768.0
    for samples in (floats, floats.astype(np.float32), np.asfortranarray(floats), np.repeat(demo_s16, 2, axis=0)[::2],
                    demo_s16.astype(">i2"), demo_s16.astype(np.int32) * 65536):
        assert np.array_equal(follow(samples, 44100, step_ms=100), whole)


def test_mono_with_and_without_an_axis(demo_s16):
    mono = demo_s16[:, 0]
    assert np.array_equal(follow(mono, 44100), follow(mono[:, None], 44100))


def test_more_answers_at_once_than_a_block_holds(demo_s16):
    with emotrack.Tracker(rate=44100, channels=2, step_ms=10) as tracker:
        answers = tracker.push(demo_s16)
        assert len(answers) > 400 and np.all(np.diff(answers["time_s"]) > 0)


def test_reset_begins_anew(demo_s16):
    with emotrack.Tracker(rate=44100, channels=2, step_ms=500) as tracker:
        first = np.concatenate([tracker.push(demo_s16), tracker.flush()])
        tracker.reset()
        assert np.array_equal(np.concatenate([tracker.push(demo_s16), tracker.flush()]), first)


def test_wrong_shapes_and_types_are_named(demo_s16):
    with emotrack.Tracker(rate=44100, channels=2) as tracker:
        for wrong, word in ((demo_s16.T, "transpose"), (demo_s16[:, 0], "frames, 2"), (demo_s16.astype(np.uint8), "uint8"),
                            (demo_s16.astype(complex), "complex"), (demo_s16[None], "frames, 2")):
            with pytest.raises(emotrack.ArgumentError, match=word):
                tracker.push(wrong)


def test_numbers_that_are_not_finite_are_said_and_flagged(demo_s16):
    samples = (demo_s16 / 32768.0).astype(np.float32)
    samples[60000] = np.nan
    with pytest.warns(emotrack.NotFiniteWarning):
        answers = follow(samples, len(samples), step_ms=500)
    assert (answers["flags"] & 4).any() and np.isfinite(answers["valence"]).all()


def test_lost_sound_is_flagged(demo_s16):
    with emotrack.Tracker(rate=44100, channels=2, step_ms=500) as tracker:
        tracker.push(demo_s16)
        lost = tracker.push_lost(200000)
    assert len(lost) == 9 and (lost["flags"] & 4).all()


def test_a_tracker_cannot_be_pickled_but_a_model_can(demo_s16):
    with emotrack.Tracker() as tracker, pytest.raises(TypeError, match="in the middle of a stream"):
        pickle.dumps(tracker)
    model = emotrack.Model("speech")
    assert pickle.loads(pickle.dumps(model)).digest == model.digest


def test_closed_is_said():
    with emotrack.Tracker() as tracker:
        pass
    with pytest.raises(emotrack.ArgumentError, match="closed"):
        tracker.push(np.zeros(10, np.float32))
    tracker.close()


@pytest.mark.parametrize("options", [{"rate": 10}, {"channels": 0}, {"step_ms": 15}, {"step_ms": -10}, {"device": "abacus"}])
def test_values_out_of_range(options):
    with pytest.raises(emotrack.EmotrackError):
        emotrack.Tracker(**options)


def test_one_model_in_four_threads(demo_s16):
    model, found = emotrack.Model(), [None] * 4
    expected = follow(demo_s16, 4410, model=model)

    def run(i):
        found[i] = follow(demo_s16, 4410, model=model)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(one, expected) for one in found)


def test_the_lock_is_free_while_it_works(demo_s16):
    """While one thread is in a long push, another counts."""
    with emotrack.Tracker(rate=44100, channels=2, step_ms=500) as tracker:
        long = np.concatenate([demo_s16] * 8)
        pushing = threading.Thread(target=tracker.push, args=(long,))
        pushing.start()
        turns = 0
        while pushing.is_alive():
            turns += 1
        assert turns > 1000


def test_no_warning_without_a_reason(demo_s16):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        follow(demo_s16, 44100)
