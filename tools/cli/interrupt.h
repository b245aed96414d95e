/** Ctrl-C and friends: a command that works for long looks at `interrupted()` and ends in order. A second Ctrl-C ends at
 *  once. */
#ifndef EMOTRACK_TOOLS_CLI_INTERRUPT_H
#define EMOTRACK_TOOLS_CLI_INTERRUPT_H

#include <stdbool.h>

/** Once, from main: SIGINT, SIGTERM and SIGHUP are remembered, SIGPIPE becomes a write error (EPIPE). */
void interrupt_install(void);

/** What a program ends with that a signal has ended, by the shell's custom: 130 after Ctrl-C, 143 after SIGTERM. */
int interrupted_code(void);

/** Whether the user asked to stop. Any thread. */
bool interrupted(void);

#endif
