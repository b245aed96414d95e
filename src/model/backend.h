/** Where the networks work: tables of functions, one for sessions that answer and one for trainers. The CPU has a table of each
 *  (cpu_sessions here, cpu_trainers in train/); a GPU's come from a separately built library, libemotrack_cuda.so.
 *
 *  The program and libemotrack link nothing of NVIDIA. Asked for a GPU they look for that library beside themselves; it
 *  needs cuBLAS, cuDNN and a driver, and where one of the four is missing the message says which. Nothing is kept between calls:
 *  what the dynamic linker has loaded stays loaded. */
#ifndef EMOTRACK_MODEL_BACKEND_H
#define EMOTRACK_MODEL_BACKEND_H

#include <string.h>

#include "features/ear.h"
#include "model/network.h"
#include "model/step_rule.h"

/** Answers one network's windows; what a frame leaves behind is kept there, in a numbered slot. */
typedef struct backend_session backend_session;

typedef struct session_setting {
    int most;          /**< most frames, and most windows, of one call, 1 .. 1,048,576 */
    int slots;         /**< numbered from 0 */
    const float *rows; /**< NULL; or slots x columns_in, the row behind each slot, kept by the caller: a session of the CPU
                        * that takes over from a GPU computes from it what a window first asks for */
} session_setting;

/** A call's work. Frames come first: a window may read a frame of the same call. */
typedef struct backend_call {
    int frames;
    const float *rows;     /**< frames x columns_in, after the memory */
    const int *frame_slot; /**< frames: where each is kept; no slot twice */
    int windows;
    const int *window_slots; /**< windows x K: slots, oldest frame first */
    float *out;              /**< receives windows x R */
} backend_call;

/** Steps of training. Parameters, moments, gradients and, if given, the whole data set live on the device. */
typedef struct backend_trainer backend_trainer;

typedef struct backend_training {
    step_rule rule;
    int most_frames, most_windows; /**< of a batch */
    int threads;                   /**< of the CPU */
    const float *rows;             /**< row_count x F, behind preprocessing, a GPU copies them at creation: batches whose
                        * `rows` this is name the ones that they read (`chosen`). NULL: rows come with each batch */
    size_t row_count;
} backend_training;

/** Copies of what lies on the device. NULL: not asked for. */
typedef struct backend_state {
    float *m, *v;     /**< the optimiser's moments, parameter_count each */
    float *gradients; /**< of the last step, where nothing clips, parameter_count */
    float *answers;   /**< of the last step, windows x R */
} backend_state;

typedef struct session_backend {
    /** @param net  must outlive it; later changes of its parameters are not seen by a GPU
     *  @return ET_OK; ET_ERROR_ARGUMENT, _MEMORY, _DEVICE */
    et_status (*create)(backend_session **out, const network *net, const session_setting *setting, et_error *error);
    void (*destroy)(backend_session *a);
    /** Begins a call, which must stay as it is until `finish` (`out` is not touched). Several networks may have calls in work
     *  at a time, one each. Allocates nothing. One thread at a time.
     *  @return ET_OK, and never anything else on the CPU; ET_ERROR_ARGUMENT; ET_ERROR_DEVICE or _MEMORY: nothing was begun,
     *          and the device may be gone */
    et_status (*start)(backend_session *a, const backend_call *call, et_error *error);
    /** Waits for the same call's answers, a GPU's within 1e-4 of network_windows'; needed after each start.
     *  @return ET_OK; ET_ERROR_DEVICE: the call gave nothing, and the device may be gone */
    et_status (*finish)(backend_session *a, const backend_call *call, et_error *error);
} session_backend;

typedef struct trainer_backend {
    /** @param net       must outlive it; its parameters are read at `write` and up to date after `read` alone
     *  @param training  read at creation; one thread at a time
     *  @return ET_OK; ET_ERROR_ARGUMENT, _MEMORY; ET_ERROR_DEVICE: this call and all that follow fail;
     *          ET_ERROR_UNSUPPORTED for a precision that is not to be had */
    et_status (*create)(backend_trainer **out, network *net, const backend_training *training, et_error *error);
    void (*destroy)(backend_trainer *t);
    /** Takes the network's parameters, and moments after `steps` steps (parameter_count each). Needed before the first step.
     */
    et_status (*write)(backend_trainer *t, const float *m, const float *v, int64_t steps, et_error *error);
    /** Forward, loss, backward and the optimiser's step. A GPU only queues them and returns once it has taken what the
     *  arguments hold; so the caller makes the next batch meanwhile, and a fault may show at a later call.
     *  @param label  windows x R
     *  @return ET_ERROR_ARGUMENT also when STEP_RESULTS_MOST results wait to be taken */
    et_status (*step)(backend_trainer *t, const network_batch *batch, const float *label, double rate, et_error *error);
    /** Waits for the steps made since the last call and gives each one's result.
     *  @param out  STEP_RESULTS_MOST entries   @param count  receives how many */
    et_status (*results)(backend_trainer *t, step_result *out, int *count, et_error *error);
    /** Waits; brings the network's parameters up to date (network_refresh is the caller's), and copies what `out` asks for.
     *  After a failure all are undefined. */
    et_status (*read)(backend_trainer *t, const backend_state *out, et_error *error);
} trainer_backend;

/** Gives rows of learned ears that left their layers to others (features/ear.h), of many streams at a time. What is shown is
 *  memory that the device reads and writes fast: whoever runs it fills `windows` and `known`, and finds `rows`. */
typedef struct backend_ear {
    int most;                                /**< streams of one call */
    float (*windows)[EAR_WINDOW][EAR_BANDS]; /**< most: as ear_window gives them */
    int *known;                              /**< most: frames of each, 1 .. EAR_WINDOW */
    float (*rows)[EAR_ROW];                  /**< most */
} backend_ear;

typedef struct ear_backend {
    /** @param weights  read at creation alone   @param streams  that there are; a call may take fewer (`most`)
     *  @return ET_OK; ET_ERROR_MEMORY, _DEVICE */
    et_status (*create)(backend_ear **out, const ear_weights *weights, int streams, et_error *error);
    void (*destroy)(backend_ear *e);
    /** Rows of the first `streams` windows, within 1e-4 of ear_hear's; waits for them. Allocates nothing. One thread at a time.
     *  @return ET_OK; ET_ERROR_ARGUMENT; ET_ERROR_DEVICE or _MEMORY: the rows are not to be used, the device may be gone */
    et_status (*run)(backend_ear *e, int streams, et_error *error);
} ear_backend;

/** A GPU's. */
typedef struct backend {
    const char *version; /**< of emotrack; the program's own, or it is refused */
    size_t network_size; /**< sizeof(struct network), as it was compiled there */
    size_t ear_size;     /**< sizeof(struct ear_weights), likewise */

    /** @param name  receives the name of the first GPU, `size` bytes  @return ET_OK if it can be used; else why not */
    et_status (*probe)(char *name, size_t size, et_error *error);

    const session_backend *session;
    const ear_backend *ear;
    const trainer_backend *trainer;
} backend;

extern const session_backend cpu_sessions;

/** A whole call. */
static inline et_status backend_session_run(const session_backend *b, backend_session *a, const backend_call *call,
                                            et_error *error)
{
    et_status status = b->start(a, call, error);
    return status == ET_OK ? b->finish(a, call, error) : status;
}

/** Finds the GPU's library and a GPU that it can use.
 *  @param out  receives a table that lives as long as the process
 *  @return ET_OK; ET_ERROR_UNSUPPORTED with one sentence that says what is missing (library, cuBLAS, cuDNN, driver, GPU);
 *          ET_ERROR_DEVICE */
et_status backend_load(const backend **out, et_error *error);

/** What the name of a device asks for.
 *  @param name  "cpu" or NULL; "cuda"; "auto": a GPU if there is one
 *  @param out   receives the GPU's table, or NULL: the CPU
 *  @return ET_OK; ET_ERROR_ARGUMENT (another name); with "cuda" also what backend_load says */
et_status backend_named(const backend **out, const char *name, et_error *error);

/** Whether the CPU takes over from a GPU of that name when it fails. */
static inline bool backend_may_fail(const char *name)
{
    return name && strcmp(name, "auto") == 0;
}

/** Name of the one symbol of the library: a function without arguments that gives its table. */
#define BACKEND_SYMBOL "emotrack_cuda_backend"
typedef const backend *(*backend_entry)(void);

#endif
