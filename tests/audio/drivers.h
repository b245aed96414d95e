/** What the tests that open sound devices share: the plug-ins that ALSA loads and unloads to list its devices keep memory,
 *  and once unloaded they cannot be named. (Their races are named in tests/thread-sanitizer.txt.) */
#ifndef EMOTRACK_TESTS_AUDIO_DRIVERS_H
#define EMOTRACK_TESTS_AUDIO_DRIVERS_H

#include "sounds.h"

#include "audio/capture.h"

#if defined(__SANITIZE_ADDRESS__)
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
#endif

#endif
