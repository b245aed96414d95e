/** Another home for the networks: a GPU. A table of functions that a separately built library, libemotrack_cuda.so, gives.
 *
 *  The program and libemotrack link nothing of NVIDIA. Asked for a GPU they look for that library beside themselves; it
 * needs cuBLAS and a driver, and where one of the three is missing the message says which. Nothing is kept between calls:
 * what the dynamic linker has loaded stays loaded. */
#ifndef EMOTRACK_MODEL_BACKEND_H
#define EMOTRACK_MODEL_BACKEND_H

#include "model/network.h"

/** Answers one network's windows; frames are kept on the device. */
typedef struct backend_answer backend_answer;

/** A call's work. Frames come first: a window may read a frame of the same call. */
typedef struct backend_call {
    int frames;
    const float *rows;     /**< frames x columns_in, after the memory */
    const int *frame_slot; /**< frames: where each is kept; no slot twice */
    int windows;
    const int *window_slots; /**< windows x K: slots, oldest frame first */
    float *out;              /**< receives windows x R */
} backend_call;

/** Forward and backward of batches, as network_trainer. */
typedef struct backend_trainer backend_trainer;

typedef struct backend {
    const char *version; /**< of emotrack; the program's own, or it is refused */
    size_t network_size; /**< sizeof(struct network), as it was compiled there */

    /** @param name  receives the name of the first GPU, `size` bytes  @return ET_OK if it can be used; else why not */
    et_status (*probe)(char *name, size_t size, et_error *error);

    /** @param net    must outlive it; later changes of its parameters are not seen
     *  @param most   most frames, and most windows, of one call, 1 .. 1,048,576
     *  @param slots  number of slots for frames, numbered from 0 */
    et_status (*answer_create)(backend_answer **out, const network *net, int most, int slots, et_error *error);
    void (*answer_destroy)(backend_answer *a);
    /** Answers within 1e-4 of network_windows'. Allocates nothing. One thread at a time.
     *  @return ET_OK; ET_ERROR_ARGUMENT; ET_ERROR_DEVICE or _MEMORY: the call gave nothing, and the device may be gone */
    et_status (*answer_run)(backend_answer *a, const backend_call *call, et_error *error);

    /** @param net  its parameters are read at each forward, and its running averages written */
    et_status (*trainer_create)(backend_trainer **out, network *net, int most_frames, int most_windows, et_error *error);
    void (*trainer_destroy)(backend_trainer *t);
    /** As network_trainer_forward and _backward; same failures as answer_run. */
    et_status (*trainer_forward)(backend_trainer *t, const network_batch *batch, float *out, et_error *error);
    et_status (*trainer_backward)(backend_trainer *t, const float *d_out, float *gradients, et_error *error);
} backend;

/** Finds the GPU's library and a GPU that it can use.
 *  @param out  receives a table that lives as long as the process
 *  @return ET_OK; ET_ERROR_UNSUPPORTED with one sentence that says what is missing (library, cuBLAS, driver, GPU);
 *          ET_ERROR_DEVICE */
et_status backend_load(const backend **out, et_error *error);

/** Name of the one symbol of the library: a function without arguments that gives its table. */
#define BACKEND_SYMBOL "emotrack_cuda_backend"
typedef const backend *(*backend_entry)(void);

#endif
