/** Reads numbers by name out of a safetensors file (huggingface.co/docs/safetensors: a length, a header in JSON, the
 *  tensors' bytes) as if an enemy had written it: every tensor must lie inside the file, where no other lies, with no gap
 *  between. */
#ifndef EMOTRACK_BASE_SAFETENSORS_H
#define EMOTRACK_BASE_SAFETENSORS_H

#include <stddef.h>

#include <jansson.h>

#include "emotrack.h"

typedef struct safetensors safetensors;

/** @param out    receives the reader; the caller destroys it, before the bytes go away
 *  @param bytes  the whole file; stays the caller's and is not copied
 *  @param path   for messages; copied
 *  @return ET_OK; ET_ERROR_TRUNCATED, ET_ERROR_FORMAT, ET_ERROR_MEMORY */
et_status safetensors_create(safetensors **out, const void *bytes, size_t size, const char *path, et_error *error);
void safetensors_destroy(safetensors *s);

/** Tensors in the file, and the bytes of all. */
size_t safetensors_count(const safetensors *s);
size_t safetensors_size(const safetensors *s);

/** The object of texts that says more about them; NULL if there is none. Belongs to the reader. */
const json_t *safetensors_metadata(const safetensors *s);

bool safetensors_has(const safetensors *s, const char *name);

/** A row of bytes (U8), where it lies. @param size  receives how many
 *  @return ET_OK; ET_ERROR_FORMAT: there is no such tensor, or another type or shape */
et_status safetensors_bytes(const safetensors *s, const char *name, const void **bytes, size_t *size, et_error *error);

/** Copies a tensor of 32-bit floats.
 *  @param shape  `rank` sizes that the tensor must have
 *  @param least, most  every number must lie between them; NaN lies nowhere
 *  @param out    room for all its numbers, in C order
 *  @return ET_OK; ET_ERROR_FORMAT: there is no such tensor, or another type, shape or value */
et_status safetensors_read(const safetensors *s, const char *name, const int *shape, int rank, float least, float most,
                           float *out, et_error *error);

#endif
