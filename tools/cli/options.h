/** Command lines: each command lists its options in a table; parsing, `--help` and suggestions come from the table.
 *
 *      static int run(int argc, char **argv)
 *      {
 *          int step_ms = 500, format = 0;
 *          const option options[] = {
 *              {"step-ms", OPTION_INTEGER, &step_ms, "N", "one row every N ms, a multiple of 10 (500)", 10, 3600000},
 *              {"format", OPTION_CHOICE, &format, "csv|jsonl", "form of the rows (csv)"},
 *              {NULL},
 *          };
 *          const option_page page = {"annotate", "FILE...", "sound files to emotion curves",
 *                                    "emotrack annotate song.mp3", options};
 *          int operands = 0, code = options_parse(&page, argc, argv, &operands);
 *          if (code != OPTIONS_GO) return code;
 *          ...                                       // argv[0 .. operands-1]: the FILEs
 *      }
 *
 *  Understood: `--name value`, `--name=value`, `--flag`, `-o value`, `--` (only operands follow), `-` as an operand, and an
 *  unambiguous beginning of a name. `--help` and `-h` are always there. */
#ifndef EMOTRACK_TOOLS_CLI_OPTIONS_H
#define EMOTRACK_TOOLS_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/** Exit codes of the program. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_INTERRUPTED = 130 };

/** options_parse: go on. */
enum { OPTIONS_GO = -1 };

typedef enum option_kind {
    OPTION_FLAG,    /**< bool: becomes true */
    OPTION_TEXT,    /**< const char *: points into argv */
    OPTION_INTEGER, /**< int within low .. high */
    OPTION_NUMBER,  /**< double within low .. high, finite */
    OPTION_CHOICE,  /**< int: place in `argument`, "csv|jsonl" */
    OPTION_LIST     /**< option_list: may be given several times */
} option_kind;

enum { OPTION_LIST_MOST = 64 };

typedef struct option_list {
    const char *item[OPTION_LIST_MOST];
    int count;
} option_list;

typedef struct option {
    const char *name; /**< without dashes; NULL ends the table */
    option_kind kind;
    void *value;          /**< what `kind` says; holds the default before parsing */
    const char *argument; /**< its name in the help; for a choice what may be chosen */
    const char *help;     /**< one line, the default in brackets; NULL: understood but not shown */
    double low, high;     /**< range of numbers; both 0: any */
    bool *given;          /**< NULL, or becomes true if the option was there */
    char letter;          /**< one-letter form, 0 for none */
} option;

typedef struct option_page {
    const char *command;
    const char *operands; /**< e.g. "FILE..."; "" if the command takes none */
    const char *summary;  /**< one line */
    const char *example;  /**< at least one whole command line; more on further lines */
    const option *options;
    const char *notes; /**< NULL, or paragraphs under the options */
} option_page;

/** Reads a command's arguments.
 *  @param argc,argv  what follows the command's name; operands are moved to the front of argv in their order
 *  @param operands   receives their number
 *  @return OPTIONS_GO; EXIT_DONE after --help; EXIT_USAGE after a message on stderr */
int options_parse(const option_page *page, int argc, char **argv, int *operands);

/** Gives one option a value, as if it had been on the line. @param text  not read where it is a flag
 *  @return OPTIONS_GO; EXIT_USAGE after a message on stderr */
int options_set(const option_page *page, const option *o, const char *text);

/** A wrong use that the table cannot see: prints "emotrack COMMAND: MESSAGE" and where help is. @return EXIT_USAGE */
int options_wrong(const option_page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** The word of `words` (NULL after the last) that was probably meant, or NULL if none is near. */
const char *options_nearest(const char *word, const char *const *words);

#endif
