/** Ctrl-C and friends: a command that works for long looks at `interrupted()` and ends in order. A second Ctrl-C ends at
 * once. */
#ifndef EMOTRACK_TOOLS_CLI_INTERRUPT_H
#define EMOTRACK_TOOLS_CLI_INTERRUPT_H

#include <stdbool.h>

/** Once, from main: SIGINT, SIGTERM and SIGHUP are remembered, SIGPIPE becomes a write error (EPIPE). */
void interrupt_install(void);

/** Whether the user asked to stop. Any thread. */
bool interrupted(void);

#endif
