/** Long short-term memory in both directions (Hochreiter and Schmidhuber 1997, with forget gates; Schuster and Paliwal
 *  1997), the part that runs through time. Input: what lstm_input gives, (K, 8H). Output: (K, 2H), forward's state beside
 *  backward's; or, `last`, (2H): forward's after frame K beside backward's after frame 1.
 *
 *      i, f, o = sigmoid(x_i,f,o + U h);  g = tanh(x_g + U h);  c = f c + i g;  h = o tanh(c) */
#include <string.h>
#include <tgmath.h>

#include "base/error.h"
#include "model/layer.h"

/* Kept of one step of one direction, H numbers each: the four gates, the cell, the state. */
enum { INPUT, FORGET, CELL_INPUT, OUTPUT, CELL, STATE, KEPT };

static et_status rule(layer *l, et_error *error)
{
    int hidden = l->in[0].channels / 8;
    if (hidden < 1 || l->in[0].channels != 8 * hidden)
        return error_set(error, ET_ERROR_ARGUMENT, "%s: must follow an LSTM's input", l->name);
    l->out = (shape){true, l->options.last ? 1 : l->in[0].steps, 2 * hidden, 1};
    layer_declare(l, "forward.weight_recurrent", TENSOR_WEIGHT, START_ORTHOGONAL, 4 * hidden, hidden, 0);
    layer_declare(l, "backward.weight_recurrent", TENSOR_WEIGHT, START_ORTHOGONAL, 4 * hidden, hidden, 0);
    size_t vectors = ((size_t)hidden + 15) / 16 * 16, steps = (size_t)l->in[0].steps; /* room for whole vectors */
    l->saved = 2 * (steps > 2 ? steps : 2) * KEPT * vectors;
    l->scratch = (5 * steps + 6) * vectors; /* the loops below need 6 H */
    return ET_OK;
}

static real sigmoid(real x)
{
    return 1 / (1 + exp(-x));
}

/* One step of one direction: x (4H), the step before (NULL at the beginning) -> this step. */
static void step(int hidden, const real *weight, const real *x, const real *before, real *now)
{
    for (int j = 0; j < hidden; j++) {
        real gate[4];
        for (int g = 0; g < 4; g++) {
            gate[g] = x[g * hidden + j];
            for (int i = 0; before && i < hidden; i++)
                gate[g] += weight[((size_t)g * hidden + j) * hidden + i] * before[STATE * hidden + i];
        }
        now[INPUT * hidden + j] = sigmoid(gate[0]);
        now[FORGET * hidden + j] = sigmoid(gate[1]);
        now[CELL_INPUT * hidden + j] = tanh(gate[2]);
        now[OUTPUT * hidden + j] = sigmoid(gate[3]);
        real cell = now[INPUT * hidden + j] * now[CELL_INPUT * hidden + j];
        if (before) cell += now[FORGET * hidden + j] * before[CELL * hidden + j];
        now[CELL * hidden + j] = cell;
        now[STATE * hidden + j] = now[OUTPUT * hidden + j] * tanh(cell);
    }
}

static void forward_direction(const layer *l, const layer_call *c, int n, int direction)
{
    int hidden = l->out.channels / 2, steps = l->in[0].steps;
    const real *weight = layer_parameter(l, c, direction);
    real *kept = c->saved + ((size_t)n * 2 + direction) * steps * KEPT * hidden, *before = NULL;
    for (int s = 0; s < steps; s++) {
        int t = direction == 0 ? s : steps - 1 - s;
        real *now = kept + (size_t)t * KEPT * hidden;
        step(hidden, weight, c->in[0] + (((size_t)n * steps + t) * 2 + direction) * 4 * hidden, before, now);
        real *y = c->out + ((size_t)n * l->out.steps + (l->options.last ? 0 : t)) * 2 * hidden + direction * hidden;
        memcpy(y, now + STATE * hidden, (size_t)hidden * sizeof *y);
        before = now;
    }
}

static void forward(const layer *l, const layer_call *c)
{
    for (int n = 0; n < c->items; n++)
        for (int direction = 0; direction < 2; direction++) forward_direction(l, c, n, direction);
}

/* Derivatives by the gates (4H, before sigmoid and tanh) from those by state and cell; `d_cell` moves one step back. */
static void step_gates(int hidden, const real *now, const real *before, const real *d_state, real *d_cell, real *d_gates)
{
    for (int j = 0; j < hidden; j++) {
        real in = now[INPUT * hidden + j], forget = now[FORGET * hidden + j], cell = now[CELL_INPUT * hidden + j];
        real out = now[OUTPUT * hidden + j], squashed = tanh(now[CELL * hidden + j]);
        real d = d_cell[j] + d_state[j] * out * (1 - squashed * squashed);
        d_gates[j] = d * cell * in * (1 - in);
        d_gates[hidden + j] = before ? d * before[CELL * hidden + j] * forget * (1 - forget) : 0;
        d_gates[2 * hidden + j] = d * in * (1 - cell * cell);
        d_gates[3 * hidden + j] = d_state[j] * squashed * out * (1 - out);
        d_cell[j] = d * forget;
    }
}

/* Through the recurrent weights: their gradient, and the derivative by the state before. */
static void step_weights(int hidden, const real *weight, const real *before, const real *d_gates, real *gradient,
                         real *d_state)
{
    for (int i = 0; i < hidden; i++) d_state[i] = 0;
    for (int g = 0; before && g < 4 * hidden; g++)
        for (int i = 0; i < hidden; i++) {
            gradient[(size_t)g * hidden + i] += d_gates[g] * before[STATE * hidden + i];
            d_state[i] += d_gates[g] * weight[(size_t)g * hidden + i];
        }
}

static void backward_direction(const layer *l, const layer_call *c, int n, int direction)
{
    int hidden = l->out.channels / 2, steps = l->in[0].steps;
    const real *kept = c->saved + ((size_t)n * 2 + direction) * steps * KEPT * hidden;
    real *d_gates = c->scratch, *d_cell = d_gates + 4 * hidden, *d_state = d_cell + hidden;
    for (int j = 0; j < hidden; j++) d_cell[j] = d_state[j] = 0;
    for (int s = steps - 1; s >= 0; s--) {
        int t = direction == 0 ? s : steps - 1 - s, back = direction == 0 ? -1 : 1;
        const real *now = kept + (size_t)t * KEPT * hidden, *before = s > 0 ? now + (ptrdiff_t)back * KEPT * hidden : NULL;
        const real *dy = c->d_out + ((size_t)n * l->out.steps + (l->options.last ? 0 : t)) * 2 * hidden + direction * hidden;
        for (int j = 0; j < hidden && (!l->options.last || s == steps - 1); j++) d_state[j] += dy[j];
        step_gates(hidden, now, before, d_state, d_cell, d_gates);
        real *dx = c->d_in[0] + (((size_t)n * steps + t) * 2 + direction) * 4 * hidden;
        for (int g = 0; g < 4 * hidden; g++) dx[g] += d_gates[g];
        step_weights(hidden, layer_parameter(l, c, direction), before, d_gates, layer_gradient(l, c, direction), d_state);
    }
}

static void backward(const layer *l, const layer_call *c)
{
    for (int n = 0; n < c->items; n++)
        for (int direction = 0; direction < 2; direction++) backward_direction(l, c, n, direction);
}

const layer_type layer_lstm = {.name = "lstm", .mixes_frames = true, .rule = rule, .forward = forward, .backward = backward};
