/** Every value is [items x steps, channels, length]: frames and the steps of windows stand one behind the other, as the rows came,
 *  so that the cut between them is no node at all, and only what mixes steps sees a window as one. */
#include "model/onnx_layers.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "features/families.h"

/* A layer on its way into the graph. */
typedef struct place {
    onnx_graph *g;
    const network *net;
    const layer *l;
    onnx_value in[LAYER_INPUTS_MOST];
} place;

#define INTEGERS(g, ...) \
    onnx_integers(g, (const int64_t[]){__VA_ARGS__}, (int)(sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)))
#define RESHAPE(g, x, ...) onnx_two(g, "Reshape", x, INTEGERS(g, __VA_ARGS__))
#define LIST(name, ...)                                                                                           \
    {                                                                                                             \
        name, ONNX_LIST, .list = {__VA_ARGS__}, .count = sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t) \
    }

static const float *values_of(const place *p, const layer *l, int tensor)
{
    return p->net->parameters + l->tensor[tensor].offset;
}

static onnx_value parameter(const place *p, int tensor)
{
    const layer_tensor *t = &p->l->tensor[tensor];
    return onnx_floats(p->g, values_of(p, p->l, tensor), t->rank, t->dims);
}

/* Numbers along the last axis, or along channels: one for each. */
static onnx_value along(onnx_graph *g, const float *x, int count, bool channels)
{
    return onnx_floats(g, x, channels ? 2 : 1, (const int[]){count, 1});
}

static onnx_value as_output(const place *p, onnx_value x)
{
    return RESHAPE(p->g, x, -1, p->l->out.channels, p->l->out.length);
}

static onnx_value transpose(onnx_graph *g, onnx_value x, int a, int b, int c, int d)
{
    const onnx_attribute order[] = {{"perm", ONNX_LIST, .list = {a, b, c, d}, .count = d < 0 ? 3 : 4}, {0}};
    return onnx_one(g, "Transpose", x, order);
}

/* ---- preprocessing ---------------------------------------------------------------------------------------------------- */

static onnx_value gather(onnx_graph *g, onnx_value x, onnx_value index, int axis)
{
    const onnx_attribute along_axis[] = {{"axis", ONNX_INTEGER, .integer = axis}, {0}};
    return onnx_node(g, "Gather", 2, (const onnx_value[]){x, index}, along_axis, 1);
}

static onnx_value relative_nodes(const place *p)
{
    onnx_graph *g = p->g;
    int columns = p->l->out.length;
    float *less = malloc(sizeof *less * (size_t)columns);
    g->nodes.failed |= less == NULL;
    for (int j = 0; less && j < columns; j++) less[j] = -values_of(p, p->l, 0)[j];
    onnx_value rms = gather(g, p->in[0], INTEGERS(g, functional_mean(DESCRIPTOR_RMS)), 2);
    onnx_value level = onnx_one(g, "Log", onnx_two(g, "Max", rms, parameter(p, 1)), NULL);
    onnx_value gain = less ? onnx_two(g, "Mul", level, along(g, less, columns, false)) : level;
    free(less);
    return onnx_two(g, "Mul", p->in[0], onnx_one(g, "Exp", gain, NULL));
}

static onnx_value select_nodes(const place *p)
{
    int64_t index[COLUMNS_MOST];
    for (int j = 0; j < p->l->out.length; j++) index[j] = (int64_t)values_of(p, p->l, 0)[j];
    return gather(p->g, p->in[0], onnx_integers(p->g, index, p->l->out.length), 2);
}

static onnx_value scale_nodes(const place *p)
{
    enum { LOG_OFFSET, MEAN, DEVIATION, CLIP };
    onnx_graph *g = p->g;
    int columns = p->l->out.length;
    const float *offset = values_of(p, p->l, LOG_OFFSET), *clip = values_of(p, p->l, CLIP);
    float added[COLUMNS_MOST], most[COLUMNS_MOST], least[COLUMNS_MOST];
    unsigned char has_log[COLUMNS_MOST];
    for (int j = 0; j < columns; j++) {
        has_log[j] = offset[j] >= 0;
        added[j] = has_log[j] ? offset[j] : 0;
        most[j] = clip[j] > 0 ? clip[j] : FLT_MAX;
        least[j] = -most[j];
    }
    onnx_value shifted = onnx_two(g, "Add", p->in[0], along(g, added, columns, false));
    onnx_value logged = onnx_one(g, "Log", onnx_two(g, "Max", shifted, onnx_scalar(g, 1e-30f)), NULL);
    onnx_value x =
        onnx_node(g, "Where", 3, (const onnx_value[]){onnx_truths(g, has_log, columns), logged, p->in[0]}, NULL, 1);
    x = onnx_two(g, "Div", onnx_two(g, "Sub", x, parameter(p, MEAN)), parameter(p, DEVIATION));
    x = onnx_two(g, "Min", x, along(g, most, columns, false));
    return onnx_two(g, "Max", x, along(g, least, columns, false));
}

/* ---- a step alone ----------------------------------------------------------------------------------------------------- */

/* W x + b over whole steps. @param bias  -1: none */
static onnx_value product(const place *p, onnx_value x, int width, onnx_value weight, onnx_value bias)
{
    const onnx_attribute turned[] = {{"transB", ONNX_INTEGER, .integer = 1}, {0}};
    const onnx_value in[] = {RESHAPE(p->g, x, -1, width), weight, bias};
    return as_output(p, onnx_node(p->g, "Gemm", bias < 0 ? 2 : 3, in, turned, 1));
}

static onnx_value project_nodes(const place *p)
{
    onnx_value centred = onnx_two(p->g, "Sub", p->in[0], parameter(p, 1));
    return product(p, centred, p->l->in[0].length, parameter(p, 0), -1);
}

static onnx_value dense_nodes(const place *p)
{
    return product(p, p->in[0], (int)shape_width(p->l->in[0]), parameter(p, 0), parameter(p, 1));
}

static onnx_value conv_nodes(const place *p)
{
    int width = p->l->options.width, dilation = p->l->options.dilation, pad = (width - 1) * dilation;
    const onnx_attribute how[] = {LIST("kernel_shape", width),
                                  LIST("dilations", dilation),
                                  LIST("strides", 1),
                                  LIST("pads", pad / 2, pad - pad / 2),
                                  {0}};
    return onnx_node(p->g, "Conv", 3, (const onnx_value[]){p->in[0], parameter(p, 0), parameter(p, 1)}, how, 1);
}

static const onnx_attribute epsilon[] = {{"epsilon", ONNX_FLOAT, .real = 1e-5f}, {0}};

static onnx_value batch_norm_nodes(const place *p)
{
    const onnx_value in[] = {p->in[0], parameter(p, 0), parameter(p, 1), parameter(p, 2), parameter(p, 3)};
    return onnx_node(p->g, "BatchNormalization", 5, in, epsilon, 1);
}

static onnx_value layer_norm_nodes(const place *p)
{
    onnx_graph *g = p->g;
    int channels = p->l->out.channels;
    onnx_value flat = RESHAPE(g, p->in[0], -1, 1, (int64_t)shape_width(p->l->out));
    const onnx_value in[] = {flat, onnx_scalar(g, 1), onnx_scalar(g, 0)};
    onnx_value x = as_output(p, onnx_node(g, "InstanceNormalization", 3, in, epsilon, 1));
    x = onnx_two(g, "Mul", x, along(g, values_of(p, p->l, 0), channels, true));
    return onnx_two(g, "Add", x, along(g, values_of(p, p->l, 1), channels, true));
}

static onnx_value elu_nodes(const place *p)
{
    static const onnx_attribute one[] = {{"alpha", ONNX_FLOAT, .real = 1}, {0}};
    return onnx_one(p->g, "Elu", p->in[0], one);
}

static onnx_value sigmoid_nodes(const place *p)
{
    return onnx_one(p->g, "Sigmoid", p->in[0], NULL);
}

static onnx_value tanh_nodes(const place *p)
{
    return onnx_one(p->g, "Tanh", p->in[0], NULL);
}

static onnx_value wavelet_nodes(const place *p)
{
    onnx_graph *g = p->g;
    onnx_value square = onnx_two(g, "Mul", p->in[0], p->in[0]);
    onnx_value bell = onnx_one(g, "Exp", onnx_two(g, "Mul", square, onnx_scalar(g, -.5f)), NULL);
    onnx_value wave = onnx_one(g, "Cos", onnx_two(g, "Mul", p->in[0], onnx_scalar(g, 1.75f)), NULL);
    return onnx_two(g, "Mul", wave, bell);
}

static onnx_value max_pool_nodes(const place *p)
{
    int width = p->l->options.width;
    const onnx_attribute how[] = {
        LIST("kernel_shape", width), LIST("strides", 1), LIST("pads", (width - 1) / 2, width / 2), {0}};
    return onnx_one(p->g, "MaxPool", p->in[0], how);
}

static onnx_value concatenate(onnx_graph *g, int inputs, const onnx_value *in)
{
    static const onnx_attribute channels[] = {{"axis", ONNX_INTEGER, .integer = 1}, {0}};
    return inputs == 1 ? in[0] : onnx_node(g, "Concat", inputs, in, channels, 1);
}

/* Mean, maximum or both along an axis, joined along channels. */
static onnx_value pool(const place *p, int axis)
{
    const onnx_attribute how[] = {LIST("axes", axis), {"keepdims", ONNX_INTEGER, .integer = 1}, {0}};
    onnx_value parts[2];
    int count = 0;
    if (p->l->options.mean) parts[count++] = onnx_one(p->g, "ReduceMean", p->in[0], how);
    if (p->l->options.max) parts[count++] = onnx_one(p->g, "ReduceMax", p->in[0], how);
    return concatenate(p->g, count, parts);
}

static onnx_value pool_channels_nodes(const place *p)
{
    return pool(p, 1);
}

static onnx_value pool_positions_nodes(const place *p)
{
    return pool(p, 2);
}

static onnx_value concatenate_nodes(const place *p)
{
    return concatenate(p->g, p->l->inputs, p->in);
}

static onnx_value add_nodes(const place *p)
{
    return onnx_two(p->g, "Add", p->in[0], p->in[1]);
}

static onnx_value gate_nodes(const place *p)
{
    return onnx_two(p->g, "Mul", onnx_two(p->g, "Mul", p->in[0], p->in[1]), p->in[2]);
}

static onnx_value same(const place *p)
{
    return p->in[0];
}

static onnx_value reshaped(const place *p)
{
    return as_output(p, p->in[0]);
}

/* ---- steps of a window ------------------------------------------------------------------------------------------------ */

/* Both directions' gates one behind the other; ONNX has them as input, output, forget, cell.
 * @param width  numbers in a row of theirs   @param bias  zeros follow them: what ONNX adds in the recurrence */
static onnx_value gates(const place *p, const layer *l, const int tensor[2], int hidden, int width, bool bias)
{
    static const int from[] = {0, 3, 1, 2};
    size_t part = (size_t)hidden * (size_t)width, direction = 4 * part * (bias ? 2 : 1);
    float *both = calloc(2 * direction, sizeof *both);
    p->g->nodes.failed |= both == NULL;
    if (both == NULL) return 0;
    for (int d = 0; d < 2; d++)
        for (int k = 0; k < 4; k++)
            memcpy(both + (size_t)d * direction + (size_t)k * part, values_of(p, l, tensor[d]) + (size_t)from[k] * part,
                   part * sizeof *both);
    const int matrix[] = {2, 4 * hidden, width}, row[] = {2, 8 * hidden};
    onnx_value constant = onnx_floats(p->g, both, bias ? 2 : 3, bias ? row : matrix);
    free(both);
    return constant;
}

/* What the layer before it, lstm_input, would have given is the node's own work. */
static onnx_value lstm_nodes(const place *p)
{
    const layer *input = p->l - 1;
    onnx_graph *g = p->g;
    int hidden = p->l->out.channels / 2, width = (int)shape_width(input->in[0]);
    const onnx_attribute how[] = {
        {"hidden_size", ONNX_INTEGER, .integer = hidden}, {"direction", ONNX_STRING, .text = "bidirectional"}, {0}};
    onnx_value x = transpose(g, RESHAPE(g, p->in[0], -1, p->l->in[0].steps, width), 1, 0, 2, -1);
    const onnx_value in[] = {x, gates(p, input, (const int[]){0, 2}, hidden, width, false),
                             gates(p, p->l, (const int[]){0, 1}, hidden, hidden, false),
                             gates(p, input, (const int[]){1, 3}, hidden, 1, true)};
    onnx_value sequence = onnx_node(g, "LSTM", 4, in, how, 2), state = sequence + 1;
    return as_output(p, p->l->options.last ? transpose(g, state, 1, 0, 2, -1) : transpose(g, sequence, 2, 0, 1, 3));
}

static onnx_value attend_nodes(const place *p)
{
    enum { QUERY, KEY, VALUE };
    onnx_graph *g = p->g;
    int heads = p->l->options.heads, size = (int)shape_width(p->l->out) / heads;
    onnx_value part[3];
    for (int i = 0; i < 3; i++) {
        part[i] = RESHAPE(g, p->in[i], -1, p->l->out.steps, heads, size);
        part[i] = i == KEY ? transpose(g, part[i], 0, 2, 3, 1) : transpose(g, part[i], 0, 2, 1, 3);
    }
    const onnx_attribute keys[] = {{"axis", ONNX_INTEGER, .integer = -1}, {0}};
    onnx_value likeness =
        onnx_two(g, "Mul", onnx_two(g, "MatMul", part[QUERY], part[KEY]), onnx_scalar(g, 1 / sqrtf((float)size)));
    onnx_value y = onnx_two(g, "MatMul", onnx_one(g, "Softmax", likeness, keys), part[VALUE]);
    return as_output(p, transpose(g, y, 0, 2, 1, 3));
}

static onnx_value last_nodes(const place *p)
{
    int steps = p->l->in[0].steps;
    onnx_value window = RESHAPE(p->g, p->in[0], -1, steps, (int64_t)shape_width(p->l->out));
    return as_output(p, gather(p->g, window, INTEGERS(p->g, steps - 1), 1));
}

/* ---- a network -------------------------------------------------------------------------------------------------------- */

static const struct {
    const layer_type *type;
    onnx_value (*nodes)(const place *p);
} table[] = {
    {&layer_relative, relative_nodes},
    {&layer_select, select_nodes},
    {&layer_scale, scale_nodes},
    {&layer_project, project_nodes},
    {&layer_conv, conv_nodes},
    {&layer_batch_norm, batch_norm_nodes},
    {&layer_layer_norm, layer_norm_nodes},
    {&layer_elu, elu_nodes},
    {&layer_max_pool, max_pool_nodes},
    {&layer_dropout, same},
    {&layer_concatenate, concatenate_nodes},
    {&layer_add, add_nodes},
    {&layer_gate, gate_nodes},
    {&layer_sigmoid, sigmoid_nodes},
    {&layer_wavelet, wavelet_nodes},
    {&layer_tanh, tanh_nodes},
    {&layer_pool_channels, pool_channels_nodes},
    {&layer_pool_positions, pool_positions_nodes},
    {&layer_dense, dense_nodes},
    {&layer_flatten, reshaped},
    {&layer_flatten_window, reshaped},
    {&layer_lstm_input, same},
    {&layer_lstm, lstm_nodes},
    {&layer_attend, attend_nodes},
    {&layer_last, last_nodes},
};

/* The value of a frame that a window's stands for. */
static int before_cut(const network *net, int value)
{
    for (int i = 0; i < net->cuts; i++)
        if (net->cut[i].window_value == value) return net->cut[i].frame_value;
    return value;
}

et_status onnx_network(onnx_graph *g, const network *net, onnx_value *answers, et_error *error)
{
    onnx_value at[VALUES_MOST];
    at[net->row] = RESHAPE(g, ONNX_ROWS, -1, 1, net->config.columns_in);
    for (int i = 0; i < net->layers; i++) {
        place p = {g, net, &net->layer[i], {0}};
        size_t k = 0;
        while (k < sizeof table / sizeof *table && table[k].type != p.l->type) k++;
        if (k == sizeof table / sizeof *table)
            return error_set(error, ET_ERROR_UNSUPPORTED, "%s: a layer of the type '%s' has no form in ONNX", p.l->name,
                             p.l->type->name);
        for (int n = 0; n < p.l->inputs; n++) p.in[n] = at[before_cut(net, p.l->input[n])];
        at[p.l->output] = table[k].nodes(&p);
    }
    *answers = RESHAPE(g, at[net->output], -1, net->config.targets);
    bool failed = g->nodes.failed || g->tensors.failed;
    return failed ? error_set(error, ET_ERROR_MEMORY, "no memory for the ONNX graph") : ET_OK;
}
