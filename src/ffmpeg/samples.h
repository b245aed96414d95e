/** FFmpeg's frames as interleaved floats. */
#ifndef EMOTRACK_FFMPEG_SAMPLES_H
#define EMOTRACK_FFMPEG_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>

#include <libavutil/frame.h>

/** @return whether samples_copy knows the frame's format: all that decoders of sound give */
bool samples_known(const AVFrame *frame);

/** Copies samples `first` .. `first + count` of all channels, interleaved; 16-bit s is s / 32768, as everywhere. */
void samples_copy(float *out, const AVFrame *frame, int first, size_t count);

#endif
