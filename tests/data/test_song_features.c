/* Features of labelled songs from their sound: computed once, kept, made anew where anything changed; broken sounds are
 * named. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sndfile.h>

#include "base/random.h"
#include "data/song_features.h"
#include "data/songs.h"

enum { SONGS = 4, SECONDS = 3, ROWS = 4 /* of a second, 0.5 s apart */ };
static char folder[256], told[4096];

static const char *in_folder(const char *name)
{
    static char path[4][512];
    static int next;
    snprintf(path[next = (next + 1) % 4], sizeof path[0], "%s/%s", folder, name);
    return path[next];
}

static void write_text(const char *name, const char *text)
{
    FILE *file = fopen(in_folder(name), "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void write_noise(const char *name, int rate_hz, int channels, double seconds, uint64_t seed)
{
    SF_INFO info = {.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16, .samplerate = rate_hz, .channels = channels};
    SNDFILE *file = sf_open(in_folder(name), SFM_WRITE, &info);
    assert_non_null(file);
    random_numbers r = random_stream(seed, RANDOM_SAMPLE, 0);
    for (int i = 0; i < (int)(seconds * rate_hz); i++) {
        float frame[2] = {(float)(0.1 * random_normal(&r)), (float)(0.1 * random_normal(&r))};
        sf_writef_float(file, frame, 1);
    }
    sf_close(file);
}

static int begin(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int rate_hz, channels;
    } kinds[SONGS] = {{"a.wav", 44100, 1}, {"b.wav", 44100, 2}, {"c.wav", 16000, 1}, {"d.wav", 48000, 2}};
    snprintf(folder, sizeof folder, "/tmp/emotrack-features-XXXXXX");
    told[0] = '\0';
    if (!mkdtemp(folder)) return -1;
    write_text("labels.csv", "file,valence,arousal\na.wav,0,.1\nb.wav,.2,.3\nc.wav,.4,.5\nd.wav,-.6,-.7\n");
    for (int i = 0; i < SONGS; i++)
        write_noise(kinds[i].name, kinds[i].rate_hz, kinds[i].channels, SECONDS, (uint64_t)i + 1);
    return 0;
}

static int end(void **state)
{
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void tell(void *user, const char *line)
{
    (void)user;
    size_t n = strlen(told);
    snprintf(told + n, sizeof told - n, "%s\n", line);
}

static feature_options from_sound(void)
{
    return (feature_options){
        .source = FEATURES_FROM_SOUND, .pitch_lag_frames = 10, .rasta_start = RASTA_START_STEADY, .threads = 2};
}

static song_set features(const feature_options *o, et_status wanted)
{
    song_set set;
    warning_list warnings = {.tell = tell};
    et_error error = {0};
    assert_int_equal(song_set_read(&set, folder, NULL, &warnings, &error), ET_OK);
    et_status status = song_set_features(&set, o, &warnings, &error);
    if (status != wanted) fail_msg("status %d, wanted %d: %s\nsaid:\n%s", status, wanted, error.message, told);
    return set;
}

static void same_rows(const song_set *a, const song_set *b)
{
    assert_int_equal(a->songs, b->songs);
    for (int i = 0; i < a->songs; i++) {
        assert_int_equal(a->song[i].rows, b->song[i].rows);
        assert_memory_equal(a->song[i].row, b->song[i].row, (size_t)a->song[i].rows * ROW_WIDTH * sizeof(float));
    }
}

/* The kept file of a song, by its first letter; there is one. */
static void kept_file(char path[512], char first)
{
    char command[400];
    snprintf(command, sizeof command, "ls %s/.emotrack/%c*.rows", folder, first);
    FILE *list = popen(command, "r");
    assert_non_null(list);
    assert_non_null(fgets(path, 512, list));
    path[strcspn(path, "\n")] = '\0';
    assert_null(fgets(command, sizeof command, list));
    pclose(list);
}

static void any_number_of_threads_gives_the_same_rows(void **state)
{
    (void)state;
    feature_options o = from_sound();
    song_set two = features(&o, ET_OK);
    if (two.songs != SONGS) fail_msg("%d songs; said:\n%s", two.songs, told);
    for (int i = 0; i < SONGS; i++) {
        assert_int_equal(two.song[i].rows, ROWS);
        for (int c = 0; c < ROWS * ROW_WIDTH; c++) assert_true(isfinite(two.song[i].row[c]));
    }
    o.threads = 1, o.cache = in_folder("cache");
    song_set one = features(&o, ET_OK);
    same_rows(&one, &two);
    song_set_free(&one), song_set_free(&two);
}

/* Seen by a number that is changed in the file: it comes back, until the sound or the file changes. */
static void kept_rows_are_read_and_made_anew_when_void(void **state)
{
    (void)state;
    feature_options o = from_sound();
    song_set first = features(&o, ET_OK);
    char path[512];
    float mark = 1234.5f;
    kept_file(path, 'a');
    FILE *file = fopen(path, "r+b");
    fseek(file, -(long)sizeof mark, SEEK_END);
    fwrite(&mark, sizeof mark, 1, file);
    fclose(file);
    song_set second = features(&o, ET_OK);
    assert_true(second.song[0].row[(ROWS - 1) * ROW_WIDTH + FUNCTIONAL_COUNT - 1] == mark);
    song_set_free(&second);
    write_noise("a.wav", 44100, 1, SECONDS, 1); /* the same again, of another date */
    second = features(&o, ET_OK);
    same_rows(&first, &second);
    song_set_free(&second);
    assert_int_equal(truncate(path, 1000), 0);
    second = features(&o, ET_OK);
    same_rows(&first, &second);
    song_set_free(&second);
    o.rasta_start = RASTA_START_REFERENCE; /* kept beside */
    second = features(&o, ET_OK);
    assert_memory_not_equal(first.song[0].row, second.song[0].row, sizeof(float) * FUNCTIONAL_COUNT);
    song_set_free(&second), song_set_free(&first);
}

/* What was kept with more families serves, and gives what it would have given without them. */
static void families_are_computed_as_wanted_and_kept_together(void **state)
{
    (void)state;
    feature_options o = from_sound();
    song_set descriptors_alone = features(&o, ET_OK);
    o.cache = in_folder("cache");
    o.families = WITH_ALL;
    assert_int_equal(ear_weights_load((ear_weights **)&o.ear, EAR_FILE, NULL), ET_OK);
    song_set all = features(&o, ET_OK), again = features(&o, ET_OK);
    same_rows(&all, &again);
    const float *row = all.song[0].row + ROW_WIDTH;
    assert_int_equal(all.song[0].families, WITH_ALL);
    assert_true(row[ROW_EAR] != 0);
    assert_memory_not_equal(row + ROW_TAIL, row + ROW_EAR, EAR_COLUMNS * sizeof(float));
    assert_true(row[ROW_HARMONY + 8] != 0);
    assert_true(all.column_known[ROW_EAR] && !descriptors_alone.column_known[ROW_EAR]);
    o.families = WITH_HARMONY;
    song_set some = features(&o, ET_OK);
    assert_int_equal(some.song[0].families, WITH_HARMONY | WITH_DESCRIPTORS);
    assert_memory_equal(some.song[0].row + ROW_HARMONY, all.song[0].row + ROW_HARMONY, HARMONY_COLUMNS * sizeof(float));
    assert_true(some.song[0].row[ROW_EAR] == 0 && !some.column_known[ROW_EAR] && some.column_known[ROW_HARMONY]);
    ear_weights_destroy((ear_weights *)o.ear);
    o.families = 0, o.ear = NULL;
    song_set few = features(&o, ET_OK);
    same_rows(&few, &descriptors_alone);
    song_set_free(&descriptors_alone), song_set_free(&all), song_set_free(&again), song_set_free(&some), song_set_free(&few);
}

static void damaged_sound_has_other_rows(void **state)
{
    (void)state;
    feature_options o = from_sound();
    song_set whole = features(&o, ET_OK);
    assert_int_equal(degradation_find(&o.degradation, "quiet12", NULL), ET_OK);
    song_set quiet = features(&o, ET_OK);
    int rms = functional_find("pcm_RMSenergy_sma_amean");
    for (int i = 0; i < SONGS; i++) {
        float ratio = quiet.song[i].row[rms] / whole.song[i].row[rms];
        assert_true(fabsf(ratio - 0.2512f) < 0.001f);
    }
    song_set_free(&whole), song_set_free(&quiet);
}

static void broken_and_short_sounds_are_named_and_left_out(void **state)
{
    (void)state;
    write_text("a.wav", "no sound at all, only text\n");
    write_noise("c.wav", 16000, 1, 0.02, 1);
    write_noise("d.wav", 48000, 2, 0.5, 1);                               /* shorter than a second: one row */
    assert_int_equal(truncate(in_folder("b.wav"), 2 * 44100 * 2 * 2), 0); /* cut off: what there is counts */
    feature_options o = from_sound();
    song_set set = features(&o, ET_OK);
    assert_int_equal(set.songs, 2);
    assert_int_equal(set.song[0].rows, 2);
    assert_int_equal(set.song[1].rows, 1);
    assert_non_null(strstr(told, "a.wav: no format of sound"));
    assert_non_null(strstr(told, "c.wav: too short for one frame of 60 ms"));
    song_set_free(&set);
    write_text("b.wav", "x"), write_text("d.wav", "x");
    song_set none = features(&o, ET_ERROR_FORMAT);
    song_set_free(&none);
}

static void count(void *user, int done, int of)
{
    int *last = user;
    assert_true(done == *last + 1 && of == SONGS);
    *last = done;
}

static bool at_once(void *user)
{
    (void)user;
    return true;
}

static void tells_its_progress_and_stops_when_asked(void **state)
{
    (void)state;
    int last = 0;
    feature_options o = from_sound();
    o.progress = count, o.user = &last;
    song_set set = features(&o, ET_OK);
    assert_int_equal(last, SONGS);
    song_set_free(&set);
    o.progress = NULL, o.stop = at_once;
    set = features(&o, ET_ERROR_INTERRUPTED);
    song_set_free(&set);
}

/* One file for all songs, PMEmo's names of columns, and lines of songs that have no labels. */
static void reads_the_shared_file_of_pmemo(void **state)
{
    (void)state;
    assert_int_equal(remove(in_folder("labels.csv")), 0);
    assert_int_equal(mkdir(in_folder("annotations"), 0700), 0);
    assert_int_equal(mkdir(in_folder("features"), 0700), 0);
    write_text("annotations/dynamic_annotations.csv",
               "musicId,frameTime,Arousal(mean),Valence(mean)\n1,15.0,0.5,1\n4,15.0,.5,0.5\n");
    FILE *file = fopen(in_folder("features/dynamic_features.csv"), "w");
    assert_non_null(file);
    fprintf(file, "musicId,frameTime");
    for (int mean = 1; mean >= 0; mean--) /* first all means, then all deviations */
        for (int c = 0; c < FUNCTIONAL_COUNT; c++) {
            const char *name = functional_name(c), *end = strrchr(name, '_');
            if ((strcmp(end, "_amean") == 0) == mean)
                fprintf(file, ",%.*s%s", (int)(end - name), name, mean ? "_mean" : "_std");
        }
    for (int line = 0; line < 5; line++) {
        fprintf(file, "\n%d,%g", line < 2 ? 1 : line < 3 ? 2 : 4, line / 2.0);
        for (int c = 0; c < FUNCTIONAL_COUNT; c++) fprintf(file, ",%d.25", line * 1000 + c);
    }
    fprintf(file, "\n");
    fclose(file);
    feature_options o = {.source = FEATURES_BEST, .threads = 1};
    song_set set = features(&o, ET_OK);
    assert_int_equal(set.songs, 2);
    assert_int_equal(song_find(&set, "1")->rows, 2);
    assert_int_equal(song_find(&set, "4")->rows, 2);
    assert_true(song_find(&set, "4")->row[functional_find("F0final_sma_amean")] == 3000.25f);
    assert_true(song_find(&set, "4")->row[functional_find("F0final_sma_stddev")] == 3000.25f + FUNCTIONAL_COUNT / 2);
    assert_non_null(strstr(told, "dynamic_features.csv:4: song 2 has features, but no labels; left out"));
    song_set_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_number_of_threads_gives_the_same_rows, begin, end),
        cmocka_unit_test_setup_teardown(kept_rows_are_read_and_made_anew_when_void, begin, end),
        cmocka_unit_test_setup_teardown(families_are_computed_as_wanted_and_kept_together, begin, end),
        cmocka_unit_test_setup_teardown(damaged_sound_has_other_rows, begin, end),
        cmocka_unit_test_setup_teardown(broken_and_short_sounds_are_named_and_left_out, begin, end),
        cmocka_unit_test_setup_teardown(tells_its_progress_and_stops_when_asked, begin, end),
        cmocka_unit_test_setup_teardown(reads_the_shared_file_of_pmemo, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
