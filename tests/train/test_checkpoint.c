#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/read_file.h"
#include "train/checkpoint.h"

enum { COUNT = 5, MEMBERS = 3, DIGEST = 77 };
/* Of the file: magic, digest, count, then these. */
enum { AT_MEMBER = 24, AT_EPOCH = 28, AT_BEST_EPOCH = 32, AT_LOG_BYTES = 36, AT_STEPS = 40 };

static char path[] = "/tmp/emotrack-checkpoint-XXXXXX";

static int make_path(void **state)
{
    (void)state;
    int descriptor = mkstemp(path);
    return descriptor < 0 || close(descriptor) != 0;
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

static checkpoint fresh(void)
{
    checkpoint c;
    assert_int_equal(checkpoint_create(&c, path, DIGEST, COUNT, MEMBERS, NULL), ET_OK);
    return c;
}

/* A run in its second network, as it was written. */
static unsigned char *some_file(size_t *size)
{
    checkpoint c = fresh();
    unsigned char *bytes;
    for (int i = 0; i < COUNT; i++) c.parameters[i] = (float)i, c.m[i] = 2, c.v[i] = 3, c.best_parameters[i] = -1;
    checkpoint_member_done(&c, c.parameters);
    c.epoch = 4, c.best_epoch = 2, c.steps = 40;
    assert_true(checkpoint_log(&c, "1,2,3\n"));
    assert_int_equal(checkpoint_save(&c, NULL), ET_OK);
    checkpoint_free(&c);
    assert_int_equal(read_file(path, 1 << 20, &bytes, size, NULL), ET_OK);
    return bytes;
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    size_t size;
    free(some_file(&size));
    checkpoint c = fresh();
    assert_int_equal(checkpoint_load(&c, NULL), ET_OK);
    assert_int_equal(c.member, 1);
    assert_int_equal(c.epoch, 4);
    assert_int_equal(c.best_epoch, 2);
    assert_int_equal(c.steps, 40);
    assert_string_equal(c.log, "1,2,3\n");
    for (int i = 0; i < COUNT; i++) {
        assert_true(c.done[i] == (float)i && c.parameters[i] == (float)i && c.best_parameters[i] == -1);
        assert_true(c.m[i] == 2 && c.v[i] == 3);
    }
    checkpoint_free(&c);
}

static void refuse(const unsigned char *bytes, size_t size, const char *words)
{
    checkpoint c = fresh();
    et_error error = {0};
    assert_int_equal(checkpoint_parse(&c, bytes, size, "file", &error), ET_ERROR_FORMAT);
    if (!strstr(error.message, words)) fail_msg("%s", error.message);
    assert_int_equal(c.member, 0);
    checkpoint_free(&c);
}

static void a_changed_byte_or_a_cut_is_damage(void **state)
{
    (void)state;
    size_t size;
    unsigned char *bytes = some_file(&size);
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= 0x40;
        refuse(bytes, size, i < 8 ? "not a checkpoint" : "damaged");
        bytes[i] ^= 0x40;
        refuse(bytes, i, i < 64 ? "not a checkpoint" : "damaged");
    }
    free(bytes);
}

static void sign(unsigned char *bytes, size_t size)
{
    uint64_t sum = digest_bytes(DIGEST_START, bytes, size - sizeof sum);
    memcpy(bytes + size - sizeof sum, &sum, sizeof sum);
}

/* A checksum that fits is no proof: whoever wrote the counts wrote it too. */
static void counts_out_of_bounds_are_refused_with_a_fitting_checksum(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        int32_t value;
    } lies[] = {{AT_MEMBER, MEMBERS + 1}, {AT_MEMBER, 1 << 30},    {AT_MEMBER, INT32_MAX}, {AT_MEMBER, -1},
                {AT_MEMBER, 2},           {AT_EPOCH, -1},          {AT_EPOCH, INT32_MAX},  {AT_BEST_EPOCH, 5},
                {AT_BEST_EPOCH, -1},      {AT_LOG_BYTES, 1 << 25}, {AT_LOG_BYTES, -1},     {AT_LOG_BYTES, 5},
                {AT_STEPS + 4, INT32_MIN}};
    size_t size;
    unsigned char *bytes = some_file(&size);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        unsigned char *lie = malloc(size);
        memcpy(lie, bytes, size);
        memcpy(lie + lies[i].at, &lies[i].value, sizeof lies[i].value);
        sign(lie, size);
        refuse(lie, size, "damaged");
        free(lie);
    }
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(a_changed_byte_or_a_cut_is_damage),
        cmocka_unit_test(counts_out_of_bounds_are_refused_with_a_fitting_checksum),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
