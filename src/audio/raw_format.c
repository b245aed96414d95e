#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <sndfile.h>

#include "audio/sound_file.h"
#include "base/error.h"

static const struct {
    const char *name;
    int encoding;
} encodings[] = {
    {"u8", SF_FORMAT_RAW | SF_FORMAT_PCM_U8},
    {"s8", SF_FORMAT_RAW | SF_FORMAT_PCM_S8},
    {"s16le", SF_FORMAT_RAW | SF_FORMAT_PCM_16 | SF_ENDIAN_LITTLE},
    {"s16be", SF_FORMAT_RAW | SF_FORMAT_PCM_16 | SF_ENDIAN_BIG},
    {"s24le", SF_FORMAT_RAW | SF_FORMAT_PCM_24 | SF_ENDIAN_LITTLE},
    {"s24be", SF_FORMAT_RAW | SF_FORMAT_PCM_24 | SF_ENDIAN_BIG},
    {"s32le", SF_FORMAT_RAW | SF_FORMAT_PCM_32 | SF_ENDIAN_LITTLE},
    {"s32be", SF_FORMAT_RAW | SF_FORMAT_PCM_32 | SF_ENDIAN_BIG},
    {"f32le", SF_FORMAT_RAW | SF_FORMAT_FLOAT | SF_ENDIAN_LITTLE},
    {"f32be", SF_FORMAT_RAW | SF_FORMAT_FLOAT | SF_ENDIAN_BIG},
    {"f64le", SF_FORMAT_RAW | SF_FORMAT_DOUBLE | SF_ENDIAN_LITTLE},
    {"f64be", SF_FORMAT_RAW | SF_FORMAT_DOUBLE | SF_ENDIAN_BIG},
};

static bool find_encoding(const char *text, size_t length, int *encoding)
{
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++) {
        if (strlen(encodings[i].name) != length || strncmp(encodings[i].name, text, length) != 0) continue;
        *encoding = encodings[i].encoding;
        return true;
    }
    return false;
}

/* Digits only: strtod would take "nan", "0x10" and leading blanks. */
static bool read_number(const char *text, char last, long most, long *value, const char **rest)
{
    *value = 0;
    if (*text < '0' || *text > '9') return false;
    for (; *text >= '0' && *text <= '9'; text++) {
        *value = *value * 10 + (*text - '0');
        if (*value > most) return false;
    }
    *rest = text + 1;
    return *text == last;
}

et_status raw_format_parse(raw_format *out, const char *text, et_error *error)
{
    const char *colon = strchr(text, ':'), *rest;
    long rate, channels;
    int encoding;
    if (colon == NULL || !find_encoding(text, (size_t)(colon - text), &encoding))
        return error_set(
            error, ET_ERROR_ARGUMENT,
            "raw format '%.60s': must be ENCODING:RATE:CHANNELS, as s16le:44100:2, with one of the encodings u8 s8 "
            "s16le s16be s24le s24be s32le s32be f32le f32be f64le f64be",
            text);
    if (!read_number(colon + 1, ':', 768000, &rate, &rest) || rate < 4000)
        return error_set(error, ET_ERROR_ARGUMENT, "raw format '%.60s': the rate must be 4000 .. 768000 Hz", text);
    if (!read_number(rest, '\0', 256, &channels, &rest) || channels < 1)
        return error_set(error, ET_ERROR_ARGUMENT, "raw format '%.60s': channels must be 1 .. 256", text);
    *out = (raw_format){.encoding = encoding, .rate_hz = (double)rate, .channels = (unsigned)channels};
    return ET_OK;
}
