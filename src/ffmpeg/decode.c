/** Decoders of audio/foreign.h by libavformat and libavcodec. A file can name nothing else to be opened: it is read as one
 *  kind of container, through our own reader, and only decoders of sound are allowed. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/log.h>
#include <libavutil/mem.h>

#include "audio/foreign.h"
#include "ffmpeg/samples.h"

/* A decoder may stumble over the packets before the first whole one, as a recording of a broadcast has them. */
enum { READ_BYTES = 1 << 15, BROKEN_AT_START = 64, SAMPLES_MISSING_S = 1 };
static const size_t ALLOCATION_MOST = (size_t)1 << 29;

static const char sound_codecs[] =
    "aac,aac_latm,ac3,alac,als,amrnb,amrwb,ape,atrac3,atrac3p,cook,dca,dsd_lsbf,dsd_lsbf_planar,dsd_msbf,dsd_msbf_planar,"
    "eac3,"
    "flac,mlp,mp1float,mp2float,mp3float,mp1,mp2,mp3,mpc7,mpc8,nellymoser,opus,pcm_alaw,pcm_bluray,pcm_dvd,pcm_f32be,"
    "pcm_f32le,pcm_f64be,pcm_f64le,pcm_mulaw,pcm_s16be,pcm_s16le,pcm_s24be,pcm_s24le,pcm_s32be,pcm_s32le,pcm_s8,pcm_u8,"
    "adpcm_ima_wav,adpcm_ima_qt,adpcm_ms,adpcm_swf,speex,truehd,tta,vorbis,wavpack,wmalossless,wmapro,wmav1,wmav2,wmavoice";

typedef struct ffmpeg_decoder {
    decoder base;
    int fd;
    int64_t at, size; /* of the file, in bytes */
    AVFormatContext *file;
    AVIOContext *reader;
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *frame;
    int stream, failure; /* failure: AVERROR_EOF at the proper end */
    int used;            /* samples of the frame that are given already */
    bool drained, changed;
    int change_hz, change_channels;
} ffmpeg_decoder;

/* ---- the file ---------------------------------------------------------------------------------------------------------- */

static int read_bytes(void *context, uint8_t *bytes, int count)
{
    ffmpeg_decoder *d = context;
    ssize_t got = pread(d->fd, bytes, (size_t)count, d->at);
    if (got > 0) d->at += got;
    return got > 0 ? (int)got : got == 0 ? AVERROR_EOF : AVERROR(EIO);
}

static int64_t seek_bytes(void *context, int64_t offset, int whence)
{
    ffmpeg_decoder *d = context;
    if (whence == AVSEEK_SIZE) return d->size;
    int64_t from = whence == SEEK_CUR ? d->at : whence == SEEK_END ? d->size : 0;
    if (offset < -from || offset > INT64_MAX - from) return AVERROR(EINVAL);
    return d->at = from + offset;
}

/* What a file refers to, another file or an address, is not opened. */
static int open_nothing(AVFormatContext *file, AVIOContext **out, const char *url, int flags, AVDictionary **options)
{
    (void)file, (void)out, (void)url, (void)flags, (void)options;
    return AVERROR(EPERM);
}

static et_status open_container(ffmpeg_decoder *d, const char *kind, char detail[DECODER_DETAIL])
{
    const AVInputFormat *format = av_find_input_format(kind);
    uint8_t *room = av_malloc(READ_BYTES);
    d->reader = room ? avio_alloc_context(room, READ_BYTES, 0, d, read_bytes, NULL, seek_bytes) : NULL;
    if (room && !d->reader) av_free(room);
    d->file = avformat_alloc_context();
    if (!d->reader || !d->file) return ET_ERROR_MEMORY;
    d->file->pb = d->reader;
    d->file->io_open = open_nothing;
    d->file->codec_whitelist = av_strdup(sound_codecs);
    d->file->format_whitelist = av_strdup(format ? format->name : "");
    d->file->protocol_whitelist = av_strdup("");
    int failure = format ? avformat_open_input(&d->file, "", format, NULL) : AVERROR_DEMUXER_NOT_FOUND;
    if (failure >= 0) failure = avformat_find_stream_info(d->file, NULL);
    if (failure == AVERROR(ENOMEM)) return ET_ERROR_MEMORY;
    if (failure >= 0) return ET_OK;
    snprintf(detail, DECODER_DETAIL, "begins like a file of the kind '%s', but FFmpeg cannot read it: %s", kind,
             av_err2str(failure));
    return ET_ERROR_FORMAT;
}

static et_status open_codec(ffmpeg_decoder *d, char detail[DECODER_DETAIL])
{
    const AVCodec *codec = NULL;
    d->stream = av_find_best_stream(d->file, AVMEDIA_TYPE_AUDIO, -1, -1, NULL, 0);
    if (d->stream < 0) {
        snprintf(detail, DECODER_DETAIL, "holds no sound");
        return ET_ERROR_FORMAT;
    }
    for (unsigned i = 0; i < d->file->nb_streams; i++)
        if ((int)i != d->stream) d->file->streams[i]->discard = AVDISCARD_ALL;
    const AVStream *stream = d->file->streams[d->stream];
    codec = avcodec_find_decoder(stream->codecpar->codec_id);
    d->codec = avcodec_alloc_context3(codec);
    d->packet = av_packet_alloc();
    d->frame = av_frame_alloc();
    if (!d->codec || !d->packet || !d->frame) return ET_ERROR_MEMORY;
    d->codec->codec_whitelist = av_strdup(sound_codecs);
    d->codec->thread_count = 1;
    d->codec->pkt_timebase = stream->time_base;
    int failure = codec ? avcodec_parameters_to_context(d->codec, stream->codecpar) : AVERROR_DECODER_NOT_FOUND;
    if (failure >= 0) failure = avcodec_open2(d->codec, codec, NULL);
    if (failure == AVERROR(ENOMEM)) return ET_ERROR_MEMORY;
    if (failure >= 0) return ET_OK;
    snprintf(detail, DECODER_DETAIL, "holds sound of the kind '%s', which FFmpeg does not decode here (%s)",
             avcodec_get_name(stream->codecpar->codec_id), av_err2str(failure));
    return ET_ERROR_FORMAT;
}

/* Samples that the file announces of this stream, or -1: not known, or guessed by FFmpeg from the size. */
static int64_t announced(const ffmpeg_decoder *d)
{
    const AVStream *stream = d->file->streams[d->stream];
    double seconds = -1;
    if (d->file->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE) return -1;
    if (stream->duration > 0)
        seconds = (double)stream->duration * av_q2d(stream->time_base);
    else if (d->file->nb_streams == 1 && d->file->duration > 0)
        seconds = (double)d->file->duration / AV_TIME_BASE;
    double frames = seconds * d->base.rate_hz;
    return frames > 0 && frames < 0x1p52 ? (int64_t)frames : -1;
}

/* ---- decoding ---------------------------------------------------------------------------------------------------------- */

/* The next packet of the sound goes to the codec; at the file's end, what says so. */
static int feed(ffmpeg_decoder *d)
{
    int failure;
    do {
        av_packet_unref(d->packet);
        failure = av_read_frame(d->file, d->packet);
    } while (failure >= 0 && d->packet->stream_index != d->stream);
    if (failure == AVERROR_EOF && !d->drained) {
        d->drained = true;
        return d->reader->error < 0 ? d->reader->error : avcodec_send_packet(d->codec, NULL);
    }
    return failure < 0 ? failure : avcodec_send_packet(d->codec, d->packet);
}

/* @return 0 with a frame of at least one sample, or why there is none */
static int next_frame(ffmpeg_decoder *d)
{
    d->used = 0;
    for (;;) {
        av_frame_unref(d->frame);
        int failure = avcodec_receive_frame(d->codec, d->frame);
        if (failure == AVERROR(EAGAIN)) {
            failure = feed(d);
            if (failure < 0) return failure;
            continue;
        }
        if (failure < 0) return failure;
        if (d->frame->decode_error_flags || (d->frame->flags & AV_FRAME_FLAG_CORRUPT)) return AVERROR_INVALIDDATA;
        if (d->frame->nb_samples > 0) return samples_known(d->frame) ? 0 : AVERROR_PATCHWELCOME;
    }
}

static bool goes_on(ffmpeg_decoder *d)
{
    d->failure = next_frame(d);
    if (d->failure < 0) return false;
    d->change_hz = d->frame->sample_rate;
    d->change_channels = d->frame->ch_layout.nb_channels;
    d->changed = d->change_hz != (int)d->base.rate_hz || d->change_channels != (int)d->base.channels;
    return !d->changed;
}

static size_t read_frames(decoder *base, float *samples, size_t frames)
{
    ffmpeg_decoder *d = (ffmpeg_decoder *)base;
    size_t done = 0;
    while (done < frames && d->failure >= 0 && !d->changed) {
        if (d->used == d->frame->nb_samples && !goes_on(d)) break;
        size_t here = (size_t)(d->frame->nb_samples - d->used);
        if (here > frames - done) here = frames - done;
        samples_copy(samples + done * base->channels, d->frame, d->used, here);
        d->used += (int)here;
        done += here;
    }
    return done;
}

static et_status end(decoder *base, uint64_t read, char detail[DECODER_DETAIL])
{
    ffmpeg_decoder *d = (ffmpeg_decoder *)base;
    double left_s = base->frames >= 0 ? (double)(base->frames - (int64_t)read) / base->rate_hz : -1;
    char left[48] = "all that follows is left unread";
    if (left_s >= 0) snprintf(left, sizeof left, "%.1f s are left unread", left_s);
    if (d->changed) {
        snprintf(detail, DECODER_DETAIL, "its sound goes on with %d Hz and %d channels: %s", d->change_hz,
                 d->change_channels, left);
        return ET_ERROR_FORMAT;
    }
    if (d->failure != AVERROR_EOF) {
        snprintf(detail, DECODER_DETAIL, "%s: %s", av_err2str(d->failure), left);
        return ET_ERROR_FORMAT;
    }
    if (left_s > SAMPLES_MISSING_S) {
        snprintf(detail, DECODER_DETAIL, "its header announces %.1f s", (double)base->frames / base->rate_hz);
        return ET_ERROR_TRUNCATED;
    }
    return ET_OK;
}

static void close_file(decoder *base)
{
    ffmpeg_decoder *d = (ffmpeg_decoder *)base;
    av_frame_free(&d->frame);
    av_packet_free(&d->packet);
    avcodec_free_context(&d->codec);
    avformat_close_input(&d->file);
    if (d->reader) av_freep(&d->reader->buffer);
    avio_context_free(&d->reader);
    close(d->fd);
    free(d);
}

/* The first frame says what rate and channels really are: a header knows them only by half (HE-AAC). */
static et_status begin(ffmpeg_decoder *d, char detail[DECODER_DETAIL])
{
    for (int broken = 0; (d->failure = next_frame(d)) == AVERROR_INVALIDDATA && broken < BROKEN_AT_START;) broken++;
    if (d->failure == AVERROR(ENOMEM)) return ET_ERROR_MEMORY;
    if (d->failure < 0) {
        snprintf(detail, DECODER_DETAIL, "holds no sound that can be decoded: %s", av_err2str(d->failure));
        return ET_ERROR_FORMAT;
    }
    d->base.rate_hz = d->frame->sample_rate;
    d->base.channels = (unsigned)d->frame->ch_layout.nb_channels;
    d->base.frames = announced(d);
    return ET_OK;
}

static et_status open_sound(decoder **out, const char *kind, int fd, char detail[DECODER_DETAIL])
{
    struct stat about;
    ffmpeg_decoder *d = calloc(1, sizeof *d);
    if (d == NULL) {
        close(fd);
        return ET_ERROR_MEMORY;
    }
    av_log_set_level(AV_LOG_QUIET);
    av_max_alloc(ALLOCATION_MOST);
    d->fd = fd;
    d->size = fstat(fd, &about) == 0 ? about.st_size : 0;
    d->base.read = read_frames;
    d->base.end = end;
    d->base.close = close_file;
    et_status status = open_container(d, kind, detail);
    if (status == ET_OK) status = open_codec(d, detail);
    if (status == ET_OK) status = begin(d, detail);
    if (status != ET_OK) {
        close_file(&d->base);
        return status;
    }
    *out = &d->base;
    return ET_OK;
}

__attribute__((visibility("default"))) const foreign_table *emotrack_foreign_sounds(void);

const foreign_table *emotrack_foreign_sounds(void)
{
    static const foreign_table table = {.version = EMOTRACK_VERSION, .open = open_sound};
    return &table;
}
