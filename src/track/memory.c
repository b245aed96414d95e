#include "track/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* The ear keeps means of a tenth of a second each (rows are means of a second: nothing is lost between) and is compared with
 * the memory every half second, so that a tracker at 0.05 s and a trainer on the 0.5 s grid decide at the same places. */
static const double EAR_BIN_S = 0.1, COMPARE_S = 0.5;

/* A row that is flagged silent says that the second behind it was silent. */
static const double SILENT_FLAG_S = 1.0;

enum { EAR_BINS_MOST = 300 };

struct memory {
    memory_constants constants;
    const network *net;
    double hop_s;
    double forgetting;     /* weight of a new row once the memory is old */
    int columns, compared; /* chosen; of these the means, which the ear compares */
    float *weight;         /* columns: 1 / within-song deviation; 0: not compared */
    float *scaled_memory, *scaled_recent;

    int64_t rows; /* remembered since the memory began */
    double mean[FUNCTIONAL_COUNT], variance[FUNCTIONAL_COUNT];
    float row[2 * FUNCTIONAL_COUNT];

    int bin_rows, bins, bins_filled, next_bin, compare_rows;
    int rows_in_bin;
    int64_t rows_heard; /* since the stream began: when to compare */
    double bin_sum[FUNCTIONAL_COUNT];
    double *bin; /* bins x 260: ring */

    bool holds_sound; /* at least one row that was not silence */
    double silent_s;
};

static et_status check(const memory_constants *c, const network *net, double hop_s, et_error *error)
{
    int wanted = c->deviation ? 2 * FUNCTIONAL_COUNT : FUNCTIONAL_COUNT;
    if (!(c->time_constant_s == 0 || (c->time_constant_s >= 1 && c->time_constant_s <= 3600)))
        return error_set(error, ET_ERROR_ARGUMENT,
                         "memory: time constant %g s is neither 0 (no memory) nor within 1 .. 3600 s", c->time_constant_s);
    if (!(c->change_window_s >= 0 && c->change_window_s <= 30))
        return error_set(error, ET_ERROR_ARGUMENT, "memory: ear of %g s is outside 0 .. 30 s", c->change_window_s);
    if (!(c->threshold >= 0) || !isfinite(c->threshold))
        return error_set(error, ET_ERROR_ARGUMENT, "memory: threshold %g of change is not a number from 0 up", c->threshold);
    if (!(c->silence_reset_s >= 0) || !isfinite(c->silence_reset_s))
        return error_set(error, ET_ERROR_ARGUMENT, "memory: silence of %g s is not a time", c->silence_reset_s);
    if (!(hop_s >= 0.001 && hop_s <= 10))
        return error_set(error, ET_ERROR_ARGUMENT, "memory: hop of %g s is outside 0.001 .. 10 s", hop_s);
    if (network_configuration(net)->columns_in != wanted)
        return error_set(error, ET_ERROR_ARGUMENT, "memory gives rows of %d numbers, the network takes %d", wanted,
                         network_configuration(net)->columns_in);
    return ET_OK;
}

static int at_least_one(double count)
{
    return count < 1.5 ? 1 : (int)(count + 0.5);
}

/* Means are compared: the deviation of the last seconds says little. A column that never moves within a song says nothing
 * about a change of song. */
static void set_weights(memory *m, const float *deviation)
{
    for (int j = 0; j < m->columns; j++) {
        bool is_mean = network_column(m->net, j) < FUNCTIONAL_COUNT;
        bool usable = !deviation || (isfinite(deviation[j]) && deviation[j] > 0);
        m->weight[j] = !is_mean || !usable ? 0.0f : !deviation ? 1.0f : 1.0f / deviation[j];
        m->compared += is_mean;
    }
}

et_status memory_create(memory **out, const memory_constants *constants, const network *net, const float *deviation,
                        double hop_s, et_error *error)
{
    *out = NULL;
    et_status status = check(constants, net, hop_s, error);
    if (status != ET_OK) return status;
    memory *m = calloc(1, sizeof *m);
    if (!m) return error_set(error, ET_ERROR_MEMORY, "memory: out of memory");
    m->constants = *constants;
    m->net = net;
    m->hop_s = hop_s;
    m->forgetting = constants->time_constant_s > 0 ? 1 - exp(-hop_s / constants->time_constant_s) : 1;
    m->columns = network_configuration(net)->columns;
    m->bin_rows = at_least_one(EAR_BIN_S / hop_s);
    m->compare_rows = at_least_one(COMPARE_S / hop_s);
    m->bins = constants->change_window_s > 0 ? at_least_one(constants->change_window_s / (m->bin_rows * hop_s)) : 0;
    if (m->bins > EAR_BINS_MOST) m->bins = EAR_BINS_MOST;
    m->weight = malloc(sizeof(float) * (size_t)m->columns);
    m->scaled_memory = malloc(sizeof(float) * (size_t)m->columns);
    m->scaled_recent = malloc(sizeof(float) * (size_t)m->columns);
    m->bin = malloc(sizeof(double) * FUNCTIONAL_COUNT * (size_t)(m->bins + 1));
    if (!m->weight || !m->scaled_memory || !m->scaled_recent || !m->bin) {
        memory_destroy(m);
        return error_set(error, ET_ERROR_MEMORY, "memory: out of memory");
    }
    set_weights(m, deviation);
    memory_reset(m);
    *out = m;
    return ET_OK;
}

void memory_destroy(memory *m)
{
    if (!m) return;
    free(m->weight);
    free(m->scaled_memory);
    free(m->scaled_recent);
    free(m->bin);
    free(m);
}

static void begin_afresh(memory *m)
{
    m->rows = 0;
    m->bins_filled = m->next_bin = m->rows_in_bin = 0;
    m->holds_sound = false;
    memset(m->mean, 0, sizeof m->mean);
    memset(m->variance, 0, sizeof m->variance);
    memset(m->bin_sum, 0, sizeof m->bin_sum);
}

void memory_reset(memory *m)
{
    begin_afresh(m);
    m->rows_heard = 0;
    m->silent_s = 0;
}

/* Weight of the next row: plain mean while young, exponential afterwards. */
static double weight_of_next(const memory *m)
{
    double plain = 1.0 / (double)(m->rows + 1);
    return plain > m->forgetting ? plain : m->forgetting;
}

/* Mean and variance without sums that grow (West 1979). */
static void remember(memory *m, const float row[FUNCTIONAL_COUNT])
{
    double a = weight_of_next(m);
    for (int i = 0; i < FUNCTIONAL_COUNT; i++) {
        double step = (double)row[i] - m->mean[i];
        m->mean[i] += a * step;
        m->variance[i] = (1 - a) * (m->variance[i] + a * step * step);
    }
    m->rows++;
}

static void listen(memory *m, const float row[FUNCTIONAL_COUNT])
{
    m->rows_heard++;
    for (int i = 0; i < FUNCTIONAL_COUNT; i++) m->bin_sum[i] += (double)row[i];
    if (++m->rows_in_bin < m->bin_rows) return;
    double *bin = m->bin + (size_t)m->next_bin * FUNCTIONAL_COUNT;
    for (int i = 0; i < FUNCTIONAL_COUNT; i++) bin[i] = m->bin_sum[i] / m->bin_rows;
    memset(m->bin_sum, 0, sizeof m->bin_sum);
    m->rows_in_bin = 0;
    if (m->bins == 0) return;
    m->next_bin = (m->next_bin + 1) % m->bins;
    if (m->bins_filled < m->bins) m->bins_filled++;
}

/* Mean and population variance of the ear's newest bins. */
static void hear(const memory *m, int bins, double mean[FUNCTIONAL_COUNT], double variance[FUNCTIONAL_COUNT])
{
    memset(mean, 0, sizeof(double) * FUNCTIONAL_COUNT);
    memset(variance, 0, sizeof(double) * FUNCTIONAL_COUNT);
    int oldest = m->next_bin - bins + m->bins;
    for (int b = 0; b < bins; b++)
        for (int i = 0; i < FUNCTIONAL_COUNT; i++) mean[i] += m->bin[(oldest + b) % m->bins * FUNCTIONAL_COUNT + i];
    for (int i = 0; i < FUNCTIONAL_COUNT; i++) mean[i] /= bins;
    for (int b = 0; b < bins; b++)
        for (int i = 0; i < FUNCTIONAL_COUNT; i++) {
            double d = m->bin[(oldest + b) % m->bins * FUNCTIONAL_COUNT + i] - mean[i];
            variance[i] += d * d / bins;
        }
}

/* Root mean square difference of two rows over the standardised columns, in within-song deviations. The columns are not
 * linear in the row (relative, logarithm, clip): means are compared, not means of columns. */
static double difference(memory *m, const double ear_mean[FUNCTIONAL_COUNT])
{
    double sum = 0;
    for (int i = 0; i < FUNCTIONAL_COUNT; i++) {
        m->row[i] = (float)m->mean[i];
        m->row[FUNCTIONAL_COUNT + i] = (float)sqrt(m->variance[i]);
    }
    network_scaled(m->net, m->row, m->scaled_memory);
    for (int i = 0; i < FUNCTIONAL_COUNT; i++) m->row[i] = (float)ear_mean[i];
    network_scaled(m->net, m->row, m->scaled_recent);
    for (int j = 0; j < m->columns; j++) {
        double d = (double)((m->scaled_recent[j] - m->scaled_memory[j]) * m->weight[j]);
        sum += d * d;
    }
    return m->compared ? sqrt(sum / m->compared) : 0;
}

/* Where the last seconds are another music than the memory, they are all that is worth remembering; and of them the later
 * half, since the change is noticed while the ear still holds some of the old music. */
static void hear_a_change(memory *m)
{
    double mean[FUNCTIONAL_COUNT], variance[FUNCTIONAL_COUNT];
    int64_t ear_rows = (int64_t)m->bins * m->bin_rows;
    bool ready = m->bins > 0 && m->bins_filled == m->bins && m->rows > ear_rows;
    if (!ready || m->rows_heard % m->compare_rows != 0) return;
    hear(m, m->bins, mean, variance);
    if (!(difference(m, mean) > m->constants.threshold)) return;
    int later_half = (m->bins + 1) / 2;
    hear(m, later_half, m->mean, m->variance);
    m->rows = (int64_t)later_half * m->bin_rows;
}

bool memory_begins(const memory *m, bool silent)
{
    bool long_silence = m->constants.silence_reset_s > 0 && m->silent_s > 0 &&
                        m->silent_s - m->hop_s + SILENT_FLAG_S >= m->constants.silence_reset_s - 1e-9;
    return !silent && (long_silence || !m->holds_sound);
}

static bool is_held(const memory *m, bool silent)
{
    return silent && m->holds_sound;
}

void memory_push(memory *m, const float row[FUNCTIONAL_COUNT], bool silent, float *out)
{
    if (memory_begins(m, silent)) begin_afresh(m);
    m->silent_s = silent ? m->silent_s + m->hop_s : 0;
    if (!is_held(m, silent)) {
        remember(m, row);
        listen(m, row);
        hear_a_change(m);
    }
    if (!silent) m->holds_sound = true;
    for (int i = 0; i < FUNCTIONAL_COUNT; i++) out[i] = (float)m->mean[i];
    if (!m->constants.deviation) return;
    for (int i = 0; i < FUNCTIONAL_COUNT; i++) out[FUNCTIONAL_COUNT + i] = (float)sqrt(m->variance[i]);
}

void memory_peek(const memory *m, const float row[FUNCTIONAL_COUNT], bool silent, float *out)
{
    double a = memory_begins(m, silent) ? 1 : is_held(m, silent) ? 0 : weight_of_next(m);
    for (int i = 0; i < FUNCTIONAL_COUNT; i++) {
        double step = (double)row[i] - m->mean[i], variance = (1 - a) * (m->variance[i] + a * step * step);
        out[i] = (float)(m->mean[i] + a * step);
        if (m->constants.deviation) out[FUNCTIONAL_COUNT + i] = (float)sqrt(variance);
    }
}

double memory_age_s(const memory *m)
{
    return (double)m->rows * m->hop_s;
}
