#include "audio/foreign.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audio/mpeg_source.h"
#include "base/error.h"
#include "base/plug_in.h"

enum { HEAD = 36, PACKET = 188 /* bytes of a packet of an MPEG transport stream */ };

/* Of Ogg what libsndfile does not take: FLAC, Speex, the sound of a video. */
static const struct {
    int place;
    const char *bytes;
    size_t count;
    const char *kind;
} magic[] = {
    {4, "ftyp", 4, "mov"},
    {4, "moov", 4, "mov"},
    {4, "mdat", 4, "mov"},
    {4, "wide", 4, "mov"},
    {0, "\x1a\x45\xdf\xa3", 4, "matroska"},
    {0, "\x30\x26\xb2\x75", 4, "asf"},
    {8, "AVI ", 4, "avi"},
    {0, "FLV\1", 4, "flv"},
    {0, "\0\0\1\xba", 4, "mpeg"},
    {0, "MAC ", 4, "ape"},
    {0, "wvpk", 4, "wv"},
    {0, "TTA1", 4, "tta"},
    {0, "MP+", 3, "mpc"},
    {0, "MPCK", 4, "mpc8"},
    {0, "#!AMR", 5, "amr"},
    {0, "DSD ", 4, "dsf"},
    {28,
     "\x7f"
     "FLAC",
     5, "ogg"},
    {28, "Speex", 5, "ogg"},
    {28, "\x80theora", 7, "ogg"},
    {28, "fishead", 7, "ogg"},
    {0, "\x0b\x77", 2, "ac3"},
    {0, "\x7f\xfe\x80\x01", 4, "dts"},
};

/* AAC in ADTS: a sync of twelve bits, layer 0. */
static bool is_adts(const unsigned char head[HEAD])
{
    return head[0] == 0xff && (head[1] & 0xf6) == 0xf0 && (head[2] & 0x3c) < 13 << 2;
}

static bool is_transport_stream(int fd, const unsigned char head[HEAD])
{
    unsigned char sync[2];
    return head[0] == 'G' && lseek(fd, 0, SEEK_CUR) >= 0 && mpeg_peek(fd, sync, 1, PACKET) &&
           mpeg_peek(fd, sync + 1, 1, (off_t)2 * PACKET) && sync[0] == 'G' && sync[1] == 'G';
}

const char *foreign_kind(int fd)
{
    unsigned char head[HEAD];
    if (!mpeg_peek(fd, head, sizeof head, 0)) return NULL;
    off_t behind_tag = lseek(fd, 0, SEEK_CUR) >= 0 ? mpeg_behind_tag(head) : 0;
    if (behind_tag > 0 && !mpeg_peek(fd, head, sizeof head, behind_tag)) return NULL;
    for (size_t i = 0; i < sizeof magic / sizeof *magic; i++)
        if (memcmp(head + magic[i].place, magic[i].bytes, magic[i].count) == 0) return magic[i].kind;
    if (is_adts(head)) return "aac";
    return is_transport_stream(fd, head) ? "mpegts" : NULL;
}

et_status foreign_load(const foreign_table **out, et_error *error)
{
    void *library;
    char why[400] = "";
    *out = NULL;
    switch (plug_in_open(&library, "ffmpeg", why, sizeof why)) {
    case PLUG_IN_OPEN: break;
    case PLUG_IN_ABSENT: return ET_OK;
    case PLUG_IN_NOT_OURS: return error_set(error, ET_ERROR_UNSUPPORTED, "%s", why);
    case PLUG_IN_BROKEN: return error_set(error, ET_ERROR_UNSUPPORTED, "%s; install FFmpeg's libraries", why);
    }
    foreign_entry entry;
    *(void **)&entry = dlsym(library, FOREIGN_SYMBOL);
    const foreign_table *table = entry ? entry() : NULL;
    if (!table || strcmp(table->version, EMOTRACK_VERSION) != 0)
        return error_set(error, ET_ERROR_UNSUPPORTED,
                         "libemotrack_ffmpeg.so belongs to another version of emotrack; install both together");
    *out = table;
    return ET_OK;
}
