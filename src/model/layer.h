/** The contract of a layer: what one file in layers/ provides, and what a backend (CPU, GPU) needs to run a list of them.
 *
 *  A network is a list of layers over values. A value is what flows: for every item (a frame, or a window once frames have
 *  been mixed) `steps` x `channels` x `length` numbers, dense, row-major in that order. Frames have one step; a sequence has
 *  the K frames of its window as steps. A layer reads values that stand before it in the list and writes one.
 *
 *  A layer type says its rule (shape of the output, parameters with their names, working room) once, when the network is
 *  built; forward and backward are plain loops, the readable truth. Faster forms for a processor stand in fast/ with the
 *  same signature, and are tested against these. */
#ifndef EMOTRACK_MODEL_LAYER_H
#define EMOTRACK_MODEL_LAYER_H

#include "emotrack.h"
#include "model/real.h"

enum { LAYER_INPUTS_MOST = 3, LAYER_TENSORS_MOST = 4, LAYER_NAME_SIZE = 48 };

/** Shape of one item of a value. */
typedef struct shape {
    bool window;  /**< an item is a window of K frames; else one frame */
    int steps;    /**< K in a sequence, else 1 */
    int channels; /**< C; 1 for plain rows of numbers */
    int length;   /**< positions along the feature axis */
} shape;

static inline size_t shape_width(shape s)
{
    return (size_t)s.channels * (size_t)s.length;
} /* numbers in a step */
static inline size_t shape_size(shape s)
{
    return (size_t)s.steps * shape_width(s);
} /* numbers in an item */

/** What the builder's line says about a layer; unused fields are zero. */
typedef struct layer_options {
    int channels;   /**< outputs of conv, dense, project, select; units of one LSTM direction */
    int width;      /**< of a convolution or pool */
    int dilation;   /**< of a convolution */
    int heads;      /**< of attend */
    bool last;      /**< LSTM: only the last state of each direction */
    bool mean, max; /**< pooling over channels or positions: which of the two, or both (mean first) */
    real rate;      /**< of dropout */
} layer_options;

/** How a tensor begins (network_initialise). */
typedef enum tensor_start {
    START_ZERO,
    START_ONE,
    START_GLOROT,     /**< uniform in +-sqrt(6 / (fan_in + fan_out)), fans by the shape: (out, in, width) */
    START_ORTHOGONAL, /**< orthonormal columns */
    START_FORGET,     /**< zero, but one for the forget gate: the second quarter */
    START_COUNTING,   /**< 0, 1, 2 ... */
    START_NO_LOG,     /**< -1: no logarithm */
    START_POWERS,     /**< of gain, by the names of the columns */
    START_RMS_FLOOR,  /**< least mean RMS energy that columns are taken relative to */
    START_IDENTITY
} tensor_start;

typedef enum tensor_kind {
    TENSOR_WEIGHT, /**< learnt, L2 acts on it */
    TENSOR_BIAS,   /**< learnt, no L2: biases, scales and offsets */
    TENSOR_STATE,  /**< kept by the layer itself: running averages */
    TENSOR_FITTED  /**< fitted before training */
} tensor_kind;

/** A parameter as the rule of a layer declares it. The full name is the layer's name, a dot, and `name`. */
typedef struct layer_tensor {
    const char *name;
    tensor_kind kind;
    tensor_start start;
    int rank, dims[3];
    size_t offset; /**< place in the arena; set when the network is laid out */
} layer_tensor;

typedef struct layer_type layer_type;

/** A layer in the list. */
typedef struct layer {
    const layer_type *type;
    char name[LAYER_NAME_SIZE]; /**< e.g. "block1.space.conv" */
    layer_options options;
    int inputs, input[LAYER_INPUTS_MOST]; /**< values read */
    int output;                           /**< value written */
    shape in[LAYER_INPUTS_MOST], out;
    int tensors;
    layer_tensor tensor[LAYER_TENSORS_MOST];
    size_t saved;   /**< numbers an item keeps from forward to backward                    */
    size_t scratch; /**< numbers of working room for each item of a call                   */
    size_t shared;  /**< numbers the whole batch shares in training (batch norm)           */
    size_t sums;    /**< sums over all items that training needs first; forward, then again backward */
} layer;

/** One call of a layer on some items in a row. Pointers begin at the first of them. */
typedef struct layer_call {
    int items;
    size_t first;           /**< index of the first item in the batch (dropout draws by it) */
    const real *parameters; /**< the arena; see layer_parameter */
    const real *packed;     /**< this layer's copy of its parameters in a fast kernel's order, or NULL */
    const real *in[LAYER_INPUTS_MOST];
    real *out;
    const real *d_out;             /**< derivative of the loss by the output */
    real *d_in[LAYER_INPUTS_MOST]; /**< backward ADDS to these; NULL: nobody asks */
    bool fresh[LAYER_INPUTS_MOST]; /**< d_in holds nothing yet: a kernel with `sets_fresh` sets it instead of adding */
    real *gradients;               /**< arena; backward ADDS to it */
    real *saved;                   /**< items x layer->saved; kept for backward when training, else mere working room */
    real *scratch;                 /**< items x layer->scratch */
    real *shared;
    bool training;
    uint64_t seed; /**< of this layer in this step */
} layer_call;

static inline const real *layer_parameter(const layer *l, const layer_call *c, int tensor)
{
    return c->parameters + l->tensor[tensor].offset;
}

static inline real *layer_gradient(const layer *l, const layer_call *c, int tensor)
{
    return c->gradients + l->tensor[tensor].offset;
}

struct layer_type {
    const char *name;
    bool mixes_frames; /**< needs the whole sequence of a window: nothing from here on can be cached by frame */
    bool view;         /**< only reads the same numbers in another shape: no forward, no backward, output in input's place */
    bool keeps_in, keeps_out; /**< backward reads `in` (`out`) again; what nobody reads again training does not keep */
    /** Checks inputs and options, sets `out`, tensors, saved, scratch, shared and sums. ET_ERROR_ARGUMENT with a message. */
    et_status (*rule)(layer *l, et_error *error);
    void (*forward)(const layer *l, const layer_call *c);
    void (*backward)(const layer *l, const layer_call *c); /**< NULL in preprocessing. A frame layer may have d_in NULL */
    /** Layers with sums: adds this call's items to `sums`, before forward (and before backward). */
    void (*forward_sums)(const layer *l, const layer_call *c, double *sums);
    void (*backward_sums)(const layer *l, const layer_call *c, double *sums);
    /** Turns the sums over all `items` into `shared`; forward also moves the running averages in `parameters`. */
    void (*forward_share)(const layer *l, const double *sums, size_t items, real *shared, real *parameters);
    void (*backward_share)(const layer *l, const double *sums, size_t items, real *shared);
};

/** A rule's way to declare a parameter of shape (d0), (d0, d1) or (d0, d1, d2): absent dimensions are 0. */
void layer_declare(layer *l, const char *name, tensor_kind kind, tensor_start start, int d0, int d1, int d2);

/* The table of layers: one file each in layers/. */
extern const layer_type layer_relative, layer_select, layer_scale, layer_project; /* preprocessing */
extern const layer_type layer_conv, layer_batch_norm, layer_layer_norm, layer_elu, layer_max_pool, layer_dropout;
extern const layer_type layer_concatenate, layer_add, layer_gate, layer_sigmoid, layer_wavelet, layer_tanh;
extern const layer_type layer_pool_channels, layer_pool_positions, layer_dense, layer_flatten, layer_flatten_window;
extern const layer_type layer_lstm_input, layer_lstm, layer_attend, layer_last;

/** All of them, NULL after the last. */
extern const layer_type *const layer_types[];

#endif
