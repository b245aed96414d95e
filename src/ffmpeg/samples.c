#include "ffmpeg/samples.h"

#include <string.h>

#include <libavutil/samplefmt.h>

static float sample_at(const uint8_t *bytes, enum AVSampleFormat packed)
{
    int16_t s16;
    int32_t s32;
    int64_t s64;
    float real;
    double exact;
    switch (packed) {
    case AV_SAMPLE_FMT_U8: return (float)(*bytes - 128) / 128;
    case AV_SAMPLE_FMT_S16: return memcpy(&s16, bytes, sizeof s16), (float)s16 / 32768;
    case AV_SAMPLE_FMT_S32: return memcpy(&s32, bytes, sizeof s32), (float)((double)s32 / 2147483648.0);
    case AV_SAMPLE_FMT_S64: return memcpy(&s64, bytes, sizeof s64), (float)((double)s64 / 9223372036854775808.0);
    case AV_SAMPLE_FMT_DBL: return memcpy(&exact, bytes, sizeof exact), (float)exact;
    default: return memcpy(&real, bytes, sizeof real), real;
    }
}

bool samples_known(const AVFrame *frame)
{
    enum AVSampleFormat packed = av_get_packed_sample_fmt(frame->format);
    return packed >= AV_SAMPLE_FMT_U8 && (packed <= AV_SAMPLE_FMT_DBL || packed == AV_SAMPLE_FMT_S64);
}

void samples_copy(float *out, const AVFrame *frame, int first, size_t count)
{
    enum AVSampleFormat packed = av_get_packed_sample_fmt(frame->format);
    size_t bytes = (size_t)av_get_bytes_per_sample(packed), channels = (size_t)frame->ch_layout.nb_channels;
    bool planar = av_sample_fmt_is_planar(frame->format);
    for (size_t c = 0; c < channels; c++) {
        size_t step = planar ? bytes : bytes * channels;
        const uint8_t *from = planar ? frame->extended_data[c] : frame->extended_data[0] + c * bytes;
        for (size_t i = 0; i < count; i++) out[i * channels + c] = sample_at(from + ((size_t)first + i) * step, packed);
    }
}
