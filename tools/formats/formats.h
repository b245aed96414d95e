/** The forms that `annotate --format` has: rows as they come, or files made of the whole sound. */
#ifndef EMOTRACK_TOOLS_FORMATS_FORMATS_H
#define EMOTRACK_TOOLS_FORMATS_FORMATS_H

#include "cli/emotion_rows.h"
#include "formats/track.h"

/** For the option, in the order of the numbers below: row_format's first. */
#define FORMAT_WORDS "csv|jsonl|audacity|textgrid|jams|sonic-visualiser|webvtt"

typedef struct format {
    const char *extension;
    void (*write)(FILE *stream, const track *t, const track_about *about); /* NULL: rows as they come */
} format;

/** @param number  place in FORMAT_WORDS */
const format *format_get(int number);

#endif
