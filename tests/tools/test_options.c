/* The command line as tables: what is understood, what is refused with exit code 2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/options.h"

static struct values {
    bool quiet, step_given;
    const char *output;
    int step_ms, format;
    double rate;
    option_list data;
} v;

static const option options[] = {
    {"quiet", OPTION_FLAG, &v.quiet, NULL, "no progress", 0, 0, NULL, 'q'},
    {"output", OPTION_TEXT, &v.output, "FILE", "where to", 0, 0, NULL, 'o'},
    {"step-ms", OPTION_INTEGER, &v.step_ms, "N", "one row every N ms", 10, 60000, &v.step_given, 0},
    {"format", OPTION_CHOICE, &v.format, "csv|jsonl", "form", 0, 0, NULL, 0},
    {"rate", OPTION_NUMBER, &v.rate, "HZ", "rate", 0, 0, NULL, 0},
    {"data", OPTION_LIST, &v.data, "DIR", "folders", 0, 0, NULL, 0},
    {NULL, OPTION_FLAG, NULL, NULL, NULL, 0, 0, NULL, 0},
};
static const option_page page = {"test", "FILE...", "a test", "emotrack test x.wav", options, NULL};

static char message[1024];

/* Parses a line cut at spaces; stderr goes to `message`. */
static int parse(const char *line, char **argv, int *operands)
{
    static char words[256];
    int argc = 0, kept = dup(STDERR_FILENO);
    FILE *capture = tmpfile();
    memset(&v, 0, sizeof v);
    snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) argv[argc++] = word;
    fflush(stderr);
    dup2(fileno(capture), STDERR_FILENO);
    int code = options_parse(&page, argc, argv, operands);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(capture);
    message[fread(message, 1, sizeof message - 1, capture)] = '\0';
    fclose(capture);
    return code;
}

static void all_kinds_and_both_forms_are_understood(void **state)
{
    (void)state;
    char *argv[32];
    int operands = 0;
    assert_int_equal(
        parse("a.wav --step-ms 20 -o x.csv --format=jsonl --data A -q --rate -1.5 - --data=B -- --z", argv, &operands),
        OPTIONS_GO);
    assert_int_equal(operands, 3);
    assert_string_equal(argv[0], "a.wav");
    assert_string_equal(argv[1], "-");
    assert_string_equal(argv[2], "--z");
    assert_int_equal(v.step_ms, 20);
    assert_true(v.step_given);
    assert_string_equal(v.output, "x.csv");
    assert_int_equal(v.format, 1);
    assert_true(v.quiet);
    assert_true(v.rate == -1.5);
    assert_int_equal(v.data.count, 2);
    assert_string_equal(v.data.item[1], "B");
}

static void the_beginning_of_a_name_is_enough(void **state)
{
    (void)state;
    char *argv[32];
    assert_int_equal(parse("--st 30 -ox.csv", argv, NULL), OPTIONS_GO);
    assert_int_equal(v.step_ms, 30);
    assert_string_equal(v.output, "x.csv");
}

static void wrong_use_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *line, *says;
    } cases[] = {
        {"--step-mss 3", "did you mean --step-ms?"},
        {"--zzzzzz", "there is no option --zzzzzz"},
        {"-x", "there is no option -x"},
        {"--step-ms", "needs a value"},
        {"--step-ms ten", "whole number from 10 to 60000, not 'ten'"},
        {"--step-ms 5", "from 10 to 60000, not '5'"},
        {"--step-ms 99999999999999999999", "not '99999999999999999999'"},
        {"--rate nan", "takes a number, not 'nan'"},
        {"--rate 1x", "not '1x'"},
        {"--format xml", "is one of csv|jsonl, not 'xml'"},
        {"--quiet=yes", "takes no value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *argv[32];
        if (parse(cases[i].line, argv, NULL) != EXIT_USAGE) fail_msg("'%s' was not refused", cases[i].line);
        if (!strstr(message, cases[i].says)) fail_msg("'%s' says: %s", cases[i].line, message);
        if (!strstr(message, "--help")) fail_msg("'%s' does not say where help is", cases[i].line);
    }
}

static void the_nearest_word_is_near(void **state)
{
    (void)state;
    static const char *const words[] = {"annotate", "live", "features", NULL};
    assert_string_equal(options_nearest("anotate", words), "annotate");
    assert_string_equal(options_nearest("feature", words), "features");
    assert_null(options_nearest("xyz", words));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_kinds_and_both_forms_are_understood),
        cmocka_unit_test(the_beginning_of_a_name_is_enough),
        cmocka_unit_test(wrong_use_is_named),
        cmocka_unit_test(the_nearest_word_is_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
