/* The ear's file is read as if an enemy had written it. */
#include "base/sha256.h"
#include "ear_reference.h"

static file_bytes good;

static int load_file(void **state)
{
    (void)state;
    good = load_bytes(EAR_FILE);
    return good.size == 0;
}

static int free_file(void **state)
{
    (void)state;
    free(good.data);
    return 0;
}

/* A copy in which the first `old` is `fresh`, of the same length. */
static unsigned char *changed(const char *old, const char *fresh)
{
    unsigned char *copy = malloc(good.size), *place = NULL;
    memcpy(copy, good.data, good.size);
    if (old) place = memmem(copy, good.size, old, strlen(old));
    if (old && !place) fail_msg("the file has no %s", old);
    if (place) memcpy(place, fresh, strlen(old));
    return copy;
}

static void assert_refused(const unsigned char *bytes, size_t size, et_status expected, const char *word)
{
    unsigned char *exact = malloc(size + 1); /* nothing may be read behind it */
    memcpy(exact, bytes, size);
    ear_weights *w = NULL;
    et_error error = {0};
    unsigned char *room = realloc(exact, size > 0 ? size : 1);
    assert_int_equal(ear_weights_parse(&w, room, size, "hostile", &error), expected);
    assert_null(w);
    if (!strstr(error.message, word)) fail_msg("\"%s\" does not speak of %s", error.message, word);
    free(room);
}

static void refuse(const char *old, const char *fresh, const char *word)
{
    unsigned char *copy = changed(old, fresh);
    assert_refused(copy, good.size, ET_ERROR_FORMAT, word);
    free(copy);
}

static void the_bundled_file_is_read(void **state)
{
    (void)state;
    ear_weights *w = NULL;
    char digest[65];
    assert_int_equal(ear_weights_load(&w, EAR_FILE, NULL), ET_OK);
    sha256_hex(good.data, good.size, digest);
    assert_string_equal(ear_weights_digest(w), digest);
    ear_weights_destroy(w);
}

static void a_file_that_is_cut_is_refused(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 7, 8, 100, 5000, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        assert_refused(good.data, sizes[i], ET_ERROR_TRUNCATED, "hostile");
    assert_refused(good.data, good.size - 1, ET_ERROR_TRUNCATED, "hostile");
}

static void names_shapes_and_types_must_be_an_ears(void **state)
{
    (void)state;
    refuse("rhythm_64.bias", "rhythm_64.baas", "rhythm_64.bias");
    refuse("\"F32\"", "\"F16\"", "F32");
    refuse("[7,561,1,64]", "[7,561,64,1]", "middle_1.kernel");
    refuse("[0,4]", "[4,0]", "data_offsets");
    refuse("[0,4]", "[0,8]", "overlap");
    refuse("{\"__metadata__\"", "[\"__metadata__\"", "JSON");
    unsigned char *copy = changed(NULL, NULL);
    copy[7] = 0x7f;
    assert_refused(copy, good.size, ET_ERROR_FORMAT, "header length");
    free(copy);
}

static void numbers_must_be_weights(void **state)
{
    (void)state;
    static const float bad[] = {NAN, INFINITY, -1e30f};
    for (size_t i = 0; i < 3; i++) {
        unsigned char *copy = changed(NULL, NULL);
        memcpy(copy + good.size - 4, &bad[i], sizeof bad[i]);
        assert_refused(copy, good.size, ET_ERROR_FORMAT, "timbre_low.norm.variance");
        free(copy);
    }
    unsigned char *copy = changed(NULL, NULL); /* of a variance, -1 is no value either */
    memcpy(copy + good.size - 4, &(float){-1}, 4);
    assert_refused(copy, good.size, ET_ERROR_FORMAT, "timbre_low.norm.variance");
    free(copy);
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    ear_weights *w = NULL;
    et_error error;
    assert_int_equal(ear_weights_load(&w, "/no/such/ear.safetensors", &error), ET_ERROR_FILE);
    assert_non_null(strstr(error.message, "/no/such/ear.safetensors"));
    assert_int_equal(ear_weights_load(&w, "/", &error), ET_ERROR_FILE);
}

/* The sound of filters that hear nothing is one number, whatever the sound. All filters dead: nothing breaks. */
static void an_ear_without_live_filters_is_deaf_but_well(void **state)
{
    (void)state;
    unsigned char *copy = changed(NULL, NULL);
    uint64_t header;
    memcpy(&header, copy, sizeof header);
    memset(copy + 8 + header, 0, good.size - 8 - header);
    ear_weights *w = NULL;
    et_error error;
    if (ear_weights_parse(&w, copy, good.size, "zeros", &error) != ET_OK) fail_msg("%s", error.message);
    float rows[40 * EAR_BANDS], heard[EAR_HEARD], front[EAR_FRONT];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) rows[i] = (float)(i % 7);
    table x = {40, EAR_BANDS, rows};
    ear_network *n = ear_network_create(w, 40);
    ear_network_push(n, x.value, 40, true);
    for (int64_t f = 0; f < 40; f++) {
        ear_network_middle(n, f, heard);
        ear_network_front(n, f, front);
        for (int c = 0; c < EAR_HEARD; c++) assert_true(heard[c] == 0);
        for (int c = 0; c < EAR_FRONT; c++) assert_true(front[c] == 0);
    }
    ear_network_destroy(n);
    ear_weights_destroy(w);
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bundled_file_is_read),
        cmocka_unit_test(a_file_that_is_cut_is_refused),
        cmocka_unit_test(names_shapes_and_types_must_be_an_ears),
        cmocka_unit_test(numbers_must_be_weights),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(an_ear_without_live_filters_is_deaf_but_well),
    };
    return cmocka_run_group_tests(tests, load_file, free_file);
}
