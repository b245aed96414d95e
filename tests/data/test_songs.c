#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "data/song_features.h"
#include "data/songs.h"

/* Data sets made here, with one defect of each kind; `told` collects the lines. */
static char folder[256], told[8192];

static void tell(void *user, const char *line)
{
    (void)user;
    size_t n = strlen(told);
    snprintf(told + n, sizeof told - n, "%s\n", line);
}

static void write_file(const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void make_folder(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/emotrack-songs-XXXXXX");
    told[0] = '\0';
    return mkdtemp(folder) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void write_features(const char *name, int rows, int bad_row, const char *bad)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "frameTime");
    for (int c = 0; c < FUNCTIONAL_COUNT; c++) fprintf(file, ";%s", functional_name(c));
    for (int r = 0; r < rows; r++) {
        fprintf(file, "\n%g", r / 2.0);
        for (int c = 0; c < FUNCTIONAL_COUNT; c++)
            if (r == bad_row && c == 7)
                fprintf(file, ";%s", bad);
            else
                fprintf(file, ";%d.5", r * 1000 + c);
    }
    fprintf(file, "\n");
    fclose(file);
}

static void said(const char *what)
{
    if (!strstr(told, what)) fail_msg("not said: %s\nsaid:\n%s", what, told);
}

static void reads_deam_with_defects(void **state)
{
    (void)state;
    make_folder("annotations");
    make_folder("features");
    write_file("annotations/arousal.csv", "song_id,sample_15000ms,sample_15500ms,sample_16000ms\n"
                                          "7,.1,.2,.3\n8,.4,7,\n9,.1,.1,.1\n11,x,.1,\n7,1,1,1\n");
    write_file("annotations/valence.csv", "song_id,sample_15000ms,sample_15500ms,sample_16000ms\n"
                                          "7,-.1,-.2,-.3\n8,-.4,-.5,\n11,.2,.2,\n12,0,0,0\n");
    write_features("features/7.csv", 4, 3, "NaN");
    write_features("features/8.csv", 5, -1, "");
    write_features("features/11.csv", 0, -1, "");
    song_set set;
    warning_list warnings = {.tell = tell};
    et_error error = {0};
    assert_int_equal(song_set_read(&set, folder, NULL, &warnings, &error), ET_OK);
    assert_int_equal(set.layout, LAYOUT_DEAM);
    assert_int_equal(set.songs, 3);
    said("arousal.csv:3: sample_15500ms: label 7 is outside -1 .. 1");
    said("arousal.csv:4: song 9 has no line in");
    said("arousal.csv:4: song 9 has labels, but neither MEMD_audio/9.mp3 nor features/9.csv");
    said("arousal.csv:5: sample_15000ms: label \"x\" is not a number");
    said("arousal.csv:6: song 7 stands here a second time");
    said("valence.csv:5: song 12 has no line in");
    song *seven = song_find(&set, "7"), *eight = song_find(&set, "8");
    assert_int_equal(seven->labels, 3);
    assert_true(seven->label_time_s[1] == 15.5 && seven->label[1][TARGET_VALENCE] == -.2f);
    assert_int_equal(eight->labels, 2);
    assert_true(isnan(eight->label[1][TARGET_AROUSAL]) && eight->label[1][TARGET_VALENCE] == -.5f);
    feature_options options = {.threads = 1};
    assert_int_equal(song_set_features(&set, &options, &warnings, &error), ET_OK);
    said("features/7.csv:5: jitterDDP_sma_amean: not a finite number");
    said("features/11.csv: no usable row");
    assert_int_equal(set.songs, 2);
    seven = song_find(&set, "7");
    assert_int_equal(seven->rows, 4);
    assert_true(seven->row[2 * ROW_WIDTH + 5] == 2005.5f && seven->row[3 * ROW_WIDTH + 5] == 2005.5f);
    assert_false(set.column_known[functional_find("F0final_sma_de_amean")]);
    assert_true(set.column_known[functional_find("F0final_sma_amean")]);
    song_set_free(&set);
}

static void reads_pmemo(void **state)
{
    (void)state;
    make_folder("annotations");
    write_file("annotations/dynamic_annotations.csv",
               "musicId,frameTime,Arousal(mean),Valence(mean)\n"
               "1,15.0,0.5,1\n1,15.5,0.25,0\n4,15.0,1.5,0.5\n4,15.5,,0.5\n4,16,0,0.5\n");
    song_set set;
    warning_list warnings = {.tell = tell};
    et_error error = {0};
    assert_int_equal(song_set_read(&set, folder, NULL, &warnings, &error), ET_ERROR_FORMAT);
    said("dynamic_annotations.csv:2: song 1 has labels, but neither chorus/1.mp3 nor features/dynamic_features.csv, and 1 "
         "more");
    make_folder("chorus");
    write_file("chorus/1.mp3", "");
    write_file("chorus/4.wav", "");
    assert_int_equal(song_set_read(&set, folder, NULL, &warnings, &error), ET_OK);
    assert_int_equal(set.songs, 2);
    assert_true(set.song[0].label[1][TARGET_AROUSAL] == -.5f && set.song[0].label[1][TARGET_VALENCE] == -1);
    said("dynamic_annotations.csv:4: label 1.5 / 0.5 is outside 0 .. 1");
    said("dynamic_annotations.csv:5: a cell is missing");
    song_set_free(&set);
}

static void reads_clips_and_long_form(void **state)
{
    (void)state;
    write_file("a.wav", "");
    write_file("labels.csv",
               "valence,file,arousal,group\n0.5,\"a.wav\",-0.25,pop\n0.1,b.wav,0,pop\nhm,a.wav,0,pop\n0,a.wav,0,\n");
    song_set set;
    warning_list warnings = {.tell = tell};
    assert_int_equal(song_set_read(&set, folder, NULL, &warnings, NULL), ET_OK);
    assert_int_equal(set.layout, LAYOUT_CLIPS);
    assert_int_equal(set.songs, 1);
    assert_string_equal(set.song[0].group, "pop");
    assert_true(set.song[0].labels == 1 && set.song[0].label[0][TARGET_AROUSAL] == -.125f && !set.song[0].label_time_s);
    assert_int_equal(warnings.count, 3);
    said("labels.csv:3: sound \"b.wav\" is not there");
    said("labels.csv:4: valence: label \"hm\" is not a number");
    said("labels.csv:5: sound a.wav has a label for the same time in line 2 already; their mean is taken");
    song_set_free(&set);
    write_file("labels.csv", "name,time_s,valence,arousal\r\na.wav,0,1,5\r\na.wav,0.5,3,3\r\na.wav,soon,3,3\r\n");
    song_options options = {.file = "name", .label_low = 1, .label_high = 5};
    assert_int_equal(song_set_read(&set, folder, &options, &warnings, NULL), ET_OK);
    assert_int_equal(set.layout, LAYOUT_LONG);
    assert_int_equal(set.song[0].labels, 2);
    assert_true(set.song[0].label[0][TARGET_AROUSAL] == 1 && set.song[0].label[1][TARGET_AROUSAL] == 0);
    said("labels.csv:4: time_s \"soon\" is not a time");
    song_set_free(&set);
}

static void labels_that_do_not_fit_are_told(void **state)
{
    (void)state;
    write_file("a.wav", "");
    write_file("labels.csv", "file,valence,arousal\na.wav,0,7\na.wav,,\na.wav,.5,\n");
    song_set set;
    warning_list warnings = {.tell = tell};
    et_error error = {0};
    assert_int_equal(song_set_read(&set, folder, NULL, &warnings, NULL), ET_OK);
    said("labels.csv:2: arousal: label 7 is outside -1 .. 1; left out; --label-range LOW:HIGH");
    said("labels.csv:3: no label in this line; left out");
    assert_int_equal(set.songs, 1);
    assert_true(set.song[0].label[0][TARGET_VALENCE] == .5f && isnan(set.song[0].label[0][TARGET_AROUSAL]));
    song_set_free(&set);
    song_options options = {.layout = LAYOUT_LONG};
    assert_int_equal(song_set_read(&set, folder, &options, &warnings, &error), ET_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "labels.csv:1: no column time_s, which long form needs"));
    write_file("more.csv", "file,valence,arousal\na.wav,0,0\n");
    assert_int_equal(song_set_read(&set, folder, NULL, &warnings, &error), ET_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "two tables with labels"));
}

static void labels_of_one_time_become_their_mean(void **state)
{
    (void)state;
    write_file("a.wav", "");
    write_file("b.wav", "");
    write_file("labels.csv", "file,time_s,valence,arousal\na.wav,2,0.1,\nb.wav,2,0,0\na.wav,1,0,0\na.wav,2,0.3,0.5\n"
                             "a.wav,3,1,1\na.wav,2,0.5,-0.1\n");
    song_set set;
    warning_list warnings = {.tell = tell};
    assert_int_equal(song_set_read(&set, folder, NULL, &warnings, NULL), ET_OK);
    const song *a = song_find(&set, "a.wav");
    assert_int_equal(a->labels, 3);
    assert_true(a->label_time_s[0] == 2 && a->label_time_s[1] == 1 && a->label_time_s[2] == 3);
    assert_true(fabsf(a->label[0][TARGET_VALENCE] - .3f) < 1e-6f && fabsf(a->label[0][TARGET_AROUSAL] - .2f) < 1e-6f);
    assert_int_equal(song_find(&set, "b.wav")->labels, 1);
    said("labels.csv:5: sound a.wav has a label for the same time in line 2 already, and 1 more like it; their mean is "
         "taken");
    assert_int_equal(warnings.count, 2);
    song_set_free(&set);
}

static void semicolons_and_decimal_commas_are_read(void **state)
{
    (void)state;
    write_file("a.wav", "");
    write_file("labels.csv", "file;time_s;valence;arousal\na.wav;0,5;-0,25;0.5\n");
    song_set set;
    assert_int_equal(song_set_read(&set, folder, NULL, NULL, NULL), ET_OK);
    assert_true(set.song[0].label_time_s[0] == .5 && set.song[0].label[0][TARGET_VALENCE] == -.25f);
    assert_true(set.song[0].label[0][TARGET_AROUSAL] == .5f);
    song_set_free(&set);
}

static void another_range_is_told_in_one_line(void **state)
{
    (void)state;
    static const char *const scales[] = {"%d.0", "0.%d"};
    static const char *const words[] = {
        "labels.csv:3: valence: label 2 is outside -1 .. 1, and 47 more like it; left out; --label-range LOW:HIGH",
        "all 60 labels lie in 0 .. 1; if that is their range, say so: --label-range 0:1"};
    write_file("a.wav", "");
    for (int scale = 0; scale < 2; scale++) {
        char text[4096] = "file,time_s,valence,arousal\n", value[8];
        for (int i = 0; i < 60; i++) {
            snprintf(value, sizeof value, scales[scale], 1 + i % 5);
            snprintf(text + strlen(text), sizeof text - strlen(text), "a.wav,%d,%s,%s\n", i, value, value);
        }
        write_file("labels.csv", text);
        told[0] = '\0';
        song_set set = {0};
        warning_list warnings = {.tell = tell};
        assert_int_equal(song_set_read(&set, folder, NULL, &warnings, NULL), ET_OK);
        said(words[scale]);
        assert_ptr_equal(strchr(told, '\n') + 1, told + strlen(told)); /* nothing else */
        song_set_free(&set);
    }
}

static void a_broken_table_says_why_itself(void **state)
{
    (void)state;
    song_set set;
    et_error error;
    write_file("labels.csv", "file,valence,arousal\n\"a.wav,0,0\n");
    assert_int_equal(song_set_read(&set, folder, NULL, NULL, &error), ET_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "labels.csv:2: a quote is never closed"));
}

static void reads_song_means(void **state)
{
    (void)state;
    write_file("song_means.csv", "song_id,label_frames,arousal_mean,valence_mean,pcm_RMSenergy_sma_amean\n"
                                 "1,60,.5,-.5,0.25\n2,60,,0,1\n3,60,0,0,nan\n");
    song_set set;
    warning_list warnings = {.tell = tell};
    assert_int_equal(song_set_read(&set, folder, NULL, &warnings, NULL), ET_OK);
    assert_int_equal(set.songs, 1);
    assert_true(set.song[0].row[functional_mean(DESCRIPTOR_RMS)] == .25f);
    assert_true(set.column_known[functional_mean(DESCRIPTOR_RMS)] && !set.column_known[0]);
    said("song_means.csv:3: song 2: a mean label is missing");
    said("song_means.csv:4: song 3: pcm_RMSenergy_sma_amean is missing or not a number");
    song_set_free(&set);
}

static void says_what_it_looked_for(void **state)
{
    (void)state;
    song_set set;
    et_error error;
    assert_int_equal(song_set_read(&set, folder, NULL, NULL, &error), ET_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "no known layout"));
    write_file("labels.csv", "file,valence\nnone.wav,0\n");
    assert_int_equal(song_set_read(&set, folder, NULL, NULL, &error), ET_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "no usable song"));
    assert_int_equal(song_set_read(&set, "/nowhere", NULL, NULL, &error), ET_ERROR_FILE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_deam_with_defects, begin, end),
        cmocka_unit_test_setup_teardown(reads_pmemo, begin, end),
        cmocka_unit_test_setup_teardown(reads_clips_and_long_form, begin, end),
        cmocka_unit_test_setup_teardown(labels_that_do_not_fit_are_told, begin, end),
        cmocka_unit_test_setup_teardown(labels_of_one_time_become_their_mean, begin, end),
        cmocka_unit_test_setup_teardown(semicolons_and_decimal_commas_are_read, begin, end),
        cmocka_unit_test_setup_teardown(another_range_is_told_in_one_line, begin, end),
        cmocka_unit_test_setup_teardown(a_broken_table_says_why_itself, begin, end),
        cmocka_unit_test_setup_teardown(reads_song_means, begin, end),
        cmocka_unit_test_setup_teardown(says_what_it_looked_for, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
