/** A whole sound's answers, in files that editors open. One thread. */
#ifndef EMOTRACK_TOOLS_FORMATS_TRACK_H
#define EMOTRACK_TOOLS_FORMATS_TRACK_H

#include <stdio.h>

#include "emotrack.h"

/** All zero is empty. */
typedef struct track {
    et_emotion *rows;
    size_t count;
    double duration_s; /* of the sound */
    bool incomplete;   /* memory ran out */
} track;

void track_add(track *t, const et_emotion *emotion);
void track_free(track *t);

/** A stretch of one word. Its text is static. */
typedef struct stretch {
    double from_s, to_s;
    const char *word;
} stretch;

/** The track cut where the word changes for at least a second: without gaps, from 0 to its end.
 *  @param word  mood_quarter or mood_word
 *  @return their number; `*out` is to be freed. 0: there are none, or memory ran out */
size_t track_stretches(const track *t, const char *(*word)(const et_emotion *), stretch **out);

/** Whether the music changed at this row: its memory begins anew without silence before. */
bool track_changes_at(const track *t, size_t row);

/** What it is about. */
typedef struct track_about {
    const char *title; /* the file's name */
    const char *model; /* name and digest of the model */
    const char *digest;
    double rate_hz; /* of the sound */
} track_about;

/** A label track of Audacity: the quarters of the plane, and "change" where the music changes. */
void write_audacity(FILE *stream, const track *t, const track_about *about);

/** Praat's and ELAN's TextGrid in its long form: tiers quarter (intervals), valence and arousal (points). */
void write_textgrid(FILE *stream, const track *t, const track_about *about);

/** JAMS 0.3 with one annotation in the namespace mood_thayer: pairs of valence and arousal. */
void write_jams(FILE *stream, const track *t, const track_about *about);

/** A layer file of Sonic Visualiser: valence and arousal as time values. */
void write_sonic_visualiser(FILE *stream, const track *t, const track_about *about);

/** Captions: a word for the mood under a video. */
void write_webvtt(FILE *stream, const track *t, const track_about *about);

#endif
