#include "sounds.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>

#if defined(__SANITIZE_ADDRESS__)
/* libsndfile loses some memory when it refuses a broken Ogg file. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:vorbis_info_init";
}
#endif

enum { FRAMES = 50000, WAV16 = SF_FORMAT_WAV | SF_FORMAT_PCM_16 };

static const struct format {
    const char *name;
    int format;
    bool lossless;
} formats[] = {
    {"wav", WAV16, true},
    {"rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_16, true},
    {"aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, true},
    {"au", SF_FORMAT_AU | SF_FORMAT_PCM_16, true},
    {"flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, true},
    {"ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, false},
    {"caf", SF_FORMAT_CAF | SF_FORMAT_PCM_16, true},
    {"w64", SF_FORMAT_W64 | SF_FORMAT_PCM_16, true},
    {"mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, false},
};
enum { FORMATS = sizeof formats / sizeof *formats };

static const char *write_format(const struct format *format, unsigned channels)
{
    char name[32];
    snprintf(name, sizeof name, "sound.%s", format->name);
    const char *path = sounds_path(name);
    float *samples = sounds_make(FRAMES, channels);
    sounds_write(path, format->format, 44100, samples, FRAMES, channels);
    free(samples);
    return path;
}

static void sixteen_bits_are_s_by_32768(void **state)
{
    (void)state;
    static short all[65536];
    static float wanted[65536];
    for (int s = -32768; s < 32768; s++) {
        all[s + 32768] = (short)s;
        wanted[s + 32768] = (float)s / 32768;
    }
    for (int f = 0; f < FORMATS; f++) {
        if (!formats[f].lossless) continue;
        const char *path = sounds_path("all");
        SF_INFO info = {.format = formats[f].format, .samplerate = 44100, .channels = 1};
        SNDFILE *file = sf_open(path, SFM_WRITE, &info);
        sf_write_short(file, all, 65536);
        sf_close(file);
        sounds_heard h = sounds_hear(path, NULL, 1000);
        assert_int_equal(h.frames, 65536);
        sounds_same(formats[f].name, &h, wanted, 65536);
        free(h.samples);
    }
}

/* The peer: libsndfile's own way through the file. */
static void every_format_gives_what_libsndfile_gives(void **state)
{
    (void)state;
    for (int f = 0; f < FORMATS; f++) {
        const char *path = write_format(&formats[f], 2);
        SF_INFO info = {0};
        SNDFILE *file = sf_open(path, SFM_READ, &info);
        float *wanted = calloc(FRAMES * 4, sizeof *wanted);
        size_t frames = (size_t)sf_readf_float(file, wanted, FRAMES * 2);
        sf_close(file);
        sounds_heard h = sounds_hear(path, NULL, 777);
        if (h.status != ET_OK) fail_msg("%s: %s", formats[f].name, h.error.message);
        assert_int_equal(h.frames, frames);
        sounds_same(formats[f].name, &h, wanted, frames);
        free(h.samples);
        free(wanted);
    }
}

static void reads_odd_rates_and_widths(void **state)
{
    (void)state;
    const struct {
        int format, rate_hz;
        unsigned channels;
    } kinds[] = {{SF_FORMAT_WAV | SF_FORMAT_PCM_24, 96000, 2}, {SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 8000, 1},
                 {SF_FORMAT_WAV | SF_FORMAT_FLOAT, 48000, 6},  {SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 22050, 1},
                 {SF_FORMAT_W64 | SF_FORMAT_PCM_32, 16000, 3}, {SF_FORMAT_CAF | SF_FORMAT_PCM_16, 4000, 1}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        const char *path = sounds_path("odd");
        float *samples = sounds_make(FRAMES, kinds[k].channels);
        sounds_write(path, kinds[k].format, kinds[k].rate_hz, samples, FRAMES, kinds[k].channels);
        sound_file *file;
        assert_int_equal(sound_file_open(&file, path, NULL, NULL), ET_OK);
        assert_int_equal(sound_file_rate_hz(file), kinds[k].rate_hz);
        assert_int_equal(sound_file_channels(file), kinds[k].channels);
        assert_int_equal(sound_file_frames(file), FRAMES);
        sound_file_close(file);
        sounds_heard h = sounds_hear(path, NULL, 4096);
        assert_int_equal(h.status, ET_OK);
        assert_int_equal(h.frames, FRAMES);
        for (size_t i = 0; i < FRAMES * kinds[k].channels; i++) {
            float error = h.samples[i] - samples[i];
            if (!(error < .008f && error > -.008f)) fail_msg("kind %zu: sample %zu is off by %g", k, i, (double)error);
        }
        free(h.samples);
        free(samples);
    }
}

static void a_cut_file_gives_what_is_there_and_one_error(void **state)
{
    (void)state;
    for (int f = 0; f < FORMATS; f++) {
        const char *path = write_format(&formats[f], 1);
        sounds_heard whole = sounds_hear(path, NULL, 1000);
        size_t count;
        unsigned char *bytes = sounds_bytes(path, &count);
        sounds_put(sounds_path("cut"), bytes, count * 6 / 10 + 1);
        sounds_heard cut = sounds_hear(sounds_path("cut"), NULL, 1000);
        if (strcmp(formats[f].name, "caf") == 0) { /* libsndfile does not open it */
            assert_non_null(strstr(cut.error.message, "cut: cut off"));
            free(bytes);
            free(whole.samples);
            continue;
        }
        if (cut.status != ET_ERROR_TRUNCATED) fail_msg("%s: status %d (%s)", formats[f].name, cut.status, cut.error.message);
        assert_non_null(strstr(cut.error.message, "cut: cut off after "));
        if (cut.frames < FRAMES / 4 || cut.frames > whole.frames)
            fail_msg("%s: %zu frames of %zu", formats[f].name, cut.frames, whole.frames);
        /* The decoder of MPEG and Vorbis overlaps its blocks: the last one needs the one that is missing. */
        sounds_same(formats[f].name, &cut, whole.samples, cut.frames - (formats[f].lossless ? 0 : 2048));
        free(bytes);
        free(cut.samples);
        free(whole.samples);
    }
}

/* Without a Xing header nothing says how long the sound should be, but its last MPEG frame is not whole. */
static void an_mp3_that_ends_within_a_frame_is_cut_off(void **state)
{
    (void)state;
    const char *path = write_format(&formats[FORMATS - 1], 1);
    size_t count, second = 4;
    unsigned char *bytes = sounds_bytes(path, &count);
    while (second + 1 < count && !(bytes[second] == bytes[0] && bytes[second + 1] == bytes[1])) second++;
    sounds_put(sounds_path("bare.mp3"), bytes + second, count - second);
    sounds_heard whole = sounds_hear(sounds_path("bare.mp3"), NULL, 1000);
    assert_int_equal(whole.status, ET_OK);
    sounds_put(sounds_path("bare.mp3"), bytes + second, (count - second) / 2 + 60);
    sounds_heard cut = sounds_hear(sounds_path("bare.mp3"), NULL, 1000);
    assert_int_equal(cut.status, ET_ERROR_TRUNCATED);
    assert_true(cut.frames > FRAMES / 3 && cut.frames < whole.frames);
    free(cut.samples);
    free(whole.samples);
    free(bytes);
}

/* Some tools write bits of their own into the side information of the Info frame; it is no sound for all that. */
static void an_info_frame_is_no_sound_whatever_stands_in_it(void **state)
{
    (void)state;
    const char *path = write_format(&formats[FORMATS - 1], 2);
    size_t count;
    unsigned char *bytes = sounds_bytes(path, &count);
    sounds_heard wanted = sounds_hear(path, NULL, 1000);
    assert_true(memcmp(bytes + 36, "Info", 4) == 0 || memcmp(bytes + 36, "Xing", 4) == 0);
    static const unsigned char place[] = {10, 17, 23, 30};
    for (size_t i = 0; i < sizeof place; i++) bytes[place[i]] = 0x40;
    static const unsigned char tag[20] = {'I', 'D', '3', 4, 0, 0, 0, 0, 0, 10};
    for (int tagged = 0; tagged < 2; tagged++) {
        unsigned char *all = malloc(count + sizeof tag);
        size_t before = tagged ? sizeof tag : 0;
        memcpy(all, tag, before);
        memcpy(all + before, bytes, count);
        sounds_put(sounds_path("odd.mp3"), all, count + before);
        sounds_heard file = sounds_hear(sounds_path("odd.mp3"), NULL, 777),
                     piped = sounds_hear_pipe(all, count + before, NULL);
        if (file.status != ET_OK || piped.status != ET_OK) fail_msg("%s%s", file.error.message, piped.error.message);
        assert_int_equal(file.frames, wanted.frames);
        assert_int_equal(piped.frames, wanted.frames);
        sounds_same("file", &file, wanted.samples, wanted.frames);
        sounds_same("pipe", &piped, wanted.samples, wanted.frames);
        free(file.samples);
        free(piped.samples);
        free(all);
    }
    free(wanted.samples);
    free(bytes);
}

static void put_size(unsigned char *bytes, uint32_t size)
{
    for (int i = 0; i < 4; i++) bytes[40 + i] = (unsigned char)(size >> 8 * i);
}

static void a_wav_header_that_lies_is_told(void **state)
{
    (void)state;
    const struct {
        uint32_t size;
        et_status status;
        size_t frames;
    } lies[] = {{FRAMES * 2 + 1000, ET_ERROR_TRUNCATED, FRAMES},
                {0x70000000, ET_ERROR_TRUNCATED, FRAMES},
                {20000, ET_ERROR_FORMAT, 10000},
                {0, ET_ERROR_FORMAT, 0},
                {0xffffffff, ET_OK, FRAMES},
                {0x7ffff000, ET_OK, FRAMES}};
    const char *path = write_format(&formats[0], 1);
    size_t count;
    unsigned char *bytes = sounds_bytes(path, &count);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        put_size(bytes, lies[i].size);
        sounds_put(path, bytes, count);
        sounds_heard h = sounds_hear(path, NULL, 1000);
        if (h.status != lies[i].status || h.frames != lies[i].frames)
            fail_msg("a header that says %u bytes: status %d, %zu frames (%s)", lies[i].size, h.status, h.frames,
                     h.error.message);
        free(h.samples);
    }
    free(bytes);
}

static void assert_refused(const char *path, et_status status, const char *words)
{
    sounds_heard h = sounds_hear(path, NULL, 100);
    if (h.status != status || strstr(h.error.message, words) == NULL || strstr(h.error.message, path) != h.error.message)
        fail_msg("%s: status %d, wanted %d: %s", path, h.status, status, h.error.message);
}

static void what_is_no_sound_is_refused(void **state)
{
    (void)state;
    sounds_put(sounds_path("notes.txt"), "This is no sound.\n", 18);
    assert_refused(sounds_path("notes.txt"), ET_ERROR_FORMAT, "no format of sound");
    sounds_put(sounds_path("text.au"), "Not a sound either, whatever its name says.\n", 44);
    assert_refused(sounds_path("text.au"), ET_ERROR_FORMAT, "no format of sound");
    sounds_put(sounds_path("wide.txt"),
               "\xff\xfe"
               "h\0e\0l\0l\0o\0 \0w\0o\0r\0l\0d\0",
               24);
    assert_refused(sounds_path("wide.txt"), ET_ERROR_FORMAT, "holds none");
    sounds_put(sounds_path("empty.wav"), "", 0);
    assert_refused(sounds_path("empty.wav"), ET_ERROR_FORMAT, "is empty");
    assert_refused(sounds_directory, ET_ERROR_FILE, "is a directory");
    assert_refused(sounds_path("missing.wav"), ET_ERROR_FILE, "No such file");
    const char *path = write_format(&formats[0], 1);
    size_t count;
    unsigned char *bytes = sounds_bytes(path, &count);
    put_size(bytes, 0);
    sounds_put(sounds_path("silent.wav"), bytes, 44);
    sounds_heard h = sounds_hear(sounds_path("silent.wav"), NULL, 100);
    assert_int_equal(h.status, ET_ERROR_FORMAT);
    assert_non_null(strstr(h.error.message, "holds no sound"));
    free(h.samples);
    free(bytes);
}

static void a_file_without_permission_is_refused(void **state)
{
    (void)state;
    const char *path = write_format(&formats[0], 1);
    chmod(sounds_directory, 0755);
    chmod(path, 0);
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && seteuid(65534) != 0) _exit(2);
        et_error error = {0};
        sound_file *file;
        et_status status = sound_file_open(&file, path, NULL, &error);
        _exit(status == ET_ERROR_FILE && strstr(error.message, "Permission denied") != NULL ? 0 : 1);
    }
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
}

static void a_pipe_gives_the_samples_of_the_file(void **state)
{
    (void)state;
    for (int f = 0; f < FORMATS; f++) {
        const char *path = write_format(&formats[f], 2);
        sounds_heard whole = sounds_hear(path, NULL, 1000);
        size_t count;
        unsigned char *bytes = sounds_bytes(path, &count);
        sounds_heard piped = sounds_hear_pipe(bytes, count, NULL);
        if (piped.status != ET_OK) fail_msg("%s: %s", formats[f].name, piped.error.message);
        assert_int_equal(piped.frames, whole.frames);
        sounds_same(formats[f].name, &piped, whole.samples, whole.frames);
        free(bytes);
        free(piped.samples);
        free(whole.samples);
    }
}

static void a_pipe_may_not_know_its_length_but_may_not_lie(void **state)
{
    (void)state;
    const char *path = write_format(&formats[0], 1);
    size_t count;
    unsigned char *bytes = sounds_bytes(path, &count);
    sounds_heard cut = sounds_hear_pipe(bytes, count - 30000, NULL);
    assert_int_equal(cut.status, ET_ERROR_TRUNCATED);
    assert_int_equal(cut.frames, FRAMES - 15000);
    const char *mpeg = write_format(&formats[FORMATS - 1], 1);
    size_t mpeg_count;
    unsigned char *mpeg_bytes = sounds_bytes(mpeg, &mpeg_count);
    sounds_heard cut_mpeg = sounds_hear_pipe(mpeg_bytes, mpeg_count * 2 / 3, NULL);
    assert_int_equal(cut_mpeg.status, ET_ERROR_TRUNCATED);
    free(cut_mpeg.samples);
    free(mpeg_bytes);
    put_size(bytes, 0xffffffff);
    sounds_heard endless = sounds_hear_pipe(bytes, count, NULL);
    assert_int_equal(endless.status, ET_OK);
    assert_int_equal(endless.frames, FRAMES);
    free(cut.samples);
    free(endless.samples);
    sounds_heard text = sounds_hear_pipe((const unsigned char *)"no sound at all, only text\n", 27, NULL);
    assert_int_equal(text.status, ET_ERROR_FORMAT);
    assert_non_null(strstr(text.error.message, "standard input: "));
    free(bytes);
}

/* Changed bytes in the first kilobyte, and cuts anywhere: whatever comes of it, it ends, in order. */
static void broken_files_end_in_order(void **state)
{
    (void)state;
    uint32_t random = 99;
    for (int f = 0; f < FORMATS; f++) {
        const char *path = write_format(&formats[f], 1);
        size_t count;
        unsigned char *bytes = sounds_bytes(path, &count);
        for (int round = 0; round < 40; round++) {
            unsigned char *broken = malloc(count);
            memcpy(broken, bytes, count);
            for (int i = 0; i < 8; i++) {
                random = random * 1664525u + 1013904223u;
                broken[(random >> 8) % 1024] = (unsigned char)(random >> 20);
            }
            size_t length = round % 2 ? count : 1 + (random >> 4) % count;
            sounds_put(sounds_path("broken"), broken, length);
            sounds_heard h = sounds_hear(sounds_path("broken"), NULL, 5000);
            if (h.status != ET_OK) assert_true(strlen(h.error.message) > 20);
            free(h.samples);
            free(broken);
        }
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sixteen_bits_are_s_by_32768),
        cmocka_unit_test(every_format_gives_what_libsndfile_gives),
        cmocka_unit_test(reads_odd_rates_and_widths),
        cmocka_unit_test(a_cut_file_gives_what_is_there_and_one_error),
        cmocka_unit_test(an_mp3_that_ends_within_a_frame_is_cut_off),
        cmocka_unit_test(an_info_frame_is_no_sound_whatever_stands_in_it),
        cmocka_unit_test(a_wav_header_that_lies_is_told),
        cmocka_unit_test(what_is_no_sound_is_refused),
        cmocka_unit_test(a_file_without_permission_is_refused),
        cmocka_unit_test(a_pipe_gives_the_samples_of_the_file),
        cmocka_unit_test(a_pipe_may_not_know_its_length_but_may_not_lie),
        cmocka_unit_test(broken_files_end_in_order),
    };
    return cmocka_run_group_tests(tests, sounds_set_up, sounds_tear_down);
}
