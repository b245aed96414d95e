/** The labelled songs that `train` and `evaluate` are given on their command lines. */
#ifndef EMOTRACK_TOOLS_TRAIN_LABELLED_DATA_H
#define EMOTRACK_TOOLS_TRAIN_LABELLED_DATA_H

#include <jansson.h>

#include "cli/options.h"
#include "data/song_features.h"
#include "recipe/training_set.h"

/** What the command lines have in common; each command lists them in its table with LABELLED_DATA_OPTIONS. */
typedef struct data_options {
    option_list data;
    const char *song_means, *cache, *range, *file_column, *time_column, *valence_column, *arousal_column, *group_column;
    int layout, from, threads;
    bool quiet;
    unsigned families;      /**< WITH_...: what is heard in sound */
    const ear_weights *ear; /**< needed WITH_EAR */
} data_options;

#define LABELLED_DATA_OPTIONS(d)                                                                                        \
    {"data", OPTION_LIST, &(d).data, "DIR",                                                                             \
     "labelled songs; may be given several times, the first set's terms are the answer's"},                             \
        {"layout", OPTION_CHOICE, &(d).layout, "auto|deam|pmemo|long|clips|means",                                      \
         "how DIR is laid out (recognised by itself)"},                                                                 \
        {"from", OPTION_CHOICE, &(d).from, "best|sound|features",                                                       \
         "compute features, or read the shipped CSVs (sound, else CSVs)"},                                              \
        {"cache", OPTION_TEXT, &(d).cache, "DIR", "where computed features are kept (DIR/.emotrack)"},                  \
        {"label-range", OPTION_TEXT, &(d).range, "LOW:HIGH", "range of the labels in the files (-1:1; PMEmo 0:1)"},     \
        {"file-column", OPTION_TEXT, &(d).file_column, "NAME", "its name in a CSV of your own (file)"},                 \
        {"time-column", OPTION_TEXT, &(d).time_column, "NAME", "(time_s)"},                                             \
        {"valence-column", OPTION_TEXT, &(d).valence_column, "NAME", "(valence)"},                                      \
        {"arousal-column", OPTION_TEXT, &(d).arousal_column, "NAME", "(arousal)"},                                      \
        {"group-column", OPTION_TEXT, &(d).group_column, "NAME", "songs of one group stay together in splits (group)"}, \
        {"threads", OPTION_INTEGER, &(d).threads, "N", "threads (all cores); results do not depend on it", 1, 256},     \
    {                                                                                                                   \
        "quiet", OPTION_FLAG, &(d).quiet, NULL, "no progress", .letter = 'q'                                            \
    }

/** Songs known by their means only come last, with the scale of the first set; of them those that stand in a set of
 *  that scale are never used, so that nothing about its test songs leaks. */
typedef struct labelled_data {
    song_set set[SONG_SETS_MOST];
    part *part[SONG_SETS_MOST]; /**< all PART_TRAIN after reading */
    int scale[SONG_SETS_MOST], count;
    int warnings; /**< defects that were named */
} labelled_data;

/** Reads labels and computes or reads features. Says what does not fit.
 *  @param degradation  of the sound ("none"); NULL: sound is not looked at, only sets without it get features
 *  @return an EXIT_ code; OPTIONS_GO when all went well */
int labelled_data_read(labelled_data *d, const data_options *o, const char *degradation, int pitch_lag_frames,
                       et_error *error);
void labelled_data_free(labelled_data *d);

/** As training takes them: `datasets` receives count entries. */
void labelled_data_sets(const labelled_data *d, dataset *datasets);

/** Keys by which songs are divided: group (unless `ungrouped`), or id. @return malloc'ed, set->songs entries that live in
 *  the set */
const char **split_keys(const song_set *set, bool ungrouped);

/** Whether song i of set k stands in an earlier set of the same raters, with sound or rows of its own, and where: what is
 *  divided must not have it on both sides. */
bool stands_before(const labelled_data *d, int k, int i, int *set, int *at);

/** What a data set is called in a model: DEAM and PMEmo by their layout, others by their folder. */
const char *data_set_name(const song_set *set);

/** What a model trained with --split frame says of itself wherever it is evaluated; it stands in its `training` as `split`. */
#define SPLIT_BY_FRAME "split by frame: test windows overlap training windows"

/** That remark, or NULL for a model whose songs were divided whole. */
const char *split_note(const json_t *training);

/** Songs by part, for the model's `training`; and whether a model was trained on a song (validation counts as training). */
json_t *songs_by_part(const labelled_data *d);
bool trained_on(const json_t *training, const song_set *set, const song *s);

#endif
