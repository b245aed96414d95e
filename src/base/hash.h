/** FNV-1a (Fowler, Noll, Vo 1991), 64 bits, over bytes: a fast digest against accidents, none against enemies. */
#ifndef EMOTRACK_BASE_HASH_H
#define EMOTRACK_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_START 14695981039346656037u

/** @param digest  DIGEST_START, or what an earlier call gave: calls one after another digest the bytes as one */
uint64_t digest_bytes(uint64_t digest, const void *bytes, size_t size);

#endif
