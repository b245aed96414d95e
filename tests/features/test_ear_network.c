/* The learned ear over whole sounds: the published network's numbers at every level of processor, whatever the batches. */
#include "ear_reference.h"

/* Compares every `step`th row with NAME.part of a reference file. */
static void check_part(const safetensors *file, const char *name, const char *part, const table *ours, size_t step,
                       double absolute, double relative)
{
    char tensor[100];
    snprintf(tensor, sizeof tensor, "%s.%s", name, part);
    const int shape[] = {(int)((ours->rows + step - 1) / step), (int)ours->columns};
    float *reference = malloc((size_t)shape[0] * ours->columns * sizeof *reference);
    et_error error;
    if (safetensors_read(file, tensor, shape, 2, -1e30f, 1e30f, reference, &error) != ET_OK) fail_msg("%s", error.message);
    for (size_t r = 0; r < (size_t)shape[0]; r++)
        for (size_t c = 0; c < ours->columns; c++) {
            double a = table_row(ours, r * step)[c], b = reference[r * ours->columns + c];
            if (!(fabs(a - b) <= absolute + relative * fabs(b)))
                fail_msg("%s, frame %zu, column %zu: %g, reference %g", tensor, r * step, c, a, b);
        }
    free(reference);
}

static void check_sound(const safetensors *file, const char *name, const float *samples, size_t count, size_t step)
{
    table power = mel_rows(samples, count), x = logarithm_rows(&power), front, middle;
    check_part(file, name, "mel_power", &power, step, 1e-9, 1e-4);
    for (int level = 0; level < PROCESSOR_LEVELS; level++) {
        ear_weights *w = weights_of(level);
        if (!w) continue;
        hear_whole(w, &x, 256, &front, &middle);
        check_part(file, name, "front", &front, step, 1e-3, 0);
        check_part(file, name, "middle", &middle, step, 1e-3, 0);
        table_free(&front);
        table_free(&middle);
        ear_weights_destroy(w);
    }
    table_free(&power);
    table_free(&x);
}

static sound load_speech(void)
{
    sound s = sound_load(TEST_DATA "/golden/audio/speech_16k.wav");
    if (s.count == 0) fail_msg("speech_16k.wav cannot be read");
    return s;
}

static void hears_what_the_definitions_say(void **state)
{
    (void)state;
    sound s = load_speech();
    file_bytes b = load_bytes(TEST_DATA "/golden/ear/speech_16k.safetensors");
    safetensors *file = NULL;
    assert_int_equal(safetensors_create(&file, b.data, b.size, "speech_16k", NULL), ET_OK);
    check_sound(file, "speech_16k", s.sample, s.count, 10);
    safetensors_destroy(file);
    free(b.data);
    free(s.sample);
}

static void hears_what_the_published_network_does(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int count;
    } sounds[] = {{"music_44k", 96000}, {"speech_16k", 82400}, {"twotone_44k", 48000}, {"white_44k", 48000}};
    file_bytes b = load_bytes(SHARED_DATA "/ear/reference.safetensors");
    if (b.size == 0) skip();
    safetensors *file = NULL;
    assert_int_equal(safetensors_create(&file, b.data, b.size, "reference", NULL), ET_OK);
    for (size_t i = 0; i < sizeof sounds / sizeof *sounds; i++) {
        char tensor[100];
        snprintf(tensor, sizeof tensor, "%s.samples_16k", sounds[i].name);
        float *samples = malloc((size_t)sounds[i].count * sizeof *samples);
        assert_int_equal(safetensors_read(file, tensor, &sounds[i].count, 1, -2, 2, samples, NULL), ET_OK);
        check_sound(file, sounds[i].name, samples, (size_t)sounds[i].count, 1);
        free(samples);
    }
    safetensors_destroy(file);
    free(b.data);
}

static void assert_same_bits(const table *a, const table *b, size_t rows)
{
    for (size_t r = 0; r < rows; r++)
        if (memcmp(table_row(a, r), table_row(b, r), a->columns * sizeof(float)) != 0) fail_msg("frame %zu differs", r);
}

static void batches_change_no_bit(void **state)
{
    (void)state;
    static const size_t batches[] = {1, 7, 32};
    sound s = load_speech();
    table power = mel_rows(s.sample, s.count), x = logarithm_rows(&power);
    for (int level = 0; level < PROCESSOR_LEVELS; level++) {
        ear_weights *w = weights_of(level);
        if (!w) continue;
        table whole_front, whole;
        hear_whole(w, &x, x.rows, &whole_front, &whole);
        for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
            table front, middle;
            hear_whole(w, &x, batches[i], &front, &middle);
            assert_same_bits(&front, &whole_front, x.rows);
            assert_same_bits(&middle, &whole, x.rows);
            table_free(&front);
            table_free(&middle);
        }
        table_free(&whole_front);
        table_free(&whole);
        ear_weights_destroy(w);
    }
    table_free(&power);
    table_free(&x);
    free(s.sample);
}

/* Whatever was heard before and after: asked in the middle, the newest frames are those of a sound that ends there. */
static void newest_frames_are_those_of_a_sound_that_ends_there(void **state)
{
    (void)state;
    sound s = load_speech();
    table power = mel_rows(s.sample, s.count), x = logarithm_rows(&power);
    ear_weights *w = weights_of(0);
    ear_network *n = ear_network_create(w, 32);
    for (size_t at = 0, count = 20; at + count <= x.rows; at += count, count = 52 - count) {
        ear_network_push(n, table_row(&x, at), (int)count, true);
        table part = {at + count, EAR_BANDS, x.value}, front, middle;
        hear_whole(w, &part, part.rows, &front, &middle);
        for (int64_t f = ear_network_first(n); f < (int64_t)part.rows; f++) {
            float heard[EAR_HEARD];
            ear_network_middle(n, f, heard);
            if (memcmp(heard, table_row(&middle, (size_t)f), sizeof heard) != 0)
                fail_msg("frame %d of a sound of %zu frames", (int)f, part.rows);
        }
        table_free(&front);
        table_free(&middle);
    }
    ear_network_destroy(n);
    ear_weights_destroy(w);
    table_free(&power);
    table_free(&x);
    free(s.sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hears_what_the_definitions_say),
        cmocka_unit_test(hears_what_the_published_network_does),
        cmocka_unit_test(batches_change_no_bit),
        cmocka_unit_test(newest_frames_are_those_of_a_sound_that_ends_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
