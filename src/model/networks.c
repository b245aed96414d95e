/** The ten networks, to be held against the papers: DSelfAttention and its seven ablations, and three with other attentions
 *  (squeeze and excitation, Hu et al. 2018; CBAM, Woo et al. 2018; a Morlet wavelet).
 *  Shapes at the right: (channels, positions) of a frame, (K, width) of a window. C, F, K, H, R as in network_config. */
#include <string.h>

#include "model/builder.h"

typedef void (*attention)(builder *b);

/* ---- pieces -------------------------------------------------------------------------------------------------------- */

static void space_branch(builder *b, const network_config *s, int dilation)
{
    conv(b, "conv", s->channels, s->k1, dilation); /* (., F) -> (C, F) */
    batch_norm(b, "norm1");
    elu(b);
    max_pool(b, s->k2);
    dropout(b, s->dropout_branch);
    batch_norm(b, "norm2");
}

static void time_branch(builder *b, const network_config *s, int dilation1, int dilation2)
{
    conv(b, "conv1", s->channels, s->k1, dilation1); /* (., F) -> (C, F) */
    layer_normalise(b, "norm1");
    dropout(b, s->dropout_branch);
    conv(b, "conv2", s->channels, s->k2, dilation2);
    layer_normalise(b, "norm2");
    elu(b);
}

/* Both branches of one input, joined along channels: (., F) -> (2C, F). */
static void two_branches(builder *b, const network_config *s, const char *name, int dilation1, int dilation2)
{
    int in = b->value;
    scope(b, "%sspace.", name);
    space_branch(b, s, dilation1);
    int space = b->value;
    b->value = in;
    scope(b, "%stime.", name);
    time_branch(b, s, dilation1, dilation2);
    scope(b, "%s", name);
    concatenate(b, space, b->value);
}

/* Which positions matter: mean and maximum over channels > conv of width 1 > sigmoid. */
static void spatial_attention(builder *b)
{
    int channels = channels_of(b);
    pool_channels(b, true, true); /* (2C, F) -> (2, F)  */
    conv(b, "spatial", channels, 1, 1);
    sigmoid(b); /* (2C, F) */
}

static void squeeze_pipe(builder *b, const char *first, const char *second)
{
    int channels = channels_of(b);
    dense(b, first, channels);
    elu(b);
    dense(b, second, channels);
    sigmoid(b);
}

static void squeeze_excitation(builder *b)
{
    pool_positions(b, true, false); /* (2C, F) -> (2C, 1) */
    squeeze_pipe(b, "channel1", "channel2");
}

static void cbam(builder *b)
{
    int map = b->value;
    pool_positions(b, true, false);
    squeeze_pipe(b, "mean1", "mean2");
    int mean = b->value;
    b->value = map;
    pool_positions(b, false, true);
    squeeze_pipe(b, "max1", "max2");
    add(b, mean, b->value);
}

static void wavelet_attention(builder *b)
{
    int channels = channels_of(b);
    pool_positions(b, true, true); /* (2C, F) -> (4C, 1) */
    conv(b, "channel1", channels, 1, 1);
    elu(b);
    wavelet(b);
    conv(b, "channel2", channels, 1, 1);
    sigmoid(b);
}

static void weigh(builder *b, attention channel_attention)
{
    int map = b->value;
    channel_attention(b);
    int channel = b->value;
    b->value = map;
    spatial_attention(b);
    gate(b, map, channel, b->value);
}

/* Block i = 1 .. N, dilation 2^(i - 1): (1 or 2C, F) -> (2C, F). The first block's skip widens its input by a convolution.
 */
static void residual_block(builder *b, const network_config *s, int i, attention channel_attention)
{
    static const char *const name[] = {"block1.", "block2.", "block3.", "block4.",
                                       "block5.", "block6.", "block7.", "block8."};
    int in = b->value, dilation = 1 << (i - 1);
    two_branches(b, s, name[i - 1], dilation, dilation);
    if (channel_attention) weigh(b, channel_attention);
    int block = b->value;
    b->value = in;
    if (i == 1) conv(b, "skip", 2 * s->channels, 1, 1);
    add(b, block, b->value);
}

static void residual_blocks(builder *b, const network_config *s, attention channel_attention)
{
    for (int i = 1; i <= s->blocks; i++) residual_block(b, s, i, channel_attention);
    scope(b, "%s", "");
    flatten(b); /* 2CF */
}

static void lstm_head(builder *b, const network_config *s, lstm_output second)
{
    bilstm(b, "lstm1", s->hidden, WHOLE); /* -> (K, 2H); everything above its recurrence is a frame's */
    dropout(b, s->dropout_head);
    bilstm(b, "lstm2", s->hidden, second); /* -> (K, 2H) or 2H */
    dropout(b, s->dropout_head);
}

static void regression(builder *b, const network_config *s)
{
    dense(b, "regression", s->targets); /* R */
    tanh_head(b);
}

/* ---- the ten ------------------------------------------------------------------------------------------------------- */

static void dselfattention(builder *b, const network_config *s)
{
    residual_blocks(b, s, NULL);
    lstm_head(b, s, s->attention_last ? LAST : WHOLE);
    self_attention(b, "attention", s->heads, s->key_channels);
    last(b);
    regression(b, s);
}

static void cnn(builder *b, const network_config *s)
{
    flatten_window(b); /* K F */
    two_branches(b, s, "", 1, 2);
    regression(b, s);
}

static void bilstm_alone(builder *b, const network_config *s)
{
    lstm_head(b, s, LAST);
    regression(b, s);
}

static void cnnbilstm(builder *b, const network_config *s)
{
    two_branches(b, s, "", 1, 2);
    flatten(b);
    lstm_head(b, s, LAST);
    regression(b, s);
}

static void tcnnbilstm(builder *b, const network_config *s)
{
    scope(b, "time.");
    time_branch(b, s, 1, 2);
    scope(b, "%s", "");
    flatten(b);
    lstm_head(b, s, LAST);
    regression(b, s);
}

static void scnnbilstm(builder *b, const network_config *s)
{
    scope(b, "space.");
    space_branch(b, s, 1);
    scope(b, "%s", "");
    flatten(b);
    lstm_head(b, s, LAST);
    regression(b, s);
}

static void residual_network(builder *b, const network_config *s, attention channel_attention)
{
    residual_blocks(b, s, channel_attention);
    lstm_head(b, s, LAST);
    regression(b, s);
}

static void dcnbilstm(builder *b, const network_config *s)
{
    residual_network(b, s, NULL);
}

static void dwsam(builder *b, const network_config *s)
{
    residual_network(b, s, wavelet_attention);
}

static void dsesam(builder *b, const network_config *s)
{
    residual_network(b, s, squeeze_excitation);
}

static void dcbam(builder *b, const network_config *s)
{
    residual_network(b, s, cbam);
}

static const struct {
    const char *name;
    network_recipe recipe;
    int hidden;
} table[] = {
    {"dselfattention", dselfattention, 100},
    {"cnn", cnn, 50},
    {"bilstm", bilstm_alone, 50},
    {"cnnbilstm", cnnbilstm, 50},
    {"tcnnbilstm", tcnnbilstm, 50},
    {"scnnbilstm", scnnbilstm, 50},
    {"dcnbilstm", dcnbilstm, 50},
    {"dwsam", dwsam, 50},
    {"dsesam", dsesam, 50},
    {"dcbam", dcbam, 50},
};
enum { NETWORKS = sizeof table / sizeof table[0] };

network_recipe network_recipe_find(const char *name)
{
    for (int i = 0; i < NETWORKS; i++)
        if (strcmp(name, table[i].name) == 0) return table[i].recipe;
    return NULL;
}

const char *const *network_names(void)
{
    static const char *const names[NETWORKS + 1] = {"dselfattention", "cnn",       "bilstm", "cnnbilstm", "tcnnbilstm",
                                                    "scnnbilstm",     "dcnbilstm", "dwsam",  "dsesam",    "dcbam"};
    return names;
}

bool network_defaults(network_config *config, const char *name)
{
    for (int i = 0; i < NETWORKS; i++) {
        if (strcmp(name, table[i].name) != 0) continue;
        *config = (network_config){.columns_in = 260,
                                   .columns = 260,
                                   .features = 64,
                                   .relative = true,
                                   .projection = true,
                                   .window = 26,
                                   .frame_step_s = 0.5,
                                   .channels = 20,
                                   .blocks = 3,
                                   .k1 = 10,
                                   .k2 = 5,
                                   .hidden = table[i].hidden,
                                   .heads = 3,
                                   .key_channels = 6,
                                   .targets = 2,
                                   .dropout_branch = 0.01f,
                                   .dropout_head = 0.3f};
        strcpy(config->network, table[i].name);
        return true;
    }
    return false;
}
