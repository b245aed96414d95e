#include "track/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* The change detector keeps means of a tenth of a second each (rows are means of a second: nothing is lost between) and is
 * compared with the memory every half second, so that a tracker at 0.05 s and a trainer on the 0.5 s grid decide at the same
 * places. */
static const double BIN_S = 0.1, COMPARE_S = 0.5;

/* A row that is flagged silent says that the second behind it was silent. */
static const double SILENT_FLAG_S = 1.0;

enum { BINS_MOST = 300 };

/* Means over rows, and what the ear's columns are composed with. */
typedef struct means {
    int64_t rows, finals; /* since it began; of these the ones whose final columns count */
    bool from_start;      /* it began with the stream */
    double mean[ROW_COLUMNS];
} means;

struct memory {
    memory_constants constants;
    const network *net;
    double hop_s;
    double forgetting; /* weight of a new row once the memory is old */
    int width;         /* means: 260 or 480 */
    int columns;       /* that the network chose */
    int compared;      /* of these by the change detector */
    float *weight;     /* columns: 1 / within-song deviation; 0: not compared */
    float *scaled_memory, *scaled_recent;

    means now;
    float tail[EAR_COLUMNS]; /* of the newest row that was remembered */
    float row[REMEMBERED_MOST];

    int bin_rows, bins, final_bins, bins_filled, next_bin, compare_rows;
    int rows_in_bin;
    int64_t rows_heard; /* since the stream began: when to compare */
    double bin_sum[ROW_COLUMNS];
    double *bin; /* bins x width: ring */

    memory_silence silence;
};

static et_status check(const memory_constants *c, const network *net, double hop_s, et_error *error)
{
    int taken = network_configuration(net)->columns_in;
    if (!(c->time_constant_s == 0 || (c->time_constant_s >= 1 && c->time_constant_s <= 3600)))
        return error_set(error, ET_ERROR_ARGUMENT,
                         "memory: time constant %g s is neither 0 (no memory) nor within 1 .. 3600 s", c->time_constant_s);
    if (!(c->change_window_s >= 0 && c->change_window_s <= 30))
        return error_set(error, ET_ERROR_ARGUMENT, "memory: change window of %g s is outside 0 .. 30 s", c->change_window_s);
    if (!(c->threshold >= 0) || !isfinite(c->threshold))
        return error_set(error, ET_ERROR_ARGUMENT, "memory: threshold %g of change is not a number from 0 up", c->threshold);
    if (!(c->silence_reset_s >= 0) || !isfinite(c->silence_reset_s))
        return error_set(error, ET_ERROR_ARGUMENT, "memory: silence of %g s is not a time", c->silence_reset_s);
    if (!(hop_s >= 0.001 && hop_s <= 10))
        return error_set(error, ET_ERROR_ARGUMENT, "memory: hop of %g s is outside 0.001 .. 10 s", hop_s);
    if (taken != FUNCTIONAL_COUNT && taken != ROW_COLUMNS)
        return error_set(error, ET_ERROR_ARGUMENT, "memory gives rows of %d or %d numbers, the network takes %d",
                         FUNCTIONAL_COUNT, ROW_COLUMNS, taken);
    return ET_OK;
}

static int at_least_one(double count)
{
    return count < 1.5 ? 1 : (int)(count + 0.5);
}

static void set_weights(memory *m, const float *deviation)
{
    m->compared = 0;
    for (int j = 0; j < m->columns; j++) {
        bool compared = !deviation || (isfinite(deviation[j]) && deviation[j] > 0);
        m->weight[j] = !compared ? 0.0f : !deviation ? 1.0f : 1.0f / deviation[j];
        m->compared += compared;
    }
}

/* The newest bins whose final seconds lie in the change detector's window. */
static int bins_of_finals(const memory *m)
{
    double bin_s = m->bin_rows * m->hop_s, rest_s = m->bins * bin_s - TAIL_S - 1;
    return rest_s > 0 ? (int)(rest_s / bin_s) : 0;
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
    m->width = network_configuration(net)->columns_in == ROW_COLUMNS ? ROW_COLUMNS : FUNCTIONAL_COUNT;
    m->bin_rows = at_least_one(BIN_S / hop_s);
    m->compare_rows = at_least_one(COMPARE_S / hop_s);
    m->bins = constants->change_window_s > 0 ? at_least_one(constants->change_window_s / (m->bin_rows * hop_s)) : 0;
    if (m->bins > BINS_MOST) m->bins = BINS_MOST;
    m->final_bins = bins_of_finals(m);
    m->weight = malloc(sizeof(float) * (size_t)m->columns);
    m->scaled_memory = malloc(sizeof(float) * (size_t)m->columns);
    m->scaled_recent = malloc(sizeof(float) * (size_t)m->columns);
    m->bin = malloc(sizeof(double) * (size_t)m->width * (size_t)(m->bins + 1));
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
    m->now = (means){.from_start = m->rows_heard == 0};
    m->bins_filled = m->next_bin = m->rows_in_bin = 0;
    m->silence.holds_sound = false;
    memset(m->bin_sum, 0, sizeof m->bin_sum);
}

void memory_reset(memory *m)
{
    m->rows_heard = 0;
    begin_afresh(m);
    memset(m->tail, 0, sizeof m->tail);
    m->silence = (memory_silence){0};
}

static bool is_of_ear(int column)
{
    return column >= ROW_EAR && column < ROW_HARMONY;
}

/* Plain mean while young, exponential afterwards. */
static double weight_of_next(const memory *m, int64_t rows)
{
    double plain = 1.0 / (double)(rows + 1);
    return plain > m->forgetting ? plain : m->forgetting;
}

/* Where the means go with one more row. */
static void step(const memory *m, const means *from, const float *row, means *to)
{
    double heard = heard_s(from->rows + 1, m->hop_s, from->from_start);
    bool counts = finals_count(heard, from->from_start);
    double a = weight_of_next(m, from->rows), of_ear = counts ? weight_of_next(m, from->finals) : 0;
    for (int i = 0; i < m->width; i++) {
        double d = (double)row[i] - from->mean[i];
        to->mean[i] = from->mean[i] + (is_of_ear(i) ? of_ear : a) * d;
    }
    to->rows = from->rows + 1;
    to->finals = from->finals + counts;
    to->from_start = from->from_start;
}

/* The remembered row's means. */
static void compose(const memory *m, const means *now, const float *tail, float *out)
{
    for (int i = 0; i < m->width; i++) out[i] = (float)now->mean[i];
    if (m->width == FUNCTIONAL_COUNT) return;
    double heard = heard_s(now->rows, m->hop_s, now->from_start);
    double w = tail_share(heard, now->finals, m->constants.time_constant_s > 0 ? m->constants.time_constant_s : m->hop_s);
    for (int i = 0; i < EAR_COLUMNS; i++) out[ROW_EAR + i] = (float)((1 - w) * now->mean[ROW_EAR + i] + w * (double)tail[i]);
}

static void remember(memory *m, const float *row)
{
    step(m, &m->now, row, &m->now);
    if (m->width == ROW_COLUMNS) memcpy(m->tail, row + ROW_TAIL, sizeof m->tail);
}

static void listen(memory *m, const float *row)
{
    m->rows_heard++;
    for (int i = 0; i < m->width; i++) m->bin_sum[i] += (double)row[i];
    if (++m->rows_in_bin < m->bin_rows) return;
    double *bin = m->bin + (size_t)m->next_bin * (size_t)m->width;
    for (int i = 0; i < m->width; i++) bin[i] = m->bin_sum[i] / m->bin_rows;
    memset(m->bin_sum, 0, sizeof m->bin_sum);
    m->rows_in_bin = 0;
    if (m->bins == 0) return;
    m->next_bin = (m->next_bin + 1) % m->bins;
    if (m->bins_filled < m->bins) m->bins_filled++;
}

/* The bin that was filled `back` bins before the newest. */
static const double *bin_before(const memory *m, int back)
{
    return m->bin + (size_t)((m->next_bin - 1 - back + 2 * m->bins) % m->bins) * (size_t)m->width;
}

/* Means over the newest bins, as a memory that began with them within the stream. */
static void recent_means(const memory *m, int bins, int final_bins, means *recent)
{
    *recent = (means){.rows = (int64_t)bins * m->bin_rows, .finals = (int64_t)final_bins * m->bin_rows};
    for (int back = bins - 1; back >= 0; back--) {
        const double *bin = bin_before(m, back);
        for (int i = 0; i < m->width; i++)
            if (!is_of_ear(i) || back < final_bins) recent->mean[i] += bin[i];
    }
    for (int i = 0; i < m->width; i++) {
        int count = is_of_ear(i) ? final_bins : bins;
        if (count) recent->mean[i] /= count;
    }
}

/* Root mean square difference of two rows over the standardised columns, in within-song deviations. The columns are not
 * linear in the row (relative, logarithm, clip): means are compared, not means of columns. */
static double difference(memory *m, const means *recent)
{
    double sum = 0;
    compose(m, &m->now, m->tail, m->row);
    network_scaled(m->net, m->row, m->scaled_memory);
    compose(m, recent, m->tail, m->row);
    network_scaled(m->net, m->row, m->scaled_recent);
    for (int j = 0; j < m->columns; j++) {
        double d = (double)((m->scaled_recent[j] - m->scaled_memory[j]) * m->weight[j]);
        sum += d * d;
    }
    return m->compared ? sqrt(sum / m->compared) : 0;
}

/* Where the last seconds are another music than the memory, they are all that is worth remembering; and of them the later
 * half, since the change is noticed while the last seconds still hold some of the old music. */
static void hear_a_change(memory *m)
{
    means recent;
    bool ready = m->bins > 0 && m->bins_filled == m->bins && m->now.rows > (int64_t)m->bins * m->bin_rows;
    if (!ready || m->rows_heard % m->compare_rows != 0) return;
    recent_means(m, m->bins, m->final_bins, &recent);
    if (!(difference(m, &recent) > m->constants.threshold)) return;
    int later_half = (m->bins + 1) / 2;
    recent_means(m, later_half, 0, &m->now);
}

bool memory_begins(const memory *m, const memory_silence *s, bool silent)
{
    bool long_silence = m->constants.silence_reset_s > 0 && s->silent_s > 0 &&
                        s->silent_s - m->hop_s + SILENT_FLAG_S >= m->constants.silence_reset_s - 1e-9;
    return !silent && (long_silence || !s->holds_sound);
}

void memory_silence_push(const memory *m, memory_silence *s, bool silent)
{
    s->silent_s = silent ? s->silent_s + m->hop_s : 0;
    s->holds_sound |= !silent;
}

static bool is_held(const memory *m, bool silent)
{
    return silent && m->silence.holds_sound;
}

void memory_push(memory *m, const float *row, bool silent, float *out)
{
    if (memory_begins(m, &m->silence, silent)) begin_afresh(m);
    if (!is_held(m, silent)) {
        remember(m, row);
        listen(m, row);
        hear_a_change(m);
    }
    memory_silence_push(m, &m->silence, silent);
    compose(m, &m->now, m->tail, out);
}

void memory_peek(const memory *m, const float *row, bool silent, float *out)
{
    bool begins = memory_begins(m, &m->silence, silent), held = is_held(m, silent);
    means fresh = {.from_start = m->rows_heard == 0}, next;
    if (!held) step(m, begins ? &fresh : &m->now, row, &next);
    bool has_tail = !held && m->width == ROW_COLUMNS;
    compose(m, held ? &m->now : &next, has_tail ? row + ROW_TAIL : m->tail, out);
}

double memory_age_s(const memory *m)
{
    return (double)m->now.rows * m->hop_s;
}
