/** Another home for the networks: a GPU. A table of functions that a separately built library, libemotrack_cuda.so, gives.
 *
 *  The program and libemotrack link nothing of NVIDIA. Asked for a GPU they look for that library beside themselves; it
 *  needs cuBLAS and a driver, and where one of the three is missing the message says which. Nothing is kept between calls:
 *  what the dynamic linker has loaded stays loaded. */
#ifndef EMOTRACK_MODEL_BACKEND_H
#define EMOTRACK_MODEL_BACKEND_H

#include "model/network.h"
#include "model/step_rule.h"

/** Answers one network's windows; frames are kept on the device. */
typedef struct backend_session backend_session;

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
    const float *rows;             /**< row_count x F, behind preprocessing, copied to the device at creation: batches whose
                        * `rows` this is name the ones that they read (`chosen`). NULL: rows come with each batch */
    size_t row_count;
} backend_training;

/** Copies of what lies on the device. NULL: not asked for. */
typedef struct backend_state {
    float *m, *v;     /**< the optimiser's moments, parameter_count each */
    float *gradients; /**< of the last step, before clipping, parameter_count */
    float *answers;   /**< of the last step, windows x R */
} backend_state;

typedef struct backend {
    const char *version; /**< of emotrack; the program's own, or it is refused */
    size_t network_size; /**< sizeof(struct network), as it was compiled there */

    /** @param name  receives the name of the first GPU, `size` bytes  @return ET_OK if it can be used; else why not */
    et_status (*probe)(char *name, size_t size, et_error *error);

    /** @param net    must outlive it; later changes of its parameters are not seen
     *  @param most   most frames, and most windows, of one call, 1 .. 1,048,576
     *  @param slots  number of slots for frames, numbered from 0 */
    et_status (*session_create)(backend_session **out, const network *net, int most, int slots, et_error *error);
    void (*session_destroy)(backend_session *a);
    /** Begins a call and returns once it has taken what `call` points to (`out` is not touched). Several networks may have
     *  calls in work at a time, one each. Allocates nothing. One thread at a time.
     *  @return ET_OK; ET_ERROR_ARGUMENT; ET_ERROR_DEVICE or _MEMORY: nothing was begun, and the device may be gone */
    et_status (*session_start)(backend_session *a, const backend_call *call, et_error *error);
    /** Waits for the same call's answers, which are within 1e-4 of network_windows'; needed after each start.
     *  @return ET_OK; ET_ERROR_DEVICE: the call gave nothing, and the device may be gone */
    et_status (*session_finish)(backend_session *a, const backend_call *call, et_error *error);

    /** @param net       must outlive it; its parameters are read at trainer_write and written at trainer_read alone
     *  @param training  read at creation; one thread at a time; failures as session_start's, of this and all that follow */
    et_status (*trainer_create)(backend_trainer **out, network *net, const backend_training *training, et_error *error);
    void (*trainer_destroy)(backend_trainer *t);
    /** Takes the network's parameters, and moments after `steps` steps (parameter_count each). Needed before the first step.
     */
    et_status (*trainer_write)(backend_trainer *t, const float *m, const float *v, int64_t steps, et_error *error);
    /** Queues forward, loss, backward and the optimiser's step, and returns once it has taken what the arguments hold; so
     *  the caller makes the next batch while the device works on this one. A fault may show at a later call.
     *  @param label  windows x R
     *  @return ET_ERROR_ARGUMENT also when STEP_RESULTS_MOST results wait to be taken */
    et_status (*trainer_step)(backend_trainer *t, const network_batch *batch, const float *label, double rate,
                              et_error *error);
    /** Waits for the steps made since the last call and gives each one's result.
     *  @param out  STEP_RESULTS_MOST entries   @param count  receives how many */
    et_status (*trainer_results)(backend_trainer *t, step_result *out, int *count, et_error *error);
    /** Waits; copies the parameters into the network (network_refresh is the caller's), and what `out` asks for. */
    et_status (*trainer_read)(backend_trainer *t, const backend_state *out, et_error *error);
} backend;

/** A whole call. */
static inline et_status backend_session_run(const backend *b, backend_session *a, const backend_call *call, et_error *error)
{
    et_status status = b->session_start(a, call, error);
    return status == ET_OK ? b->session_finish(a, call, error) : status;
}

/** Finds the GPU's library and a GPU that it can use.
 *  @param out  receives a table that lives as long as the process
 *  @return ET_OK; ET_ERROR_UNSUPPORTED with one sentence that says what is missing (library, cuBLAS, driver, GPU);
 *          ET_ERROR_DEVICE */
et_status backend_load(const backend **out, et_error *error);

/** Name of the one symbol of the library: a function without arguments that gives its table. */
#define BACKEND_SYMBOL "emotrack_cuda_backend"
typedef const backend *(*backend_entry)(void);

#endif
