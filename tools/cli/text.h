/** Texts of unknown origin (file names, device names) inside CSV and JSON. */
#ifndef EMOTRACK_TOOLS_CLI_TEXT_H
#define EMOTRACK_TOOLS_CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** As a CSV field: quoted where RFC 4180 asks for it. */
void text_write_csv(FILE *stream, const char *text);

/** As a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void text_write_json(FILE *stream, const char *text);

/** For a person, maybe at a terminal: control characters (C0, DEL, C1) and bytes that are not UTF-8 stand as \\xNN, so that no
 *  name or tag moves a cursor, changes a title or hides a line. @param kept  control characters that are let through, e.g. "\n" */
void text_write_shown(FILE *stream, const char *text, const char *kept);
/** The same into a string. @return `out` */
char *text_shown(char *out, size_t room, const char *text);

bool text_is_utf8(const char *text);

/** `"KEY":` and a path as a JSON string; one that is not UTF-8 once more as KEY_bytes, with percent signs. */
void text_write_json_path(FILE *stream, const char *key, const char *path);

/** Bytes as printable ASCII: all others, and percent signs, quotes and backslashes, as %XX (RFC 3986). */
void text_write_percent(FILE *stream, const char *text);
/** Back, in place. */
void text_from_percent(char *text);

#endif
