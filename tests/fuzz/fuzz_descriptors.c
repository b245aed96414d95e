/* Any floats as sound: every row is finite, and two ways to cut the stream into blocks give the same bits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "features/descriptors.h"

enum { ROWS_MOST = 400, SAMPLES_MOST = 12000 };

static int rows_of(const descriptors_options *options, const float *samples, size_t count, size_t block,
                   descriptor_row rows[ROWS_MOST])
{
    descriptors *d;
    if (descriptors_create(&d, options, NULL) != ET_OK) __builtin_trap();
    int found = 0;
    for (size_t at = 0; at < count;) {
        size_t taken = 0, now = count - at < block ? count - at : block;
        if (descriptors_push(d, samples + at, now, &taken, &rows[found]) && ++found == ROWS_MOST) break;
        at += taken;
    }
    while (found < ROWS_MOST && descriptors_flush(d, &rows[found])) found++;
    descriptors_destroy(d);
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const double rates_hz[] = {8000, 16000, 22050, 44100, 48000, 11025};
    static float samples[SAMPLES_MOST];
    static descriptor_row rows[2][ROWS_MOST];
    if (size < 4) return 0;
    descriptors_options options = {
        .rate_hz = rates_hz[bytes[0] % 6],
        .pitch_lag_frames = bytes[1] % 30,
        .voicing_delta = bytes[2] & 1 ? VOICING_DELTA_REFERENCE : VOICING_DELTA_SANE,
        .rasta_start = bytes[2] & 2 ? RASTA_START_STEADY : RASTA_START_REFERENCE,
    };
    size_t block = 1 + bytes[3] * 7u;
    size_t given = (size - 4) / sizeof *samples;
    if (given == 0) return 0;
    /* The fuzzer's few floats are played again and again until some frames are full. */
    for (size_t i = 0; i < SAMPLES_MOST; i++) memcpy(&samples[i], bytes + 4 + i % given * sizeof *samples, sizeof *samples);
    int found = rows_of(&options, samples, SAMPLES_MOST, SAMPLES_MOST, rows[0]);
    if (rows_of(&options, samples, SAMPLES_MOST, block, rows[1]) != found) __builtin_trap();
    for (int r = 0; r < found; r++) {
        for (int c = 0; c < DESCRIPTOR_ROW; c++)
            if (!isfinite(rows[0][r].value[c])) __builtin_trap();
        if (memcmp(rows[0][r].value, rows[1][r].value, sizeof rows[0][r].value) != 0) __builtin_trap();
    }
    return 0;
}
