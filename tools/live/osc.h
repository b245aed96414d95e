/** Emotions for a patch of Pure Data, Max, TouchDesigner ...: Open Sound Control 1.0 in UDP datagrams. */
#ifndef EMOTRACK_TOOLS_LIVE_OSC_H
#define EMOTRACK_TOOLS_LIVE_OSC_H

#include "cli/emotion_rows.h"

typedef struct osc osc;

/** What a receiver understands.
 *  pair       /emotrack/emotion ,ff valence arousal
 *  single     /emotrack/valence ,f and /emotrack/arousal ,f, a datagram each
 *  wekinator  /wek/inputs ,ff valence arousal
 *  full       a bundle of /emotrack/time ,f valence ,f arousal ,f valence_error ,f arousal_error ,f context ,f level ,f
 *             flags ,i key ,i mode ,f tempo ,f pulse ,f; without what the model does not know */
typedef enum osc_style { OSC_PAIR, OSC_SINGLE, OSC_WEKINATOR, OSC_FULL } osc_style;

enum { OSC_BYTES = 1024 };

/** One or several messages as bytes. */
typedef struct osc_packet {
    unsigned char bytes[OSC_BYTES];
    size_t size;
} osc_packet;

/** Adds a message with one argument for each letter of `types`: f from numbers, i from whole numbers, s from a text.
 *  What has no room is left out whole. @param path  begins with '/' */
typedef struct osc_argument {
    char type; /* 'f', 'i' or 's' */
    float number;
    int32_t whole;
    const char *text;
} osc_argument;
void osc_add(osc_packet *p, bool in_bundle, const char *path, const osc_argument *arguments, int count);

/** Begins a bundle. @param seconds  since 1970, for its time tag */
void osc_begin_bundle(osc_packet *p, double seconds);

/** @param address  HOST:PORT, or [HOST]:PORT for IPv6; HOST may be a group (224.0.0.0 to 239.255.255.255: this network only) or a
 *                  network's broadcast address
 *  @return ET_OK; ET_ERROR_ARGUMENT (not of this form, no such host), ET_ERROR_MEMORY */
et_status osc_open(osc **out, const char *address, osc_style style, et_error *error);

/** NULL is allowed. */
void osc_close(osc *o);

/** An answer. Never waits; what cannot be sent is dropped, as UDP does.
 *  @param more    columns of it that are there are sent in the style full
 *  @param mapped  valence and arousal as they are to be sent; all else is taken from the emotion */
void osc_answer(osc *o, const et_emotion *emotion, const emotion_more *more, const float mapped[2]);

/** /emotrack/status ,s WORD; nothing in the style of Wekinator. */
void osc_status(osc *o, const char *word);

#endif
