/* Bare samples, from files and pipes. */
#include "sounds.h"

enum { FRAMES = 50000 };

static void bare_samples_are_those_of_the_file(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int format;
    } kinds[] = {
        {"s16le:44100:2", SF_FORMAT_PCM_16 | SF_ENDIAN_LITTLE}, {"s16be:44100:2", SF_FORMAT_PCM_16 | SF_ENDIAN_BIG},
        {"s24le:44100:2", SF_FORMAT_PCM_24 | SF_ENDIAN_LITTLE}, {"f32le:44100:2", SF_FORMAT_FLOAT | SF_ENDIAN_LITTLE},
        {"f64be:44100:2", SF_FORMAT_DOUBLE | SF_ENDIAN_BIG},    {"u8:44100:2", SF_FORMAT_PCM_U8}};
    float *samples = sounds_make(FRAMES, 2);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        sounds_write(sounds_path("bare"), SF_FORMAT_RAW | kinds[k].format, 44100, samples, FRAMES, 2);
        sounds_write(sounds_path("wav"), SF_FORMAT_WAV | (kinds[k].format & SF_FORMAT_SUBMASK), 44100, samples, FRAMES, 2);
        raw_format raw;
        assert_int_equal(raw_format_parse(&raw, kinds[k].text, NULL), ET_OK);
        size_t count;
        unsigned char *bytes = sounds_bytes(sounds_path("bare"), &count);
        sounds_heard wav = sounds_hear(sounds_path("wav"), NULL, 1000), file = sounds_hear(sounds_path("bare"), &raw, 333),
                     piped = sounds_hear_pipe(bytes, count, &raw);
        assert_int_equal(file.status, ET_OK);
        assert_int_equal(piped.status, ET_OK);
        assert_int_equal(file.frames, FRAMES);
        assert_int_equal(piped.frames, FRAMES);
        sounds_same(kinds[k].text, &file, wav.samples, FRAMES);
        sounds_same(kinds[k].text, &piped, wav.samples, FRAMES);
        free(bytes);
        free(wav.samples);
        free(file.samples);
        free(piped.samples);
    }
    free(samples);
}

/* Part of a frame at the end is most often a format that was named wrong. */
static void bare_samples_that_end_within_a_frame_are_told(void **state)
{
    (void)state;
    raw_format raw;
    assert_int_equal(raw_format_parse(&raw, "s24be:44100:2", NULL), ET_OK);
    float *samples = sounds_make(FRAMES, 2);
    sounds_write(sounds_path("bare"), SF_FORMAT_RAW | SF_FORMAT_PCM_24 | SF_ENDIAN_BIG, 44100, samples, FRAMES, 2);
    size_t count;
    unsigned char *bytes = sounds_bytes(sounds_path("bare"), &count);
    sounds_heard whole = sounds_hear(sounds_path("bare"), &raw, 1000);
    for (size_t left = 1; left < 6; left++) {
        sounds_put(sounds_path("cut"), bytes, count - 6 + left);
        sounds_heard file = sounds_hear(sounds_path("cut"), &raw, 777),
                     piped = sounds_hear_pipe(bytes, count - 6 + left, &raw);
        assert_int_equal(file.status, ET_ERROR_TRUNCATED);
        assert_int_equal(piped.status, ET_ERROR_TRUNCATED);
        assert_non_null(strstr(piped.error.message, "bytes are left over, and a frame has 6"));
        assert_int_equal(file.frames, FRAMES - 1);
        assert_int_equal(piped.frames, FRAMES - 1);
        sounds_same("cut", &file, whole.samples, FRAMES - 1);
        sounds_same("cut, piped", &piped, whole.samples, FRAMES - 1);
        free(file.samples);
        free(piped.samples);
    }
    free(bytes);
    free(whole.samples);
    free(samples);
}

static void raw_formats_are_read_strictly(void **state)
{
    (void)state;
    raw_format raw;
    et_error error;
    const char *const wrong[] = {"",
                                 "s16le",
                                 "s16le:44100",
                                 "s16:44100:1",
                                 "s16le:44100:0",
                                 "s16le::2",
                                 "s16le:-1:2",
                                 "s16le:3999:1",
                                 "s16le:44100:257",
                                 "s16le:44100:2x",
                                 "s16le:1e4:2",
                                 "s16le:44100:",
                                 "s16le: 44100:2",
                                 "s16le:999999999999999999999:2"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (raw_format_parse(&raw, wrong[i], &error) != ET_ERROR_ARGUMENT) fail_msg("'%s' was taken", wrong[i]);
    assert_int_equal(raw_format_parse(&raw, "u8:8000:1", &error), ET_OK);
    assert_true(raw.rate_hz == 8000 && raw.channels == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bare_samples_are_those_of_the_file),
        cmocka_unit_test(bare_samples_that_end_within_a_frame_are_told),
        cmocka_unit_test(raw_formats_are_read_strictly),
    };
    return cmocka_run_group_tests(tests, sounds_set_up, sounds_tear_down);
}
