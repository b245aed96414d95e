/** Whole files: into memory, and bytes out. */
#ifndef EMOTRACK_BASE_READ_FILE_H
#define EMOTRACK_BASE_READ_FILE_H

#include <stddef.h>

#include "emotrack.h"

/** @param most   bytes that such a file can have
 *  @param bytes  receives them, and a zero behind; the caller frees
 *  @return ET_OK; ET_ERROR_FILE: cannot be read, or a folder; ET_ERROR_LIMIT: larger; ET_ERROR_MEMORY */
et_status read_file(const char *path, size_t most, unsigned char **bytes, size_t *size, et_error *error);

/** Writes all bytes, whatever interrupts. @return false: errno says why */
bool write_all(int descriptor, const char *bytes, size_t count);

#endif
