/** How the library reports failure: a status, and one line that says what was wrong, where, and what to do. */
#ifndef EMOTRACK_BASE_ERROR_H
#define EMOTRACK_BASE_ERROR_H

#include "emotrack.h"

/** Fills `error` (NULL allowed) and gives `status` back, so that a caller can write `return error_set(...)`.
 *  The message is cut to fit. */
et_status error_set(et_error *error, et_status status, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
