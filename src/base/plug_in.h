/** Parts of emotrack that are libraries of their own, because what they link (NVIDIA's, FFmpeg's) need not be installed. They
 *  are opened when they are asked for, and from where emotrack itself lies only: their constructors run as the user. */
#ifndef EMOTRACK_BASE_PLUG_IN_H
#define EMOTRACK_BASE_PLUG_IN_H

#include "emotrack.h"

typedef enum plug_in_state {
    PLUG_IN_OPEN,
    PLUG_IN_ABSENT,   /**< not installed */
    PLUG_IN_NOT_OURS, /**< it or its folder belongs to, or may be written by, others than root and this user */
    PLUG_IN_BROKEN    /**< the dynamic linker's words say why: as a rule a library that it needs is missing */
} plug_in_state;

/** Opens libemotrack_ROOM.so by an absolute path: beside the program or library that this code is in, in `emotrack/` beside
 *  it, in `../LIBDIR/emotrack/`, or in a build's `src/ROOM/`. What was opened stays so until the process ends.
 *  @param library  receives dlopen's handle
 *  @param why      unless it is open or absent, receives one clause for a message, cut to `room_for_why` bytes */
plug_in_state plug_in_open(void **library, const char *room, char *why, size_t room_for_why);

#endif
