/** A terminal that is taken for a picture and given back as it was, however the program ends: at the end, by Ctrl-C, by a
 *  signal that kills, while it is stopped by Ctrl-Z. One thread. */
#ifndef EMOTRACK_TOOLS_CLI_TERMINAL_H
#define EMOTRACK_TOOLS_CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/** Whether its characters are UTF-8, by the locale. */
bool terminal_is_utf8(void);

/** Takes the terminal on standard output: another screen, no cursor, keys without waiting for the line's end. The handlers
 *  of interrupt.h keep their meaning; a second Ctrl-C gives the terminal back and ends at once. */
void terminal_begin(void);

/** Gives it back; may be called again. */
void terminal_end(void);

/** Rows and columns now; 24 and 80 where it does not say. */
void terminal_size(int *rows, int *columns);

/** Waits for a key up to so many ms, or until `descriptor` can be read. @param descriptor  -1: none   @return the key, or -1 */
int terminal_key(int wait_ms, int descriptor);

/** Writes all. @return false if the terminal has gone */
bool terminal_write(const char *bytes, size_t count);

#endif
