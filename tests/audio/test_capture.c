/* A microphone without hardware: ALSA's `file` plugin over `null`, named in a private ~/.asoundrc. It plays its file once,
 * as fast as it is read. */
#include "drivers.h"

#include <time.h>

enum { FRAMES = 4000000, CHANNELS = 2, BLOCK = 512 };

static float file_sample(uint64_t frame, unsigned channel)
{
    return (float)(frame * CHANNELS + channel + 1) / (1 << 23);
}

static void write_microphone(const char *name, FILE *config)
{
    fprintf(config,
            "pcm.%s { type file slave.pcm \"null\" file \"/dev/null\" infile \"%s\" format \"raw\"\n"
            "  hint { show on description \"plays a file\" } }\n",
            name, sounds_path("microphone.f32"));
}

static void write_home(void)
{
    float *samples = malloc(FRAMES * CHANNELS * sizeof *samples);
    for (unsigned i = 0; i < FRAMES * CHANNELS; i++) samples[i] = file_sample(i / CHANNELS, i % CHANNELS);
    sounds_put(sounds_path("microphone.f32"), samples, FRAMES * CHANNELS * sizeof *samples);
    free(samples);
    FILE *config = fopen(sounds_path(".asoundrc"), "w");
    assert_non_null(config);
    write_microphone("emotrack_one", config);
    write_microphone("emotrack_two", config);
    fclose(config);
    setenv("HOME", sounds_directory, 1);
    setenv("XDG_RUNTIME_DIR", sounds_directory, 1);
}

static bool has_microphones(void)
{
    capture_list *list;
    et_error error = {0};
    if (capture_list_create(&list, &error) != ET_OK) {
        print_message("no list of inputs: %s\n", error.message);
        return false;
    }
    int found = 0;
    for (size_t i = 0; i < capture_list_count(list); i++)
        found += strncmp(capture_list_get(list, i)->name, "emotrack_", 9) == 0;
    capture_list_destroy(list);
    return found == 2;
}

static void the_list_describes_its_inputs(void **state)
{
    (void)state;
    capture_list *list;
    assert_int_equal(capture_list_create(&list, NULL), ET_OK);
    int defaults = 0;
    for (size_t i = 0; i < capture_list_count(list); i++) {
        const capture_device *device = capture_list_get(list, i);
        assert_true(strlen(device->name) > 0 && strlen(device->host_api) > 0);
        assert_true(device->channels > 0 && device->rate_hz > 0 && device->index >= 0);
        defaults += device->is_default;
    }
    assert_true(defaults <= 1);
    capture_list_destroy(list);
}

/* Frames heard or lost before the next one to come; what is heard must be the file's sound at that place. */
typedef struct progress {
    uint64_t heard, lost;
    bool began;
    uint64_t first; /* the file's frame that came first */
} progress;

static void check_frames(progress *p, const float *block, size_t frames)
{
    if (!p->began && frames > 0) {
        p->first = (uint64_t)(block[0] * (1 << 23)) / CHANNELS;
        p->began = true;
    }
    for (size_t i = 0; i < frames; i++) {
        uint64_t frame = (p->first + p->heard + p->lost + i);
        for (unsigned c = 0; c < CHANNELS; c++)
            if (block[i * CHANNELS + c] != file_sample(frame, c))
                fail_msg("frame %llu, channel %u: %.7f, the file has %.7f", (unsigned long long)(p->heard + p->lost + i), c,
                         (double)block[i * CHANNELS + c], (double)file_sample(frame, c));
    }
    p->heard += frames;
}

static void listen(capture *c, progress *p, uint64_t frames, bool hurries)
{
    static float block[BLOCK * CHANNELS];
    double end_s = capture_clock_s() + 10;
    for (int i = 1; p->heard + p->lost < frames && capture_clock_s() < end_s; i++) {
        uint64_t lost;
        if (!hurries && i % 32 == 0) usleep(500);
        size_t got = capture_read(c, block, BLOCK, &lost);
        if (p->first + p->heard + p->lost + got >= FRAMES) break;
        check_frames(p, block, got);
        p->lost += lost;
    }
}

static void open_microphone(capture **c, double ring_s)
{
    et_error error = {0};
    capture_options options = {.input = "emotrack_one", .ring_s = ring_s};
    if (capture_create(c, &options, &error) != ET_OK) fail_msg("%s", error.message);
    assert_string_equal(capture_name(*c), "emotrack_one");
    assert_true(capture_rate_hz(*c) == 44100);
    assert_int_equal(capture_channels(*c), CHANNELS);
}

static void nothing_is_lost_while_there_is_room(void **state)
{
    (void)state;
    capture *c;
    progress p = {0};
    open_microphone(&c, 10);
    listen(c, &p, 441000, true);
    assert_int_equal(p.lost, 0);
    assert_true(p.heard >= 441000);
    assert_int_equal(capture_check(c, NULL), ET_OK);
    double age_s = capture_clock_s() - capture_newest_s(c);
    assert_true(age_s >= 0 && age_s < 1);
    capture_destroy(c);
}

/* A consumer that rests loses frames of this fast microphone again and again, each time at a known place. */
static void every_frame_is_the_files_or_counted_as_lost(void **state)
{
    (void)state;
    capture *c;
    progress p = {0};
    open_microphone(&c, .05);
    listen(c, &p, FRAMES, false);
    print_message("heard %llu frames, %llu lost\n", (unsigned long long)p.heard, (unsigned long long)p.lost);
    assert_true(p.heard >= 2000 && p.lost > 0);
    capture_destroy(c);
}

static void assert_refused(capture_options options, const char *words)
{
    capture *c;
    et_error error = {0};
    assert_int_equal(capture_create(&c, &options, &error), ET_ERROR_DEVICE);
    if (strstr(error.message, words) == NULL) fail_msg("message: %s", error.message);
}

static void a_wrong_choice_lists_the_right_ones(void **state)
{
    (void)state;
    assert_refused((capture_options){.input = "emotrack_"}, "several have this");
    assert_refused((capture_options){.input = "emotrack_"}, "'emotrack_two'");
    assert_refused((capture_options){.input = "nowhere"}, "'emotrack_one'");
    assert_refused((capture_options){.input = "9999"}, "none of this index");
    assert_refused((capture_options){.input = "emotrack_one", .channels = 5000}, "not 5000");
}

static void an_input_is_found_by_part_of_its_name_or_its_index(void **state)
{
    (void)state;
    capture *c;
    capture_list *list;
    char index[16] = "";
    assert_int_equal(capture_list_create(&list, NULL), ET_OK);
    for (size_t i = 0; i < capture_list_count(list); i++)
        if (strcmp(capture_list_get(list, i)->name, "emotrack_two") == 0)
            snprintf(index, sizeof index, "%d", capture_list_get(list, i)->index);
    capture_list_destroy(list);
    const char *const names[] = {"TRACK_two", index};
    for (int i = 0; i < 2; i++) {
        capture_options options = {.input = names[i], .channels = 1, .rate_hz = 48000};
        assert_int_equal(capture_create(&c, &options, NULL), ET_OK);
        assert_string_equal(capture_name(c), "emotrack_two");
        assert_true(capture_rate_hz(c) == 48000);
        assert_int_equal(capture_channels(c), 1);
        capture_destroy(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_describes_its_inputs),
        cmocka_unit_test(nothing_is_lost_while_there_is_room),
        cmocka_unit_test(every_frame_is_the_files_or_counted_as_lost),
        cmocka_unit_test(a_wrong_choice_lists_the_right_ones),
        cmocka_unit_test(an_input_is_found_by_part_of_its_name_or_its_index),
    };
    if (sounds_set_up(NULL) != 0) return 1;
    write_home();
    if (!has_microphones()) {
        print_message("skipped: no ALSA file device can be set up here (packages libasound2-plugins, libportaudio2)\n");
        sounds_tear_down(NULL);
        return 77;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    sounds_tear_down(NULL);
    return failed;
}
