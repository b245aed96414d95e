/* Streams joined one behind the other: read on, or told how much was left. */
#include "sounds.h"

enum { FRAMES = 60000, OGG = SF_FORMAT_OGG | SF_FORMAT_VORBIS, MP3 = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III };

/* Bytes that grow. */
typedef struct join {
    unsigned char *bytes;
    size_t count;
} join;

static void add(join *j, const void *bytes, size_t count)
{
    j->bytes = realloc(j->bytes, j->count + count);
    assert_non_null(j->bytes);
    memcpy(j->bytes + j->count, bytes, count);
    j->count += count;
}

static void add_sound(join *j, int format, int rate_hz, unsigned channels)
{
    const char *path = sounds_path("link");
    float *samples = sounds_make(FRAMES, channels);
    sounds_write(path, format, rate_hz, samples, FRAMES, channels);
    size_t count;
    unsigned char *bytes = sounds_bytes(path, &count);
    add(j, bytes, count);
    free(bytes);
    free(samples);
}

static sounds_heard heard(join *j)
{
    sounds_put(sounds_path("joined"), j->bytes, j->count);
    free(j->bytes);
    return sounds_hear(sounds_path("joined"), NULL, 1000);
}

static void ogg_links_of_one_kind_are_one_sound(void **state)
{
    (void)state;
    join one = {0}, three = {0};
    add_sound(&one, OGG, 44100, 2);
    for (int i = 0; i < 3; i++) add_sound(&three, OGG, 44100, 2);
    sounds_heard link = heard(&one), all = heard(&three);
    if (all.status != ET_OK) fail_msg("%s", all.error.message);
    assert_int_equal(all.frames, 3 * link.frames);
    for (size_t k = 0; k < 3; k++)
        assert_memory_equal(all.samples + k * link.frames * 2, link.samples, link.frames * 2 * sizeof(float));
    free(link.samples);
    free(all.samples);
}

static void an_ogg_link_of_another_kind_is_told(void **state)
{
    (void)state;
    static const struct {
        int rate_hz;
        unsigned channels;
        const char *left;
    } kinds[] = {{22050, 2, "5.4 s are left unread"}, {44100, 1, "2.7 s are left unread"}};
    for (int k = 0; k < 2; k++) {
        join j = {0};
        add_sound(&j, OGG, 44100, 2);
        add_sound(&j, OGG, 44100, 2);
        add_sound(&j, OGG, kinds[k].rate_hz, kinds[k].channels);
        add_sound(&j, OGG, 44100, 2);
        sounds_heard h = heard(&j);
        assert_int_equal(h.status, ET_ERROR_FORMAT);
        assert_int_equal(h.frames, 2 * FRAMES);
        if (!strstr(h.error.message, kinds[k].left) && k == 1) fail_msg("%s", h.error.message);
        if (!strstr(h.error.message, "4.1 s are left unread") && k == 0) fail_msg("%s", h.error.message);
        free(h.samples);
    }
}

static void a_chain_that_breaks_off_is_told(void **state)
{
    (void)state;
    join j = {0};
    add_sound(&j, OGG, 44100, 1);
    size_t first = j.count;
    add_sound(&j, OGG, 44100, 1);
    j.count = first + (j.count - first) * 2 / 3;
    sounds_heard h = heard(&j);
    assert_int_equal(h.status, ET_ERROR_TRUNCATED);
    assert_true(h.frames > FRAMES + FRAMES / 4);
    free(h.samples);
}

static void a_chain_in_a_pipe_is_told(void **state)
{
    (void)state;
    join j = {0};
    for (int i = 0; i < 8; i++) add_sound(&j, OGG, 44100, 2);
    sounds_heard h = sounds_hear_pipe(j.bytes, j.count, NULL);
    assert_int_equal(h.status, ET_ERROR_FORMAT);
    assert_non_null(strstr(h.error.message, "another Ogg stream is joined on"));
    free(h.samples);
    free(j.bytes);
}

/* What stands between two songs that somebody has put into one file. */
static void add_tag(join *j, int kind)
{
    static unsigned char tag[512];
    memset(tag, kind == 1 ? ' ' : 0, sizeof tag);
    if (kind == 1) memcpy(tag, "TAG", 3);
    if (kind == 2) memcpy(tag, "ID3\3\0\0\0\0\3\x76", 10);
    if (kind > 0) add(j, tag, kind == 1 ? 128 : sizeof tag);
}

static void mpeg_of_another_format_is_told(void **state)
{
    (void)state;
    for (int piped = 0; piped < 2; piped++)
        for (int kind = 0; kind < 3; kind++) {
            join j = {0};
            add_sound(&j, MP3, 44100, 2);
            add_tag(&j, kind);
            add_sound(&j, MP3, 22050, 1);
            add_tag(&j, 1);
            sounds_heard h = piped ? sounds_hear_pipe(j.bytes, j.count, NULL) : (sounds_heard){0};
            if (!piped) h = heard(&j);
            if (h.status != ET_ERROR_FORMAT || !strstr(h.error.message, "left unread"))
                fail_msg("tag %d, pipe %d: status %d: %s", kind, piped, h.status, h.error.message);
            if (!piped && !strstr(h.error.message, ": 2.8 s left unread")) fail_msg("%s", h.error.message);
            assert_true(h.frames >= FRAMES && h.frames < FRAMES + 5000);
            free(h.samples);
            if (piped) free(j.bytes);
        }
}

static void mpeg_of_one_format_is_one_sound(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        join j = {0};
        add_sound(&j, MP3, 44100, 2);
        add_tag(&j, kind);
        add_sound(&j, MP3, 44100, 2);
        add_tag(&j, 1);
        sounds_heard h = heard(&j);
        if (h.status != ET_OK) fail_msg("tag %d: %s", kind, h.error.message);
        assert_true(h.frames > 2 * FRAMES - 3000);
        free(h.samples);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ogg_links_of_one_kind_are_one_sound), cmocka_unit_test(an_ogg_link_of_another_kind_is_told),
        cmocka_unit_test(a_chain_that_breaks_off_is_told),     cmocka_unit_test(a_chain_in_a_pipe_is_told),
        cmocka_unit_test(mpeg_of_another_format_is_told),      cmocka_unit_test(mpeg_of_one_format_is_one_sound),
    };
    return cmocka_run_group_tests(tests, sounds_set_up, sounds_tear_down);
}
