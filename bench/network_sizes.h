/** The two sizes of DSelfAttention that every bench of networks times. */
#ifndef BENCH_NETWORK_SIZES_H
#define BENCH_NETWORK_SIZES_H

#include "model/network.h"

/** The reference research code's: F 64, C 20, N 3, H 100, K 26; rows come projected. */
static inline network_config seed_size(void)
{
    network_config c;
    network_defaults(&c, "dselfattention");
    c.columns_in = c.columns = c.features = 64;
    c.relative = c.projection = false;
    return c;
}

/** The bundled model's: F 60, C 6, H 24, K 8. */
static inline network_config bundled_size(void)
{
    network_config c = seed_size();
    c.columns_in = c.columns = c.features = 60;
    c.window = 8;
    c.channels = 6;
    c.hidden = 24;
    c.dropout_branch = c.dropout_head = 0.1f;
    return c;
}

#endif
