/** Emotions for a patch of Pure Data, Max, TouchDesigner ...: Open Sound Control 1.0 messages in UDP datagrams. */
#ifndef EMOTRACK_TOOLS_LIVE_OSC_H
#define EMOTRACK_TOOLS_LIVE_OSC_H

#include "emotrack.h"

typedef struct osc osc;

/** @param address  HOST:PORT, or [HOST]:PORT for IPv6
 *  @return ET_OK; ET_ERROR_ARGUMENT (not of this form, no such host), ET_ERROR_MEMORY */
et_status osc_open(osc **out, const char *address, et_error *error);
void osc_close(osc *o);

/** One datagram `PATH ,ff x y`. Never waits; what cannot be sent is dropped, as UDP does.
 *  @param path  begins with '/', shorter than 64 bytes */
void osc_send(osc *o, const char *path, float x, float y);

/** The bytes of such a message. @return their number, a multiple of 4 */
size_t osc_message(unsigned char bytes[96], const char *path, float x, float y);

#endif
