/** The ten networks: from a row of functionals to an emotion, forward and backward.
 *
 *  A network is a list of layers that a builder leaves behind (networks.c: one short table or function for each of the ten).
 *  First stands preprocessing, layers that are fitted and not trained: columns relative to the mean RMS energy, choice of columns,
 *  scaling (logarithm, standardise, clip) and projection (PCA). Everything down to the first LSTM's input projection depends
 *  on one frame only; the builder finds that cut. `network_frame` computes a frame's part once, `network_windows` the rest
 *  over K cached frames.
 *
 *  Tensors of preprocessing (fitted by the trainer; network_initialise makes them pass a row through):
 *      relative.power       (columns_in)  column j is divided by (mean RMS energy)^power; starts with the known powers of the
 *                                         functionals' families, 0: the column does not depend on gain
 *      relative.floor       (1)           least mean RMS energy, so that silence is finite; starts as 1e-5
 *      columns.index        (columns)     which columns are used, in which order: whole numbers
 *      scaling.log_offset   (columns)     log(x + log_offset) if it is >= 0; starts as -1: no logarithm
 *      scaling.mean, scaling.deviation    (columns)  then (x - mean) / deviation
 *      scaling.clip         (columns)     then clipped at +-clip if it is > 0; starts as 0
 *      projection.weight    (features, columns), projection.mean (columns):  y = W (x - mean)
 *
 *  A `network` holds parameters; a `network_work` holds the activations of one thread. Many works may answer from one
 *  network at a time as long as nobody trains it. After creation nothing is allocated. CPU results do not depend on how
 *  frames and windows are batched, bit for bit. */
#ifndef EMOTRACK_MODEL_NETWORK_H
#define EMOTRACK_MODEL_NETWORK_H

#include "emotrack.h"
#include "model/real.h"

enum { WINDOW_MOST = 256 /**< frames in a window */ };

/** Sizes and choices of a network (networks.md, table of symbols). */
typedef struct network_config {
    char network[24];        /**< "dselfattention", "cnn", ... */
    int columns_in;          /**< numbers in a row that network_frame takes: 260 (descriptors) or 480 (all families,
                                  features/families.h) */
    int columns;             /**< columns chosen from them, 1 .. columns_in */
    int features;            /**< F: numbers after the projection; equal to `columns` without one */
    bool relative;           /**< preprocessing: columns relative to a power of the mean RMS energy */
    bool projection;         /**< preprocessing: PCA */
    int window;              /**< K frames, 1 .. WINDOW_MOST */
    double frame_step_s;     /**< between two frames of a window: 0.5 */
    int channels;            /**< C of one branch */
    int blocks;              /**< N residual blocks */
    int k1, k2;              /**< convolution widths */
    int hidden;              /**< H of one direction */
    int heads, key_channels; /**< self-attention: 3 and 6 */
    bool attention_last;     /**< `attention=last`: the reference's odd form; else over the sequence */
    int targets;             /**< R: 1 or 2; with 2 the order is valence, arousal */
    int lag;                 /**< frames between the window's end and the frame it speaks for; 0, or 1 as the reference */
    float dropout_branch, dropout_head; /**< 0.01 and 0.3 in the reference */
} network_config;

typedef struct network network;
typedef struct network_work network_work;

/** The defaults of networks.md for one of the ten names (columns and features still to be set).
 *  @return false if there is no such network */
bool network_defaults(network_config *config, const char *name);

/** Names of the ten networks, NULL after the last. */
const char *const *network_names(void);

/** Lays out the layers and their parameters (zero; see network_initialise).
 *  @return ET_OK; ET_ERROR_ARGUMENT, _LIMIT (sizes are bounded before anything is allocated), _MEMORY */
et_status network_create(network **out, const network_config *config, et_error *error);
void network_destroy(network *net);
const network_config *network_configuration(const network *net);

/** Starting weights: Glorot uniform, orthogonal recurrent weights, zero biases, forget gates' biases one. */
void network_initialise(network *net, uint64_t seed);

/** One parameter tensor. `trained`: gradients exist. `decay`: a weight, not a bias or scale (L2 acts on it). `state`: batch
 *  norm's running averages, kept in the model file but not learnt by gradient. Of preprocessing: none of the three. */
typedef struct network_tensor {
    const char *name; /**< e.g. "block1.space.conv.weight"; lives as long as the network */
    int rank;
    int shape[4];
    size_t offset, count; /**< place in network_parameters() and in a gradient vector */
    bool trained, decay, state;
} network_tensor;

size_t network_tensor_count(const network *net);
const network_tensor *network_tensor_at(const network *net, size_t i);
const network_tensor *network_tensor_find(const network *net, const char *name); /* NULL if there is none */

/** All parameters, one arena, network_parameter_count() floats. */
real *network_parameters(network *net);
size_t network_parameter_count(const network *net); /* arena, preprocessing included    */
size_t network_trained_count(const network *net);   /* as a paper counts: trained ones */

/** Must be called after the parameters changed from outside (loaded, optimiser step): refreshes packed copies and folded
 *  norms. Not while a work answers. */
void network_refresh(network *net);

/* ---- answering ---------------------------------------------------------------------------------------------------- */

/** @param most_windows  largest number of windows in one network_windows call */
et_status network_work_create(network_work **out, const network *net, int most_windows, et_error *error);
void network_work_destroy(network_work *work);

/** Floats in a cached frame. */
size_t network_slot_size(const network *net);

/** A frame's part of the network. Real-time safe.
 *  @param row   columns_in numbers, after the memory
 *  @param slot  receives network_slot_size() floats */
void network_frame(const network *net, network_work *work, const real *row, real *slot);

/** The two halves of network_frame: preprocessing (columns, scaling, projection), and what follows them. Real-time
 *  safe. @param features  F numbers, as training batches have them */
void network_features(const network *net, network_work *work, const real *row, real *features);
void network_frame_of_features(const network *net, network_work *work, const real *features, real *slot);

/** The rest of the network over windows of cached frames. Real-time safe.
 *  @param slots  windows * K pointers, oldest frame of each window first
 *  @param out    windows * R numbers in [-1, 1] */
void network_windows(const network *net, network_work *work, const real *const *slots, int windows, real *out);

/** Preprocessing alone, down to scaling and before the projection: what the change detector of the memory compares.
 *  @param row  columns_in numbers   @param out  `columns` numbers, standardised and clipped */
void network_scaled(const network *net, const real *row, real *out);

/** Which number of a row scaled column j comes from. @param j  below `columns` */
int network_column(const network *net, int j);

/* ---- training ----------------------------------------------------------------------------------------------------- */

/** A batch: frames that windows share are computed, forward and backward, once. */
typedef struct network_batch {
    const real *rows;  /**< frames x columns_in, raw rows; or, if `projected`, frames x F, behind preprocessing */
    const int *chosen; /**< NULL; or, if `projected`: of each frame, its place among more rows than the batch has */
    bool projected;
    int frames;
    const int *window_frames; /**< windows x K: indices into rows, oldest first */
    int windows;
    uint64_t seed; /**< of this step's dropout */
} network_batch;

/** The network's answers to a batch that is not trained on. @param out  windows x R   @return ET_OK or ET_ERROR_MEMORY */
et_status network_answers(const network *net, const network_batch *batch, real *out, et_error *error);

typedef struct network_trainer network_trainer;

/** Work space for training. @param threads  batches are cut in a way that does not depend on it: same bytes for any number
 */
et_status network_trainer_create(network_trainer **out, network *net, int most_frames, int most_windows, int threads,
                                 et_error *error);
void network_trainer_destroy(network_trainer *trainer);

/** Forward with dropout and batch statistics (running averages are updated). @param out  windows x R */
void network_trainer_forward(network_trainer *trainer, const network_batch *batch, real *out);

/** Backward of the last forward. @param d_out  windows x R, derivative of the loss   @param gradients  arena-sized,
 *  overwritten */
void network_trainer_backward(network_trainer *trainer, const real *d_out, real *gradients);

#endif
