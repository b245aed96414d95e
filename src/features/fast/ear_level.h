/** The ear's kernels of one level of processor: a file level_*.c defines LEVEL_KERNELS, is compiled with that level's
 *  instructions, and includes this. */
#include "features/fast/ear_front.h"
#include "features/fast/ear_levels.h"
#include "features/fast/ear_middle.h"

const ear_kernels LEVEL_KERNELS = {
    .panels_size = ear_middle_panels, .pack = ear_middle_pack, .front = ear_front_frames, .middle = ear_middle_frames};
