#include "model/builder.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "model/network_internal.h"

void scope(builder *b, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(b->scope, sizeof b->scope, format, arguments);
    va_end(arguments);
}

static int new_value(builder *b, shape s)
{
    b->net->value[b->net->values] = s;
    return b->net->values++;
}

/* The value with one item a window: the cut, if it is a frame's. */
static int windowed(builder *b, int value)
{
    network *net = b->net;
    if (net->value[value].window) return value;
    for (int i = 0; i < net->cuts; i++)
        if (net->cut[i].frame_value == value) return net->cut[i].window_value;
    if (net->cuts == CUTS_MOST) {
        b->status = error_set(b->error, ET_ERROR_LIMIT, "%s: more than %d values of a frame reach the window",
                              net->config.network, CUTS_MOST);
        return value;
    }
    shape s = net->value[value];
    s.window = true;
    s.steps = net->config.window;
    int window_value = new_value(b, s);
    net->cut[net->cuts++] = (cut){value, window_value, net->slot_size, shape_width(s)};
    net->slot_size += shape_width(s);
    return window_value;
}

static void connect(builder *b, layer *l, const int *input)
{
    bool window = l->type->mixes_frames;
    for (int i = 0; i < l->inputs; i++) window = window || b->net->value[input[i]].window;
    for (int i = 0; i < l->inputs; i++) {
        l->input[i] = window ? windowed(b, input[i]) : input[i];
        l->in[i] = b->net->value[l->input[i]];
    }
}

static void append(builder *b, const layer_type *type, const char *name, layer_options options, int inputs, const int *input)
{
    network *net = b->net;
    if (b->status != ET_OK) return;
    if (net->layers == LAYERS_MOST) {
        b->status = error_set(b->error, ET_ERROR_LIMIT, "%s: more than %d layers", net->config.network, LAYERS_MOST);
        return;
    }
    layer *l = &net->layer[net->layers];
    *l = (layer){.type = type, .options = options, .inputs = inputs};
    snprintf(l->name, sizeof l->name, "%s%s", b->scope, name);
    connect(b, l, input);
    if (b->status == ET_OK) b->status = type->rule(l, b->error);
    if (b->status != ET_OK) return;
    if (shape_size(l->out) > ITEM_MOST / 64) {
        b->status = error_set(b->error, ET_ERROR_LIMIT, "%s: %s gives %zu numbers an item; make the network smaller",
                              net->config.network, l->name, shape_size(l->out));
        return;
    }
    l->output = b->value = new_value(b, l->out);
    net->layers++;
}

static void append_one(builder *b, const layer_type *type, const char *name, layer_options options)
{
    append(b, type, name, options, 1, &b->value);
}

int channels_of(const builder *b)
{
    return b->net->value[b->value].channels;
}

void conv(builder *b, const char *name, int channels, int width, int dilation)
{
    append_one(b, &layer_conv, name, (layer_options){.channels = channels, .width = width, .dilation = dilation});
}

void batch_norm(builder *b, const char *name)
{
    append_one(b, &layer_batch_norm, name, (layer_options){0});
}

void layer_normalise(builder *b, const char *name)
{
    append_one(b, &layer_layer_norm, name, (layer_options){0});
}

void elu(builder *b)
{
    append_one(b, &layer_elu, "elu", (layer_options){0});
}

void sigmoid(builder *b)
{
    append_one(b, &layer_sigmoid, "sigmoid", (layer_options){0});
}

void wavelet(builder *b)
{
    append_one(b, &layer_wavelet, "wavelet", (layer_options){0});
}

void max_pool(builder *b, int width)
{
    append_one(b, &layer_max_pool, "pool", (layer_options){.width = width});
}

void dropout(builder *b, float rate)
{
    append_one(b, &layer_dropout, "dropout", (layer_options){.rate = (real)rate});
}

void dense(builder *b, const char *name, int outputs)
{
    append_one(b, &layer_dense, name, (layer_options){.channels = outputs});
}

void flatten(builder *b)
{
    append_one(b, &layer_flatten, "flatten", (layer_options){0});
}

void flatten_window(builder *b)
{
    append_one(b, &layer_flatten_window, "flatten", (layer_options){0});
}

void bilstm(builder *b, const char *name, int hidden, lstm_output output)
{
    append_one(b, &layer_lstm_input, name, (layer_options){.channels = hidden});
    append_one(b, &layer_lstm, name, (layer_options){.channels = hidden, .last = output == LAST});
}

void self_attention(builder *b, const char *name, int heads, int key_channels)
{
    static const char *const part[3] = {"query", "key", "value"};
    int width = (int)shape_width(b->net->value[b->value]), in = b->value, value[3];
    char full[32];
    for (int i = 0; i < 3; i++) {
        snprintf(full, sizeof full, "%s.%s", name, part[i]);
        b->value = in;
        dense(b, full, key_channels);
        value[i] = b->value;
    }
    append(b, &layer_attend, name, (layer_options){.heads = heads}, 3, value);
    snprintf(full, sizeof full, "%s.output", name);
    dense(b, full, width);
}

void last(builder *b)
{
    append_one(b, &layer_last, "last", (layer_options){0});
}

void tanh_head(builder *b)
{
    append_one(b, &layer_tanh, "tanh", (layer_options){0});
}

void pool_channels(builder *b, bool mean, bool max)
{
    append_one(b, &layer_pool_channels, "pool", (layer_options){.mean = mean, .max = max});
}

void pool_positions(builder *b, bool mean, bool max)
{
    append_one(b, &layer_pool_positions, "pool", (layer_options){.mean = mean, .max = max});
}

void concatenate(builder *b, int first, int second)
{
    append(b, &layer_concatenate, "join", (layer_options){0}, 2, (const int[]){first, second});
}

void add(builder *b, int first, int second)
{
    append(b, &layer_add, "add", (layer_options){0}, 2, (const int[]){first, second});
}

void gate(builder *b, int map, int channel, int spatial)
{
    append(b, &layer_gate, "gate", (layer_options){0}, 3, (const int[]){map, channel, spatial});
}

void relative(builder *b)
{
    append_one(b, &layer_relative, "relative", (layer_options){0});
}

void select_columns(builder *b, int columns)
{
    append_one(b, &layer_select, "columns", (layer_options){.channels = columns});
}

void scale(builder *b)
{
    append_one(b, &layer_scale, "scaling", (layer_options){0});
}

void project(builder *b, int features)
{
    append_one(b, &layer_project, "projection", (layer_options){.channels = features});
}
