#include "cli/options.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/help.h"
#include "cli/text.h"

enum { WORD_MOST = 63, NAMES_MOST = 160 };

int options_wrong(const option_page *page, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char said[1024];
    vsnprintf(said, sizeof said, format, arguments);
    fprintf(stderr, "emotrack %s: ", page->command);
    text_write_shown(stderr, said, "");
    fprintf(stderr, "\nSee: emotrack %s --help\n", page->command);
    va_end(arguments);
    return EXIT_USAGE;
}

/* ---- what was probably meant ---------------------------------------------------------------------------------------- */

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance: insertions, deletions and exchanges of single characters. */
static int distance(const char *a, const char *b)
{
    int row[WORD_MOST + 1];
    int length = (int)strlen(b);
    if (length > WORD_MOST) return INT_MAX;
    for (int j = 0; j <= length; j++) row[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= length; j++) {
            int exchanged = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = least(exchanged, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[length];
}

const char *options_nearest(const char *word, const char *const *words)
{
    const char *nearest = NULL;
    int best = (int)strlen(word) / 3 + 2;
    for (; *words; words++) {
        int d = distance(word, *words);
        if (d < best) {
            best = d;
            nearest = *words;
        }
    }
    return nearest;
}

static int unknown(const option_page *page, const char *name)
{
    const char *names[NAMES_MOST + 1];
    int count = 0;
    for (const option *o = page->options; o->name && count < NAMES_MOST - 1; o++) names[count++] = o->name;
    names[count++] = "help";
    names[count] = NULL;
    const char *nearest = options_nearest(name, names);
    if (nearest) return options_wrong(page, "there is no option --%s; did you mean --%s?", name, nearest);
    return options_wrong(page, "there is no option --%s", name);
}

/* ---- values --------------------------------------------------------------------------------------------------------- */

static bool in_range(const option *o, double value)
{
    return (o->low == 0 && o->high == 0) || (value >= o->low && value <= o->high);
}

static int wrong_number(const option_page *page, const option *o, const char *text)
{
    const char *kind = o->kind == OPTION_INTEGER ? "a whole number" : "a number";
    if (o->low == 0 && o->high == 0) return options_wrong(page, "--%s takes %s, not '%s'", o->name, kind, text);
    return options_wrong(page, "--%s takes %s from %.10g to %.10g, not '%s'", o->name, kind, o->low, o->high, text);
}

static int set_integer(const option_page *page, const option *o, const char *text)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    bool number = *text && !*end && errno == 0 && value >= INT_MIN && value <= INT_MAX;
    if (!number || !in_range(o, (double)value)) return wrong_number(page, o, text);
    *(int *)o->value = (int)value;
    return OPTIONS_GO;
}

static int set_number(const option_page *page, const option *o, const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (!*text || *end || !isfinite(value) || !in_range(o, value)) return wrong_number(page, o, text);
    *(double *)o->value = value;
    return OPTIONS_GO;
}

static int set_choice(const option_page *page, const option *o, const char *text)
{
    size_t length = strlen(text);
    int place = 0;
    for (const char *word = o->argument; *word; place++) {
        size_t end = strcspn(word, "|");
        if (end == length && strncmp(word, text, length) == 0) {
            *(int *)o->value = place;
            return OPTIONS_GO;
        }
        word += end + (word[end] == '|');
    }
    return options_wrong(page, "--%s is one of %s, not '%s'", o->name, o->argument, text);
}

static int add_to_list(const option_page *page, const option *o, const char *text)
{
    option_list *list = o->value;
    if (list->count == OPTION_LIST_MOST) return options_wrong(page, "--%s: at most %d are taken", o->name, OPTION_LIST_MOST);
    list->item[list->count++] = text;
    return OPTIONS_GO;
}

int options_set(const option_page *page, const option *o, const char *text)
{
    if (o->given) *o->given = true;
    switch (o->kind) {
    case OPTION_FLAG: *(bool *)o->value = true; return OPTIONS_GO;
    case OPTION_TEXT: *(const char **)o->value = text; return OPTIONS_GO;
    case OPTION_INTEGER: return set_integer(page, o, text);
    case OPTION_NUMBER: return set_number(page, o, text);
    case OPTION_CHOICE: return set_choice(page, o, text);
    case OPTION_LIST: return add_to_list(page, o, text);
    }
    return OPTIONS_GO;
}

/* ---- the line ------------------------------------------------------------------------------------------------------- */

static const option *find_letter(const option_page *page, char letter)
{
    for (const option *o = page->options; o->name; o++)
        if (o->letter && o->letter == letter) return o;
    return NULL;
}

/* The option of that name, or the only one that begins so. */
static const option *find_name(const option_page *page, const char *name, size_t length)
{
    const option *beginning = NULL;
    int beginnings = 0;
    for (const option *o = page->options; o->name; o++) {
        if (strncmp(o->name, name, length) != 0) continue;
        if (strlen(o->name) == length) return o;
        beginning = o;
        beginnings++;
    }
    return beginnings == 1 ? beginning : NULL;
}

/* One option with its value, which may be the next word. */
static int parse_option(const option_page *page, int argc, char **argv, int *at)
{
    const char *word = argv[*at];
    bool is_long = word[1] == '-';
    const char *name = word + 1 + is_long;
    size_t length = is_long ? strcspn(name, "=") : 1;
    const char *text = is_long ? (name[length] ? name + length + 1 : NULL) : (name[1] ? name + 1 : NULL);
    if ((is_long && length == 4 && strncmp(name, "help", 4) == 0) || strcmp(word, "-h") == 0)
        return help_print(page, is_long ? text : NULL) ? EXIT_DONE : options_wrong(page, "--help takes 'man' or 'words'");
    const option *o = is_long ? find_name(page, name, length) : find_letter(page, name[0]);
    if (!o && is_long) {
        char asked[WORD_MOST + 1];
        snprintf(asked, sizeof asked, "%.*s", (int)length, name);
        return unknown(page, asked);
    }
    if (!o) return options_wrong(page, "there is no option -%c", name[0]);
    if (o->kind == OPTION_FLAG) {
        if (text) return options_wrong(page, "--%s takes no value", o->name);
        return options_set(page, o, NULL);
    }
    if (!text && *at + 1 < argc) text = argv[++*at];
    if (!text) return options_wrong(page, "--%s needs a value: %s", o->name, o->argument);
    return options_set(page, o, text);
}

int options_parse(const option_page *page, int argc, char **argv, int *operands)
{
    int count = 0;
    bool only_operands = false;
    for (int at = 0; at < argc; at++) {
        if (!only_operands && strcmp(argv[at], "--") == 0) {
            only_operands = true;
        } else if (only_operands || argv[at][0] != '-' || argv[at][1] == '\0') {
            argv[count++] = argv[at];
        } else {
            int code = parse_option(page, argc, argv, &at);
            if (code != OPTIONS_GO) return code;
        }
    }
    if (count && !page->operands[0]) return options_wrong(page, "takes no operands, but '%s' was given", argv[0]);
    if (operands) *operands = count;
    return OPTIONS_GO;
}
