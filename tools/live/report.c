#include "live/report.h"

#include <math.h>
#include <stdio.h>

#include "audio/resampler.h"

#define HOP_S .01

void live_times_add(live_times *t, const live_answer *answer)
{
    latency_add(&t->buffer, (double)answer->buffer_s);
    latency_add(&t->computing, (double)answer->computing_s);
    latency_add(&t->both, (double)answer->buffer_s + (double)answer->computing_s);
}

live_look_ahead live_look_ahead_of(const et_tracker *tracker, double rate_hz)
{
    live_look_ahead ahead = {0};
    resampler *rate;
    if (resampler_create(&rate, rate_hz, 1, NULL) == ET_OK) {
        ahead.resampler_s = ceil(resampler_delay_s(rate) / HOP_S) * HOP_S; /* the tracker takes whole hops */
        resampler_destroy(rate);
    }
    ahead.descriptors_s = et_tracker_look_ahead_s(tracker) - ahead.resampler_s;
    ahead.ear_s = et_tracker_ear_look_ahead_s(tracker);
    return ahead;
}

static void print_part(int fd, const char *name, const latency *l)
{
    char words[96];
    latency_words(l, words, sizeof words);
    dprintf(fd, "  %-24s%s\n", name, words);
}

void live_times_print(int fd, const char *title, const live_times *t, live_look_ahead ahead)
{
    dprintf(fd, "%s of %llu answers after the first %.0f s, from the last needed sample on:\n", title,
            (unsigned long long)t->both.count, LIVE_START_S);
    print_part(fd, "device and buffer", &t->buffer);
    print_part(fd, "computing", &t->computing);
    print_part(fd, "both", &t->both);
    dprintf(fd, "  %-24s%.0f ms, always (descriptors %.0f, resampler %.0f)\n", "algorithmic look-ahead",
            (ahead.descriptors_s + ahead.resampler_s) * 1e3, ahead.descriptors_s * 1e3, ahead.resampler_s * 1e3);
    if (ahead.ear_s > 0)
        dprintf(fd, "  %-24s%.0f ms until what it hears is final; before, as if the sound ended there\n",
                "of the learned ear", ahead.ear_s * 1e3);
}
