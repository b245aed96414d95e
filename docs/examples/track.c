/* Emotions of a stream of 16-bit samples:  sox song.mp3 -t s16 -r 44100 -c 2 - | ./track 44100 2 [MODEL]
 * Build:  cc track.c $(pkg-config --cflags --libs emotrack) -o track */
#include <emotrack.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    double rate_hz = argc > 1 ? atof(argv[1]) : 44100;
    unsigned channels = argc > 2 ? (unsigned)atoi(argv[2]) : 1;
    et_model *model = NULL;
    et_tracker *tracker = NULL;
    et_emotion emotion;
    et_error error;
    et_tracker_options options = {.rate_hz = rate_hz, .channels = channels, .step_ms = 500};
    if (et_model_create(&model, argc > 3 ? argv[3] : NULL, &error) != ET_OK ||
        et_tracker_create(&tracker, model, &options, &error) != ET_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    static int16_t samples[256 * 441];
    for (size_t frames; (frames = fread(samples, sizeof *samples * channels, 441, stdin)) > 0;) {
        et_tracker_push_s16(tracker, samples, frames);
        while (et_tracker_poll(tracker, &emotion))
            printf("%.1f %.6f %.6f\n", emotion.time_s, (double)emotion.valence, (double)emotion.arousal);
    }
    et_tracker_destroy(tracker);
    et_model_destroy(model);
}
