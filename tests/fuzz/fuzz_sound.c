/* Sound files of any kind, and bare samples: no crash, no more channels or frames than promised, an end. */
#include <math.h>

#include "audio/resampler.h"
#include "audio/sound_file.h"
#include "scratch.h"

enum { FRAMES_MOST = 1 << 18, BLOCK = 4096, CHANNELS_MOST = 256 };

static float block[BLOCK];

static void read_all(sound_file *sound)
{
    unsigned channels = sound_file_channels(sound);
    if (channels < 1 || channels > CHANNELS_MOST || !(sound_file_rate_hz(sound) > 0)) __builtin_trap();
    size_t frames = BLOCK / channels;
    for (size_t total = 0, got = 1; got > 0 && total < FRAMES_MOST; total += got) {
        et_error error = {0};
        if (sound_file_read(sound, block, frames, &got, &error) != ET_OK) {
            if (error.message[0] == '\0') __builtin_trap();
            break;
        }
        if (got > frames) __builtin_trap();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const raw_names[] = {"u8:8000:1", "s16le:44100:2", "s24be:48000:3", "f32le:44100:1", "f64be:96000:7"};
    if (size < 1) return 0;
    raw_format raw;
    bool is_raw = bytes[0] < 5;
    if (is_raw && raw_format_parse(&raw, raw_names[bytes[0]], NULL) != ET_OK) __builtin_trap();
    char path[64];
    int descriptor = scratch_open(bytes + 1, size - 1, path);
    sound_file *sound = NULL;
    et_error error = {0};
    if (sound_file_open(&sound, path, is_raw ? &raw : NULL, &error) == ET_OK) {
        read_all(sound);
        sound_file_close(sound);
    } else if (error.message[0] == '\0' || sound != NULL) {
        __builtin_trap();
    }
    close(descriptor);
    return 0;
}
