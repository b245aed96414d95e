/* Any bytes as the state of a training run: refused with a message, or within the bounds of the run. An odd first byte: with
 * the checksum, the digest and the count of parameters that the run expects. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "train/checkpoint.h"

enum { COUNT = 3, MEMBERS = 2, DIGEST = 7, HEAD = 24 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 1) return 0;
    bool fits = bytes[0] & 1;
    bytes++, size--;
    unsigned char *file = malloc(size + 1);
    memcpy(file, bytes, size);
    uint64_t expected[2] = {DIGEST, COUNT}, sum;
    if (fits && size >= HEAD + sizeof sum) {
        memcpy(file, "emochk3", 8);
        memcpy(file + 8, expected, sizeof expected);
        sum = digest_bytes(DIGEST_START, file, size - sizeof sum);
        memcpy(file + size - sizeof sum, &sum, sizeof sum);
    }
    checkpoint c;
    et_error error = {0};
    if (checkpoint_create(&c, NULL, DIGEST, COUNT, MEMBERS, NULL) != ET_OK) __builtin_trap();
    et_status status = checkpoint_parse(&c, file, size, "fuzz", &error);
    if (status == ET_OK ? c.member > MEMBERS || c.best_epoch > c.epoch : error.message[0] == '\0') __builtin_trap();
    if (strlen(c.log) > size) __builtin_trap();
    checkpoint_free(&c);
    free(file);
    return 0;
}
