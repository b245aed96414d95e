/** A command's help in three forms from its one table of options: for the eye (`--help`), as a man page (`--help=man`), and
 *  as the words that a shell may complete (`--help=words`). */
#ifndef EMOTRACK_TOOLS_CLI_HELP_H
#define EMOTRACK_TOOLS_CLI_HELP_H

#include <stdio.h>

#include "cli/options.h"
#include "commands.h"

/** Prints to stdout. @param form  NULL, "man" or "words"   @return false for another form (nothing is printed) */
bool help_print(const option_page *page, const char *form);

/** The same for the program itself, to any stream. @param commands  `count` of them */
bool help_print_program(FILE *stream, const command *commands, int count, const char *form);

#endif
