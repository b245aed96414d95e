#include <string.h>

#include "audio/sound_file.h"
#include "base/error.h"

static const struct {
    const char *name;
    raw_format format;
} encodings[] = {
    {"u8", {.kind = RAW_UNSIGNED, .bytes = 1}},  {"s8", {.kind = RAW_SIGNED, .bytes = 1}},
    {"s16le", {.kind = RAW_SIGNED, .bytes = 2}}, {"s16be", {.kind = RAW_SIGNED, .bytes = 2, .big_endian = true}},
    {"s24le", {.kind = RAW_SIGNED, .bytes = 3}}, {"s24be", {.kind = RAW_SIGNED, .bytes = 3, .big_endian = true}},
    {"s32le", {.kind = RAW_SIGNED, .bytes = 4}}, {"s32be", {.kind = RAW_SIGNED, .bytes = 4, .big_endian = true}},
    {"f32le", {.kind = RAW_FLOAT, .bytes = 4}},  {"f32be", {.kind = RAW_FLOAT, .bytes = 4, .big_endian = true}},
    {"f64le", {.kind = RAW_FLOAT, .bytes = 8}},  {"f64be", {.kind = RAW_FLOAT, .bytes = 8, .big_endian = true}},
};

static bool find_encoding(const char *text, size_t length, raw_format *format)
{
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++) {
        if (strlen(encodings[i].name) != length || strncmp(encodings[i].name, text, length) != 0) continue;
        *format = encodings[i].format;
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
    raw_format format;
    if (colon == NULL || !find_encoding(text, (size_t)(colon - text), &format))
        return error_set(
            error, ET_ERROR_ARGUMENT,
            "raw format '%.60s': must be ENCODING:RATE:CHANNELS, as s16le:44100:2, with one of the encodings u8 s8 "
            "s16le s16be s24le s24be s32le s32be f32le f32be f64le f64be",
            text);
    if (!read_number(colon + 1, ':', 768000, &rate, &rest) || rate < 4000)
        return error_set(error, ET_ERROR_ARGUMENT, "raw format '%.60s': the rate must be 4000 .. 768000 Hz", text);
    if (!read_number(rest, '\0', 256, &channels, &rest) || channels < 1)
        return error_set(error, ET_ERROR_ARGUMENT, "raw format '%.60s': channels must be 1 .. 256", text);
    format.rate_hz = (double)rate;
    format.channels = (unsigned)channels;
    *out = format;
    return ET_OK;
}
