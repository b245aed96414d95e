/** SHA-256 (FIPS 180-4) of a block of memory. */
#ifndef EMOTRACK_BASE_SHA256_H
#define EMOTRACK_BASE_SHA256_H

#include <stddef.h>

/** @param hex  receives 64 hexadecimal digits and a zero */
void sha256_hex(const void *bytes, size_t size, char hex[65]);

#endif
