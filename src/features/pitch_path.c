#include "features/pitch_path.h"

#include <math.h>
#include <string.h>

enum { UNVOICED = PITCH_SLOTS };
static const float VOICED_FROM = 0.7f; /* voicing of a candidate that counts as voice */
static const float GATE = 0.001f;      /* rms of the windowed frame below which nothing is said of pitch */
static const double IMPOSSIBLE = 999.0;
static const double RENEW_FROM = 1048576.0; /* costs are brought down again: path costs only matter by their differences */

void pitch_path_init(pitch_path *p, int lag)
{
    memset(p, 0, sizeof *p);
    p->lag = lag;
}

void pitch_path_reset(pitch_path *p)
{
    pitch_path_init(p, p->lag);
}

static double frequency_cost(double hz)
{
    if (hz <= 0.0) return 2.0;
    if (hz < 100.0) return 1.0 - hz / 100.0;
    if (hz < 350.0) return 0.0;
    if (hz < 600.0) return (hz - 350.0) / 250.0;
    return 1.2;
}

static void local_costs(const pitch_candidates *c, double cost[PITCH_STATES])
{
    cost[UNVOICED] = 0.0;
    for (int i = 0; i < PITCH_SLOTS; i++) {
        double voicing = fmin(fmax(c->voicing[i], 0.01), 1.0);
        bool weak = voicing < VOICED_FROM;
        cost[i] = 2.0 * (-log(voicing) + (weak ? 4.0 : 0.0)) + frequency_cost(c->hz[i]);
        if (c->voicing[i] >= VOICED_FROM) cost[UNVOICED] = 8.0;
    }
}

/* Cost of going from `before` to `now` (0: slot empty). `last_step` remembers the log ratio of the pair asked for before
 * this one; the reference charges for the difference to it. */
static double step_cost(float before, float now, double *last_step)
{
    if (before <= 0.0f || now <= 0.0f) return IMPOSSIBLE;
    double step = log((double)(now / before));
    double cost = 10.0 * fabs(step) + 10.0 * fabs(step - *last_step);
    *last_step = step;
    return cost;
}

static double transition_cost(const pitch_candidates *before, int j, const pitch_candidates *now, int i, double *last_step)
{
    if (i < UNVOICED && j < UNVOICED) return step_cost(before->hz[j], now->hz[i], last_step);
    if (i == j) return 1.0;
    *last_step = 0.0;
    return 10.0;
}

/* Cheapest way into every state of frame n. */
static void extend_paths(pitch_path *p, const double local[PITCH_STATES])
{
    int64_t n = p->frames;
    const pitch_candidates *before = &p->candidates[(n - 1) % PITCH_MEMORY], *now = &p->candidates[n % PITCH_MEMORY];
    double cost[PITCH_STATES], last_step = n == 1 ? 1.0 : 0.0;
    for (int i = 0; i < PITCH_STATES; i++) {
        double best = INFINITY;
        for (int j = 0; j < PITCH_STATES; j++) {
            double total = transition_cost(before, j, now, i, &last_step) + p->cost[j];
            if (total >= best) continue;
            best = total;
            p->from[n % PITCH_MEMORY][i] = (uint8_t)j;
        }
        cost[i] = local[i] + best;
    }
    memcpy(p->cost, cost, sizeof cost);
}

static int cheapest_state(const pitch_path *p)
{
    int best = 0;
    for (int i = 1; i < PITCH_STATES; i++)
        if (p->cost[i] < p->cost[best]) best = i;
    return best;
}

/* Costs grow for the whole stream; a whole number taken off all of them keeps their fractions exact to 2^-32. */
static void renew_costs(pitch_path *p)
{
    double least = p->cost[cheapest_state(p)];
    if (least < RENEW_FROM) return;
    for (int i = 0; i < PITCH_STATES; i++) p->cost[i] -= floor(least);
}

/* The state of the first undecided frame on the best path that ends in the newest one. */
static void decide(pitch_path *p, pitch_decision *out)
{
    int state = cheapest_state(p);
    for (int64_t n = p->frames - 1; n > p->decided; n--) state = p->from[n % PITCH_MEMORY][state];
    const pitch_candidates *c = &p->candidates[p->decided++ % PITCH_MEMORY];
    *out = (pitch_decision){0};
    if (c->energy <= GATE) return;
    out->hz = state == UNVOICED ? 0.0f : c->hz[state];
    out->voicing = c->voicing[state == UNVOICED ? 0 : state];
}

bool pitch_path_push(pitch_path *p, const pitch_candidates *next, pitch_decision *out)
{
    double local[PITCH_STATES];
    p->candidates[p->frames % PITCH_MEMORY] = *next;
    local_costs(next, local);
    if (p->frames == 0)
        memcpy(p->cost, local, sizeof local);
    else
        extend_paths(p, local);
    renew_costs(p);
    p->frames++;
    if (p->frames <= p->lag) return false;
    decide(p, out);
    return true;
}

bool pitch_path_flush(pitch_path *p, pitch_decision *out)
{
    if (p->decided == p->frames) return false;
    decide(p, out);
    return true;
}
