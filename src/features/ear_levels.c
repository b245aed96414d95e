/** Which of the ear's kernels run on this machine. */
#include "features/fast/ear_levels.h"

#include "base/processor.h"

const ear_kernels *ear_kernels_of(int level)
{
    if (!processor_runs(level)) return NULL;
#if defined(__x86_64__)
    if (level == 1) return &ear_kernels_avx2;
    if (level == 2) return &ear_kernels_avx512;
#endif
    return level == 0 ? &ear_kernels_baseline : NULL;
}
