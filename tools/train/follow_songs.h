/** Labelled songs through the product itself: sound into a tracker, answers beside labels.
 *
 *  Each song in a tracker of its own, or all songs one after another without a gap through one tracker, as a radio plays
 *  them. A label at time t is held against the last answer that has heard no more than t + the model's label offset of its
 *  song; a label for a whole clip against the mean answer of the clip's second half. */
#ifndef EMOTRACK_TOOLS_TRAIN_FOLLOW_SONGS_H
#define EMOTRACK_TOOLS_TRAIN_FOLLOW_SONGS_H

#include "data/degradation.h"
#include "evaluate/evaluation.h"

/** One song's answers. */
typedef struct followed {
    int rows;
    double *time_s; /**< sound of this song that each answer has heard */
    double (*answer)[TARGETS];
    et_error error; /**< what went wrong with its sound; status ET_OK if nothing */
} followed;

void followed_free(followed *f, int count);

/** How songs are followed. */
typedef struct follow_options {
    degradation degrade; /**< what the sound suffers first */
    const char *device;  /**< "cpu", "cuda" or "auto" */
    int threads;
} follow_options;

/** Whether the model can follow songs on that device at all. @return as et_tracker_create */
et_status follow_check(const et_model *model, const follow_options *options, et_error *error);

/** @param songs  `count` songs; those that have rows of features are passed over   @param out  receives count entries; failures stand in each */
void follow_each(followed *out, const et_model *model, const song *const *songs, int count, const follow_options *options);

/** The songs in the given order, no gap, one tracker. */
et_status follow_joined(followed *out, const et_model *model, const song *const *songs, int count,
                        const follow_options *options, et_error *error);

/** How soon the answer is right after a change of song. A step: two neighbours whose settled answers (the mean of the last
 *  ten seconds of each) differ by more than 0.25 in a target. Its reaction: time from the new song's start until the answer
 *  has gone 63% of the way.
 *  @param reaction_s  room for 2 * count numbers   @return how many steps */
int reactions(const followed *f, int count, double *reaction_s);

#endif
