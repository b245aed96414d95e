/** Sound from files and streams: everything libsndfile reads (WAV, AIFF, AU, FLAC, Ogg, MP3 ...), what FFmpeg reads where its
 *  libraries are (foreign.h), a pipe, or bare samples.
 *  Ogg or MPEG streams one behind the other are one sound as far as they have one rate and one number of channels.
 *  Hostile input is expected: sizes are checked, and a file that breaks off gives what could be read, then one clear error.
 */
#ifndef EMOTRACK_AUDIO_SOUND_FILE_H
#define EMOTRACK_AUDIO_SOUND_FILE_H

#include "emotrack.h"

typedef struct sound_file sound_file;

typedef enum raw_kind { RAW_UNSIGNED, RAW_SIGNED, RAW_FLOAT } raw_kind;

/** Layout of bare samples, as `--raw s16le:44100:2` gives it. */
typedef struct raw_format {
    raw_kind kind;
    unsigned bytes; /**< of one sample: 1 .. 4, 8 */
    bool big_endian;
    double rate_hz;
    unsigned channels;
} raw_format;

/** Reads "ENCODING:RATE:CHANNELS"; encodings u8 s8 s16le s16be s24le s24be s32le s32be f32le f32be f64le f64be.
 *  @return ET_OK or ET_ERROR_ARGUMENT with a message that lists what is allowed */
et_status raw_format_parse(raw_format *out, const char *text, et_error *error);

/** @param path  a file, or "-" for standard input
 *  @param raw   NULL unless the samples are bare
 *  @return ET_OK; ET_ERROR_FILE (missing, a directory, no permission, no room for a pipe's temporary file), ET_ERROR_FORMAT
 *          (not a sound, empty), ET_ERROR_LIMIT (rate, channels, a pipe too long to be kept), ET_ERROR_MEMORY,
 *          ET_ERROR_INTERRUPTED (a signal came while a pipe was read), ET_ERROR_UNSUPPORTED (libemotrack_ffmpeg.so is there
 *          and cannot be used) */
et_status sound_file_open(sound_file **out, const char *path, const raw_format *raw, et_error *error);
void sound_file_close(sound_file *s);

double sound_file_rate_hz(const sound_file *s);
unsigned sound_file_channels(const sound_file *s);

/** Frames that the header announces, or -1 where it does not say (a pipe). Only good for progress. */
int64_t sound_file_frames(const sound_file *s);

/** Reads up to `frames` frames of interleaved floats ([-1, 1], 16-bit s is s / 32768).
 *  @param got  receives the frames read; 0 with ET_OK is the end
 *  @return ET_OK; ET_ERROR_TRUNCATED, ET_ERROR_FORMAT or ET_ERROR_INTERRUPTED (a signal came while a pipe was read) once,
 *  after the last good frame, with place and reason. NaN and infinite samples are passed on as they are (the tracker and
 *  mix-down flag them). */
et_status sound_file_read(sound_file *s, float *samples, size_t frames, size_t *got, et_error *error);

#endif
