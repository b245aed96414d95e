#include <string.h>

#include "base/hash.h"
#include "recipe/pipeline.h"
#include "recipe/settings.h"

static uint64_t digest_songs(uint64_t d, const dataset *datasets, int count)
{
    for (int k = 0; k < count; k++)
        for (int i = 0; i < datasets[k].set->songs; i++) {
            const song *s = &datasets[k].set->song[i];
            int numbers[3] = {datasets[k].scale, datasets[k].part ? (int)datasets[k].part[i] : 0, s->rows};
            d = digest_bytes(d, s->id, strlen(s->id) + 1);
            d = digest_bytes(d, numbers, sizeof numbers);
            d = digest_bytes(d, s->label, (size_t)s->labels * sizeof *s->label);
            d = digest_bytes(d, s->row, (size_t)s->rows * ROW_WIDTH * sizeof *s->row);
        }
    return d;
}

uint64_t pipeline_digest(const dataset *datasets, int count, const dataset *degraded, int degraded_count,
                         const pipeline_options *options)
{
    uint64_t d = digest_bytes(DIGEST_START, EMOTRACK_VERSION, sizeof EMOTRACK_VERSION);
    d = settings_digest(d, options);
    return digest_songs(digest_songs(d, datasets, count), degraded, degraded_count);
}
