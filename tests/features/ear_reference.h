/** What the tests of the learned ear share: its weights, a sound's mel rows, and tables of reference values. */
#ifndef TESTS_FEATURES_EAR_REFERENCE_H
#define TESTS_FEATURES_EAR_REFERENCE_H

#include "base/processor.h"
#include "base/read_file.h"
#include "base/safetensors.h"
#include "features/ear_network.h"
#include "reference.h"

typedef struct file_bytes {
    unsigned char *data;
    size_t size;
} file_bytes;

/** Missing file: no bytes. */
static inline file_bytes load_bytes(const char *path)
{
    file_bytes b = {0};
    if (read_file(path, (size_t)1 << 26, &b.data, &b.size, NULL) != ET_OK) return (file_bytes){0};
    return b;
}

/** Weights for one level of processor; NULL where it does not run. */
static inline ear_weights *weights_of(int level)
{
    file_bytes b = load_bytes(EAR_FILE);
    ear_weights *w = NULL;
    et_error error;
    if (ear_kernels_of(level) && ear_weights_parse_for(&w, ear_kernels_of(level), b.data, b.size, EAR_FILE, &error) != ET_OK)
        fail_msg("%s", error.message);
    free(b.data);
    return w;
}

/** Rows of mel power of a whole sound at 16 kHz. */
static inline table mel_rows(const float *samples, size_t count)
{
    table t = {.rows = count / EAR_FRAME_HOP + 1, .columns = EAR_BANDS};
    t.value = malloc(t.rows * EAR_BANDS * sizeof(float));
    float *padded = calloc(count + EAR_FRAME, sizeof *padded);
    memcpy(padded + EAR_FRAME / 2, samples, count * sizeof *padded);
    ear_mel *m = ear_mel_create();
    for (size_t i = 0; i < t.rows; i++) ear_mel_power(m, padded + i * EAR_FRAME_HOP, table_row(&t, i));
    ear_mel_destroy(m);
    free(padded);
    return t;
}

/** Their logarithm without gain. */
static inline table logarithm_rows(const table *power)
{
    table t = {.rows = power->rows, .columns = EAR_BANDS, .value = malloc(power->rows * EAR_BANDS * sizeof(float))};
    for (size_t i = 0; i < t.rows; i++) ear_mel_logarithm(table_row(power, i), 1, table_row(&t, i));
    return t;
}

/** What the network hears in a whole sound that comes in batches of at most `batch` frames. */
static inline void hear_whole(const ear_weights *w, const table *x, size_t batch, table *front, table *middle)
{
    *front = (table){x->rows, EAR_FRONT, calloc(x->rows * EAR_FRONT, sizeof(float))};
    *middle = (table){x->rows, EAR_HEARD, calloc(x->rows * EAR_HEARD, sizeof(float))};
    ear_network *n = ear_network_create(w, (int)batch);
    for (size_t at = 0; at < x->rows; at += batch) {
        size_t count = x->rows - at < batch ? x->rows - at : batch;
        bool ending = at + count == x->rows;
        ear_network_push(n, table_row(x, at), (int)count, ending);
        int64_t first = ear_network_first(n), last = ear_network_frames(n) - (ending ? 0 : EAR_MIDDLE_LAG);
        for (int64_t f = first; f < last; f++) {
            ear_network_front(n, f, table_row(front, (size_t)f));
            ear_network_middle(n, f, table_row(middle, (size_t)f));
        }
    }
    ear_network_destroy(n);
}

#endif
