/** Writes the list of layers of a network, a line for each layer.
 *
 *  A builder has a current value that each line reads and replaces; a branch keeps `b->value` in a variable and comes back
 *  to it. The first failing line is remembered and the lines after it do nothing, so that a network reads without checks.
 *  Where a layer mixes frames and its input is still a frame's, the cut between frame and window is found there. */
#ifndef EMOTRACK_MODEL_BUILDER_H
#define EMOTRACK_MODEL_BUILDER_H

#include "model/layer.h"
#include "model/network.h"

typedef struct builder {
    struct network *net;
    et_error *error;
    et_status status;
    int value;      /**< the current one */
    char scope[32]; /**< before the names of the next layers, e.g. "block1.space." */
} builder;

typedef void (*network_recipe)(builder *b, const network_config *s);

/** Lays out a network from any recipe: how tests show an eleventh one. network_create is this with the recipe of its name.
 */
et_status network_build(network **out, const network_config *config, network_recipe recipe, et_error *error);

/** The recipe of one of the ten, or NULL. */
network_recipe network_recipe_find(const char *name);

typedef enum lstm_output { WHOLE, LAST } lstm_output;

/** Names of the next layers begin with this. */
void scope(builder *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

void conv(builder *b, const char *name, int channels, int width, int dilation);
void batch_norm(builder *b, const char *name);
void layer_normalise(builder *b, const char *name);
void elu(builder *b);
void sigmoid(builder *b);
void wavelet(builder *b);
void max_pool(builder *b, int width);
void dropout(builder *b, float rate);
void dense(builder *b, const char *name, int outputs);
void flatten(builder *b);        /**< a frame's map becomes a vector */
void flatten_window(builder *b); /**< a whole window becomes one signal */
void bilstm(builder *b, const char *name, int hidden, lstm_output output);
void self_attention(builder *b, const char *name, int heads, int key_channels);
void last(builder *b);
void tanh_head(builder *b);
void pool_channels(builder *b, bool mean, bool max);
void pool_positions(builder *b, bool mean, bool max);
void concatenate(builder *b, int first, int second); /**< two values along channels */
void add(builder *b, int first, int second);
void gate(builder *b, int map, int channel, int spatial);
int channels_of(const builder *b);

/* Preprocessing. */
void relative(builder *b);
void select_columns(builder *b, int columns);
void scale(builder *b);
void project(builder *b, int features);

#endif
