/* Files of tensors: any bytes are read or refused with a message, and what is read lies in the file and within its bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    safetensors *s = NULL;
    et_error error = {0};
    if (safetensors_create(&s, bytes, size, "fuzz", &error) != ET_OK) {
        if (error.message[0] == '\0') __builtin_trap();
        return 0;
    }
    if (safetensors_count(s) > size) __builtin_trap();
    static const char *const names[] = {"a", "regression.bias", "regression.weight"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (int rank = 0; rank <= 2; rank++) {
            const int shape[] = {2, 2};
            float value[4] = {0};
            if (safetensors_read(s, names[i], shape, rank, -1, 1, value, &error) != ET_OK) continue;
            for (int k = 0; k < 4; k++)
                if (!(value[k] >= -1 && value[k] <= 1)) __builtin_trap();
        }
    safetensors_destroy(s);
    return 0;
}
