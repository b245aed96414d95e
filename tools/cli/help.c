#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "emotrack.h"

enum { HELP_COLUMN = 28 };

static const char tagline[] = "how music and voices feel, valence and arousal a hundred times a second";

/* ---- for the eye ---------------------------------------------------------------------------------------------------- */

static void print_option(const option *o)
{
    char left[96];
    int used = 0;
    if (o->letter) used = snprintf(left, sizeof left, "  -%c, --%s", o->letter, o->name);
    if (!o->letter) used = snprintf(left, sizeof left, "  --%s", o->name);
    if (o->kind != OPTION_FLAG) used += snprintf(left + used, sizeof left - (size_t)used, " %s", o->argument);
    if (used >= HELP_COLUMN)
        printf("%s\n%*s%s\n", left, HELP_COLUMN, "", o->help);
    else
        printf("%-*s%s\n", HELP_COLUMN, left, o->help);
}

static void print_indented(const char *lines)
{
    while (*lines) {
        size_t length = strcspn(lines, "\n");
        printf("  %.*s\n", (int)length, lines);
        lines += length + (lines[length] == '\n');
    }
}

static void print_text(const option_page *page)
{
    printf("emotrack %s: %s\n\n", page->command, page->summary);
    printf("Usage: emotrack %s [OPTIONS]%s%s\n\nOptions:\n", page->command, page->operands[0] ? " " : "", page->operands);
    for (const option *o = page->options; o->name; o++)
        if (o->help) print_option(o);
    printf("%-*s%s\n", HELP_COLUMN, "  -h, --help", "this page");
    if (page->notes) printf("\n%s\n", page->notes);
    printf("\nExample:\n");
    print_indented(page->example);
}

/* ---- man page (groff_man(7)) ---------------------------------------------------------------------------------------- */

/* Text for roff: a backslash and a dash are escaped, and a line never begins with a request. */
static void roff(const char *text)
{
    for (bool fresh = true; *text; text++) {
        if (fresh && (*text == '.' || *text == '\'')) fputs("\\&", stdout);
        if (*text == '\\' || *text == '-') putchar('\\');
        putchar(*text);
        fresh = *text == '\n';
    }
}

static void roff_heading(const char *name, const char *summary)
{
    printf(".TH \"EMOTRACK%s%s\" 1 \"\" \"emotrack %s\" \"User Commands\"\n.SH NAME\n", *name ? "-" : "", name,
           et_version());
    printf("emotrack%s%s \\- ", *name ? "\\-" : "", name);
    roff(summary);
    printf("\n.SH SYNOPSIS\n.B emotrack");
}

static void roff_option(const option *o)
{
    printf(".TP\n.B ");
    if (o->letter) printf("\\-%c, ", o->letter);
    printf("\\-\\-");
    roff(o->name);
    if (o->kind != OPTION_FLAG) {
        printf(" \\fI");
        roff(o->argument);
        printf("\\fR");
    }
    putchar('\n');
    roff(o->help);
    putchar('\n');
}

static void roff_example(const char *example)
{
    printf(".SH EXAMPLE\n.nf\n");
    roff(example);
    printf("\n.fi\n");
}

static void print_man(const option_page *page)
{
    roff_heading(page->command, page->summary);
    printf(" %s\n[\\fIOPTIONS\\fR] ", page->command);
    roff(page->operands);
    printf("\n.SH OPTIONS\n");
    for (const option *o = page->options; o->name; o++)
        if (o->help) roff_option(o);
    printf(".TP\n.B \\-h, \\-\\-help\nthis page, short\n");
    if (page->notes) {
        printf(".SH NOTES\n");
        roff(page->notes);
        putchar('\n');
    }
    roff_example(page->example);
    printf(".SH EXIT STATUS\n0: all done. 1: something failed and is named. 2: wrong usage. 130: interrupted in order.\n"
           ".SH SEE ALSO\n.BR emotrack (1)\n");
}

/* ---- words ---------------------------------------------------------------------------------------------------------- */

/* A line an option: its name, and behind a blank what may follow (words with | between, or the argument's name). */
static void print_words(const option_page *page)
{
    for (const option *o = page->options; o->name; o++)
        if (o->help)
            printf("--%s%s%s\n", o->name, o->kind == OPTION_FLAG ? "" : " ", o->kind == OPTION_FLAG ? "" : o->argument);
    printf("--help\n");
}

bool help_print(const option_page *page, const char *form)
{
    if (!form)
        print_text(page);
    else if (strcmp(form, "man") == 0)
        print_man(page);
    else if (strcmp(form, "words") == 0)
        print_words(page);
    else
        return false;
    return true;
}

/* ---- the program's own page ----------------------------------------------------------------------------------------- */

static const char program_example[] = "emotrack annotate song.mp3 > song.csv";

static void print_program_text(FILE *stream, const command *commands, int count)
{
    fprintf(stream, "emotrack %s: %s\n\nUsage: emotrack COMMAND [OPTIONS] [FILES]\n\nCommands:\n", et_version(), tagline);
    for (int i = 0; i < count; i++) fprintf(stream, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fprintf(stream, "\nEach explains itself: emotrack COMMAND --help\n\nExample:\n  %s\n", program_example);
}

static void print_program_man(const command *commands, int count)
{
    roff_heading("", tagline);
    printf("\n\\fICOMMAND\\fR [\\fIOPTIONS\\fR] [\\fIFILES\\fR]\n.SH COMMANDS\n");
    for (int i = 0; i < count; i++) {
        printf(".TP\n.BR emotrack\\-%s (1)\n", commands[i].name);
        roff(commands[i].summary);
        putchar('\n');
    }
    roff_example(program_example);
}

bool help_print_program(FILE *stream, const command *commands, int count, const char *form)
{
    if (!form)
        print_program_text(stream, commands, count);
    else if (strcmp(form, "man") == 0)
        print_program_man(commands, count);
    else if (strcmp(form, "words") == 0)
        for (int i = 0; i < count; i++) fprintf(stream, "%s\n", commands[i].name);
    else
        return false;
    return true;
}
