/** Files of settings: a JSON object whose members are named as a command's options. What such a file says is as if it had
 *  been given on the command line, which comes before it. */
#ifndef EMOTRACK_TOOLS_CLI_CONFIG_H
#define EMOTRACK_TOOLS_CLI_CONFIG_H

#include <jansson.h>

#include "cli/options.h"

/** Sets the options that a file names and the line did not. Only options with a `given` may stand in one.
 *  @param held  receives the words that the options point into: json_decref it when they are no longer needed,
 *               whatever comes back
 *  @return OPTIONS_GO; EXIT_USAGE after a message on stderr */
int config_read(const option_page *page, const char *path, json_t **held);

/** The values of those of `count` options that may stand in a file; what has no value is left out.
 *  @return NULL without memory */
json_t *config_values(const option *options, int count);

#endif
