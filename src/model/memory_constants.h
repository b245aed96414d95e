/** What a model file says of the memory that its networks were trained with (track/memory.h). */
#ifndef EMOTRACK_MODEL_MEMORY_CONSTANTS_H
#define EMOTRACK_MODEL_MEMORY_CONSTANTS_H

typedef struct memory_constants {
    double time_constant_s; /**< 1 .. 3600; 0: no memory, rows pass as they are */
    double change_window_s; /**< length of the short mean, 0 (deaf) .. 30 */
    double threshold;       /**< of change */
    double silence_reset_s; /**< silence that long lets the next sound begin a new memory; 0: never */
} memory_constants;

#endif
