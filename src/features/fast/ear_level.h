/** The ear's kernels of one level of processor: a file level_*.c defines LEVEL_KERNELS, is compiled with that level's
 *  instructions, and includes this. */
#include "features/fast/ear_levels.h"
#include "features/fast/ear_middle.h"
#include "features/fast/ear_rhythm.h"
#include "features/fast/ear_timbre.h"

const ear_kernels LEVEL_KERNELS = {.panels_size = ear_panels_size,
                                   .pack = ear_pack,
                                   .timbre_size = ear_timbre_size,
                                   .timbre_pack = ear_timbre_pack,
                                   .spectra = ear_spectra,
                                   .timbre = ear_timbre_frames,
                                   .rhythm = ear_rhythm_frames,
                                   .middle = ear_middle_frames};
