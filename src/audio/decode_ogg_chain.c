/** Ogg streams one behind the other (RFC 3533, section 4: "sequential multiplexing"): each link of the chain is given to
 *  libsndfile as a file of its own. Links of the first one's rate and channels are one sound; where another kind begins the
 *  reading ends, and what is left unread is told. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sndfile.h>

#include "audio/decoder.h"

enum { PAGE_HEAD = 27, BEGINS = 2, MOST_LINKS = 100000, SEARCH = 65536 };

typedef struct ogg_link {
    off_t begin, end;
    int64_t frames; /* -1: its last page is missing */
} ogg_link;

typedef struct chain_decoder {
    decoder base;
    int fd, links, current;
    ogg_link *link;
    double left_s;       /* of links behind those that are read */
    const char *problem; /* libsndfile's words for the link that cannot be read; NULL: none */
    SNDFILE *file;       /* of the current link */
    off_t at;            /* in it */
} chain_decoder;

/* ---- pages ------------------------------------------------------------------------------------------------------------ */

/* The page at a place: its size, and whether it begins a stream. 0 if there is none. */
static off_t page_at(int fd, off_t place, bool *begins)
{
    unsigned char head[PAGE_HEAD + 255];
    ssize_t got = pread(fd, head, sizeof head, place);
    if (got < PAGE_HEAD || memcmp(head, "OggS", 5) != 0 || got < PAGE_HEAD + head[26]) return 0;
    off_t size = PAGE_HEAD + head[26];
    for (int i = 0; i < head[26]; i++) size += head[PAGE_HEAD + i];
    *begins = head[5] & BEGINS;
    return size;
}

static off_t next_page(int fd, off_t place)
{
    char bytes[SEARCH];
    ssize_t got;
    while ((got = pread(fd, bytes, sizeof bytes, place)) >= 4) {
        const char *found = memmem(bytes, (size_t)got, "OggS", 4);
        if (found) return place + (found - bytes);
        place += got - 3;
    }
    return -1;
}

/* Links as their pages show them; at most `most`. @param link  receives them, or NULL  @return how many there are */
static int find_links(int fd, ogg_link *link, int most)
{
    int links = 0;
    bool begins, after_begin = false;
    for (off_t at = 0; at >= 0;) {
        off_t size = page_at(fd, at, &begins);
        if (size == 0) {
            at = next_page(fd, at + 1);
            continue;
        }
        /* The streams of one link all begin before any of them goes on. */
        if (begins && !after_begin) {
            if (links == most) break;
            if (link) link[links] = (ogg_link){.begin = at};
            links++;
        }
        after_begin = begins;
        at += size;
        if (link && links > 0) link[links - 1].end = at;
    }
    return links;
}

bool decoder_is_ogg_chain(int fd)
{
    bool begins;
    return lseek(fd, 0, SEEK_CUR) >= 0 && page_at(fd, 0, &begins) > 0 && find_links(fd, NULL, 2) > 1;
}

/* ---- a link as a file ------------------------------------------------------------------------------------------------- */

static sf_count_t link_length(void *context)
{
    const chain_decoder *d = context;
    return d->link[d->current].end - d->link[d->current].begin;
}

static sf_count_t link_seek(sf_count_t offset, int whence, void *context)
{
    chain_decoder *d = context;
    off_t to = offset + (whence == SEEK_CUR ? d->at : whence == SEEK_END ? link_length(d) : 0);
    if (to < 0) return -1;
    return d->at = to;
}

static sf_count_t link_read(void *bytes, sf_count_t count, void *context)
{
    chain_decoder *d = context;
    sf_count_t left = link_length(d) - d->at;
    if (left <= 0) return 0;
    ssize_t got = pread(d->fd, bytes, (size_t)(count < left ? count : left), d->link[d->current].begin + d->at);
    if (got > 0) d->at += got;
    return got > 0 ? got : 0;
}

static sf_count_t link_write(const void *bytes, sf_count_t count, void *context)
{
    (void)bytes, (void)count, (void)context;
    return 0;
}

static sf_count_t link_tell(void *context)
{
    return ((chain_decoder *)context)->at;
}

static SNDFILE *open_link(chain_decoder *d, int k, SF_INFO *info)
{
    static SF_VIRTUAL_IO reader = {link_length, link_seek, link_read, link_write, link_tell};
    *info = (SF_INFO){0};
    d->current = k;
    d->at = 0;
    return sf_open_virtual(&reader, SFM_READ, info, d);
}

/* ---- the chain -------------------------------------------------------------------------------------------------------- */

/* What all links hold: the sound is those of the first one's kind, up to the first of another. */
static void survey(chain_decoder *d)
{
    int same = d->links;
    d->base.frames = 0;
    for (int k = 0; k < d->links; k++) {
        SF_INFO info;
        SNDFILE *file = open_link(d, k, &info);
        if (!file) d->problem = "a link of the chain is no sound that libsndfile knows";
        bool like_first = file && info.samplerate == (int)d->base.rate_hz && (unsigned)info.channels == d->base.channels;
        if (!like_first && k < same) same = k;
        bool known = file && info.frames > 0 && info.frames < SF_COUNT_MAX;
        d->link[k].frames = known ? info.frames : -1;
        if (known && k >= same) d->left_s += (double)info.frames / info.samplerate;
        if (known && k < same) d->base.frames += info.frames;
        if (file) sf_close(file);
    }
    d->links = same;
}

static size_t read_frames(decoder *base, float *samples, size_t frames)
{
    chain_decoder *d = (chain_decoder *)base;
    SF_INFO info;
    size_t done = 0;
    while (d->file && done < frames) {
        sf_count_t got = sf_readf_float(d->file, samples + done * base->channels, (sf_count_t)(frames - done));
        if (got > 0) done += (size_t)got;
        if (done == frames) break;
        sf_close(d->file);
        d->file = d->current + 1 < d->links ? open_link(d, d->current + 1, &info) : NULL;
    }
    return done;
}

static et_status end(decoder *base, uint64_t read, char detail[DECODER_DETAIL])
{
    const chain_decoder *d = (const chain_decoder *)base;
    if (read < (uint64_t)base->frames) {
        snprintf(detail, DECODER_DETAIL, "its %d Ogg streams announce %.1f s", d->links,
                 (double)base->frames / base->rate_hz);
        return ET_ERROR_TRUNCATED;
    }
    if (d->left_s > 0 || d->problem) {
        snprintf(detail, DECODER_DETAIL, "an Ogg stream %s is joined on: %.1f s are left unread",
                 d->problem ? "that libsndfile does not know" : "of another rate or number of channels", d->left_s);
        return ET_ERROR_FORMAT;
    }
    if (d->links > 0 && d->link[d->links - 1].frames < 0) {
        snprintf(detail, DECODER_DETAIL, "the last page of its last Ogg stream is missing");
        return ET_ERROR_TRUNCATED;
    }
    return ET_OK;
}

static void close_chain(decoder *base)
{
    chain_decoder *d = (chain_decoder *)base;
    if (d->file) sf_close(d->file);
    close(d->fd);
    free(d->link);
    free(d);
}

et_status decoder_open_ogg_chain(decoder **out, int fd, char detail[DECODER_DETAIL])
{
    SF_INFO info;
    chain_decoder *d = calloc(1, sizeof *d);
    int links = find_links(fd, NULL, MOST_LINKS);
    ogg_link *link = d ? calloc((size_t)links, sizeof *link) : NULL;
    if (!link) {
        free(d);
        close(fd);
        return ET_ERROR_MEMORY;
    }
    *d = (chain_decoder){.fd = fd, .link = link, .links = find_links(fd, link, links)};
    d->file = open_link(d, 0, &info);
    if (!d->file) {
        snprintf(detail, DECODER_DETAIL, "no format of sound that libsndfile knows");
        close_chain(&d->base);
        return ET_ERROR_FORMAT;
    }
    sf_close(d->file);
    d->base = (decoder){.rate_hz = info.samplerate,
                        .channels = (unsigned)info.channels,
                        .read = read_frames,
                        .end = end,
                        .close = close_chain};
    survey(d);
    d->file = open_link(d, 0, &info);
    *out = &d->base;
    return ET_OK;
}
