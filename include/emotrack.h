/** emotrack: valence and arousal of a stream of sound, a hundred times a second.
 *
 *  Two objects. An `et_model` is read once from a file, never changes and may be shared by any number of threads. An
 *  `et_tracker` follows one stream: push samples, poll emotions. Several trackers live in one process without knowing of
 *  each other; the library has no globals, prints nothing and never exits. (What remains: a tracker's creation
 *  looks whether there is memory for what FFTW and libsoxr need, who end the process without it; another thread that takes the
 *  last of it in that moment is not seen. Push, poll and flush allocate nothing.)
 *
 *      et_model_create(&model, "music", &error);
 *      et_tracker_create(&tracker, model, &(et_tracker_options){.rate_hz = 48000, .channels = 2}, &error);
 *      while (...) {
 *          et_tracker_push(tracker, samples, frames);
 *          while (et_tracker_poll(tracker, &emotion))
 *              printf("%g %g %g\n", emotion.time_s, emotion.valence, emotion.arousal);
 *      }
 *
 *  Sizes are in frames: one frame of sound is one sample of every channel. Times are in seconds of sound since the first
 *  sample. Valence and arousal are in [-1, 1]. */
#ifndef EMOTRACK_H
#define EMOTRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ET_API __attribute__((visibility("default")))
#else
#define ET_API
#endif

/** What can go wrong, in the whole library. */
typedef enum et_status {
    ET_OK = 0,
    ET_ERROR_ARGUMENT,    /**< a value that the caller gave is out of its range */
    ET_ERROR_MEMORY,      /**< memory ran out */
    ET_ERROR_FILE,        /**< a file cannot be opened, read or written: the system's reason is in the message */
    ET_ERROR_FORMAT,      /**< a file's content is not what it should be */
    ET_ERROR_TRUNCATED,   /**< a file ends before it should; what came before is good */
    ET_ERROR_VERSION,     /**< made by a newer version of this program */
    ET_ERROR_LIMIT,       /**< larger than this library accepts */
    ET_ERROR_DEVICE,      /**< a sound or GPU device is missing, busy or went away */
    ET_ERROR_NOT_FINITE,  /**< a sample is NaN or infinite; it counts as 0 */
    ET_ERROR_FULL,        /**< unread answers fill the tracker: poll, then push again */
    ET_ERROR_UNSUPPORTED, /**< this build or this machine cannot do it */
    ET_ERROR_INTERRUPTED  /**< the caller asked to stop */
} et_status;

/** What went wrong, where, and what to do: one line for a human, without the program's name and without a line end.
 *  Functions that take an `et_error *` fill it on failure and leave it alone on success; NULL is allowed. */
typedef struct et_error {
    et_status status;
    char message[508];
} et_error;

/** Bits of `et_emotion.flags`. */
enum {
    ET_FLAG_SILENCE = 1, /**< the last second is below -70 dBFS */
    ET_FLAG_CLIPPED = 2, /**< three samples of the last second stand at full scale in a row */
    ET_FLAG_LOST = 4     /**< samples of the last second were lost, or were not finite */
};

/** One answer. */
typedef struct et_emotion {
    double time_s;    /**< end of the sound that this answer has heard */
    float valence;    /**< unpleasant -1 .. 1 pleasant; NaN if the model answers arousal only */
    float arousal;    /**< calm -1 .. 1 excited; NaN if the model answers valence only */
    float context_s;  /**< seconds of sound behind the answer: since the start, the last change that was heard or the last
                           silence; grows to et_model_context_s */
    float level_dbfs; /**< RMS of the last second of sound; -200 for digital silence */
    uint32_t flags;   /**< ET_FLAG_... */
} et_emotion;

/** Key and beat of the last seconds. */
typedef struct et_harmony {
    int key;         /**< 0 .. 11 C major .. B major, 12 .. 23 C minor .. B minor; -1: none is heard */
    float majorness; /**< minor -1 .. 1 major; 0 without pitches */
    float tempo_bpm; /**< 60 .. 180 beats a minute; 0: none is heard */
    float pulse;     /**< clarity of the beat, 0 .. 1 */
} et_harmony;

typedef struct et_model et_model;
typedef struct et_tracker et_tracker;

/** How a tracker is made. Zero everywhere but `rate_hz` and `channels` is a good choice. */
typedef struct et_tracker_options {
    double rate_hz;     /**< of the samples that will be pushed; 4,000 .. 768,000 */
    unsigned channels;  /**< interleaved in a frame, 1 .. 256; mixed down to their mean */
    unsigned step_ms;   /**< one answer every so many ms, a multiple of 10; 0 means 10 */
    unsigned queue_s;   /**< seconds of unread answers that the tracker holds; 0 means 60 */
    const char *device; /**< "cpu", "cuda" or "auto"; NULL means "cpu" */
    bool harmony; /**< et_tracker_poll_harmony will be asked: key and beat are heard even where the model has no use for
                             them */
} et_tracker_options;

/** Version of the library, e.g. "0.1.0". Static storage. */
ET_API const char *et_version(void);

/** A short English name of a status, e.g. "out of memory". Static storage. */
ET_API const char *et_status_text(et_status status);

/** Reads a model.
 *  @param model  receives the model; the caller destroys it with et_model_destroy after the last tracker that uses it
 *  @param name   the name of a bundled model ("music", "speech"), else a file; a name with a slash or a dot is always a
 *  file. NULL means $EMOTRACK_MODEL, else "music"
 *  @return ET_OK; ET_ERROR_FILE, _FORMAT, _VERSION, _LIMIT, _MEMORY with a message that names file and tensor */
ET_API et_status et_model_create(et_model **model, const char *name, et_error *error);

/** Frees the model. NULL is allowed. No tracker may use it any more. */
ET_API void et_model_destroy(et_model *model);

/** The model's name, e.g. "music". Lives as long as the model. */
ET_API const char *et_model_name(const et_model *model);

/** SHA-256 of the model file, 64 hexadecimal digits. Lives as long as the model. */
ET_API const char *et_model_digest(const et_model *model);

/** Seconds of sound that a full answer stands on: window and memory of the model. */
ET_API double et_model_context_s(const et_model *model);

/** The usual error of an answer with so much context: root mean square over songs that the model had not heard, measured when
 *  it was made. It does not vary with the sound. Between the times of its table on a line, beyond them as at its ends.
 *  @param context_s         et_emotion.context_s
 *  @param valence, arousal  receive the errors on the scale of the answers; NULL is allowed
 *  @return false if the model does not know; both are then NaN */
ET_API bool et_model_error(const et_model *model, double context_s, float *valence, float *arousal);

/** English name of a key 0 .. 23, "C major" .. "B minor"; empty for any other. Static storage. */
ET_API const char *et_key_name(int key);

/** Makes a tracker for one stream.
 *
 *  Answers come at multiples of the step (with a step above 1 s also one at 1.0 s), as soon as their sound is there; the
 *  first at or before 1.0 s. The same sound gives the same numbers, bit for bit on one machine, whatever the step, the blocks
 *  or the number of trackers. Where a window reaches back before the stream's start, its earliest frame stands for the
 *  missing past. Silence is no music: while it lasts the answer holds what it was before, flagged ET_FLAG_SILENCE; after a
 *  long one (a constant of the model, usually 2 s) the next sound is judged without memory of what was before. A stream that
 *  begins with silence has the model's own answer for it, flagged, until the first sound.
 *
 *  @param tracker  receives the tracker; the caller destroys it
 *  @param model    must outlive the tracker; not changed
 *  @return ET_OK; ET_ERROR_ARGUMENT, _MEMORY, _UNSUPPORTED or _DEVICE */
ET_API et_status et_tracker_create(et_tracker **tracker, const et_model *model, const et_tracker_options *options,
                                   et_error *error);

/** Takes samples and does all work that they make possible. Real-time safe; one thread at a time for each tracker.
 *  @param samples  interleaved, `frames * channels` floats, nominal range [-1, 1]; not kept after the call
 *  @param frames   0 .. et_tracker_room()
 *  @return ET_OK; ET_ERROR_FULL if more than et_tracker_room() frames were given (nothing is taken);
 *          ET_ERROR_NOT_FINITE if a sample is NaN or infinite (it counts as 0, its rows are flagged ET_FLAG_LOST, all else
 *  is done as usual) */
ET_API et_status et_tracker_push(et_tracker *tracker, const float *samples, size_t frames);

/** The same for 16-bit samples. */
ET_API et_status et_tracker_push_s16(et_tracker *tracker, const int16_t *samples, size_t frames);

/** Tells that `frames` frames of the stream never came: they count as zeros and their rows are flagged ET_FLAG_LOST.
 *  Same rules as et_tracker_push. */
ET_API et_status et_tracker_push_lost(et_tracker *tracker, size_t frames);

/** How many frames may be pushed at once now without losing an answer. */
ET_API size_t et_tracker_room(const et_tracker *tracker);

/** The oldest answer not yet read. Real-time safe.
 *  @return false when there is none; `emotion` is then left alone */
ET_API bool et_tracker_poll(et_tracker *tracker, et_emotion *emotion);

/** The same, with key and beat as of the same moment. Where the options did not ask for them and the model has no use for them,
 *  key is -1 and the rest 0. */
ET_API bool et_tracker_poll_harmony(et_tracker *tracker, et_emotion *emotion, et_harmony *harmony);

/** The stream has ended: gives the answers that only waited for more sound. Push nothing after it but a reset. */
ET_API et_status et_tracker_flush(et_tracker *tracker);

/** Begins a new stream: the tracker is as just created. Not real-time safe: for other rates than 44.1 kHz the filter is made
 *  anew, some milliseconds of work. Where that finds no memory, the next push says ET_ERROR_MEMORY. */
ET_API void et_tracker_reset(et_tracker *tracker);

/** Seconds by which an answer's descriptors lag behind the sound that it has heard (look-ahead of pitch and smoothing). */
ET_API double et_tracker_look_ahead_s(const et_tracker *tracker);

/** The same for the columns of the learned ear: for so long a sound is heard as if it ended there, and then once more; 0 where
 *  the model has no ear. */
ET_API double et_tracker_ear_look_ahead_s(const et_tracker *tracker);

/** Frees the tracker. NULL is allowed. */
ET_API void et_tracker_destroy(et_tracker *tracker);

/* ---- many streams ------------------------------------------------------------------------------------------------------
 */

/** Trackers whose networks, and on a GPU their learned ears, are computed together, so that a GPU (or the CPU's matrix products)
 *  has many answers to make at a time. The streams are pushed and polled one by one, as any tracker, also by several threads for different trackers;
 *  et_tracker_group_answer then computes what all pushes have made due, alone. The answers are those of single trackers. */
typedef struct et_tracker_group et_tracker_group;

/** @param group    receives the group; the caller destroys it
 *  @param options  of every stream; `device`: "cuda" fails without a GPU, "auto" takes one if it is there, and goes on
 *  without a gap on the CPU if it fails
 *  @param streams  1 .. 1,048,576
 *  @return ET_OK; ET_ERROR_ARGUMENT, _LIMIT, _MEMORY, _UNSUPPORTED or _DEVICE */
ET_API et_status et_tracker_group_create(et_tracker_group **group, const et_model *model, const et_tracker_options *options,
                                         size_t streams, et_error *error);

/** Stream number `i`, which belongs to the group: push, poll, flush and reset it, but do not destroy it. It takes about a
 *  second of sound (see et_tracker_room) between two calls of et_tracker_group_answer, and gives its answers after them.
 *  NULL if there is none. */
ET_API et_tracker *et_tracker_group_get(et_tracker_group *group, size_t i);

/** Computes what is due in all streams. No tracker of the group may be used meanwhile.
 *  @return ET_OK; ET_ERROR_DEVICE or _MEMORY when the GPU failed and "auto" was not asked for: the answers due are NaN */
ET_API et_status et_tracker_group_answer(et_tracker_group *group, et_error *error);

/** Whether a GPU computes the group's answers now. */
ET_API bool et_tracker_group_on_gpu(const et_tracker_group *group);

/** Frees the group and its trackers. NULL is allowed. */
ET_API void et_tracker_group_destroy(et_tracker_group *group);

#ifdef __cplusplus
}
#endif

#endif
