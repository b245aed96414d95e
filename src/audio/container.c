#include "audio/container.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_CHUNKS = 4096, TRAILER_ALLOWED = 4096 };

static uint64_t number(const unsigned char *bytes, int count, bool big)
{
    uint64_t value = 0;
    for (int i = 0; i < count; i++) value = value << 8 | bytes[big ? i : count - 1 - i];
    return value;
}

bool container_size_is_unknown(uint64_t bytes)
{
    return (bytes >= 0x7ffff000u && bytes <= 0x80000000u) || (bytes >= 0xffffff00u && bytes <= 0xffffffffu);
}

static bool read_at(int fd, void *bytes, size_t count, uint64_t offset)
{
    return pread(fd, bytes, count, (off_t)offset) == (ssize_t)count;
}

static bool is_chunk_name(const unsigned char name[4])
{
    for (int i = 0; i < 4; i++)
        if (name[i] < ' ' || name[i] > '~') return false;
    return true;
}

/* Sound that goes on behind the announced end; a few stray bytes are common and harmless. */
static uint64_t sound_behind(int fd, uint64_t end, uint64_t size)
{
    unsigned char name[4];
    if (size <= end || size - end <= TRAILER_ALLOWED) return 0;
    for (uint64_t pad = 0; pad < 2; pad++) /* some writers forget the pad byte */
        if (read_at(fd, name, 4, end + pad) && is_chunk_name(name)) return 0;
    return size - end;
}

static container_sound sound_at(int fd, uint64_t start, uint64_t announced, uint64_t size)
{
    container_sound s = {.known = true};
    if (container_size_is_unknown(announced)) return s;
    s.announced = announced;
    s.present = announced < size - start ? announced : size - start;
    s.behind = sound_behind(fd, start + announced + (announced & 1), size);
    return s;
}

/* RIFF and FORM: a name, a size, the chunk, a pad byte if the size is odd. */
static container_sound walk_chunks(int fd, uint64_t size, const char *wanted, bool big)
{
    uint64_t long_size = 0; /* RF64 gives the size of its `data` in `ds64` */
    uint64_t at = 12;
    unsigned char head[24];
    for (int i = 0; i < MOST_CHUNKS && read_at(fd, head, 8, at); i++) {
        uint64_t bytes = number(head + 4, 4, big);
        if (memcmp(head, "ds64", 4) == 0 && read_at(fd, head, 24, at)) long_size = number(head + 16, 8, false);
        if (memcmp(head, wanted, 4) == 0) {
            if (bytes == 0xffffffffu && long_size > 0) bytes = long_size;
            if (memcmp(wanted, "SSND", 4) == 0) return sound_at(fd, at + 16, bytes >= 8 ? bytes - 8 : 0, size);
            return sound_at(fd, at + 8, bytes, size);
        }
        at += 8 + bytes + (bytes & 1);
    }
    return (container_sound){0};
}

/* CAF: a name, a size of eight bytes, the chunk; the samples stand behind the four bytes of an edit count. */
static container_sound walk_caf(int fd, uint64_t size)
{
    uint64_t at = 8;
    unsigned char head[12];
    for (int i = 0; i < MOST_CHUNKS && read_at(fd, head, 12, at); i++) {
        uint64_t bytes = number(head + 4, 8, true);
        if (memcmp(head, "data", 4) == 0 && bytes == UINT64_MAX) return (container_sound){.known = true};
        if (bytes > INT64_MAX - at) break;
        if (memcmp(head, "data", 4) == 0 && bytes >= 4 && at + 16 <= size) return sound_at(fd, at + 16, bytes - 4, size);
        at += 12 + bytes;
    }
    return (container_sound){0};
}

/* W64: names of sixteen bytes, sizes of eight that count name and size too, chunks begin at multiples of eight. */
static container_sound walk_w64(int fd, uint64_t size)
{
    uint64_t at = 40;
    unsigned char head[24];
    for (int i = 0; i < MOST_CHUNKS && read_at(fd, head, 24, at); i++) {
        uint64_t bytes = number(head + 16, 8, false);
        if (bytes < 24 || bytes > INT64_MAX - at) break;
        if (memcmp(head, "data", 4) == 0) {
            container_sound s = sound_at(fd, at + 24, bytes - 24, size);
            s.behind = 0; /* what goes on there is another chunk */
            return s;
        }
        at += (bytes + 7) / 8 * 8;
    }
    return (container_sound){0};
}

static container_sound au_sound(int fd, const unsigned char head[12], uint64_t size, bool big)
{
    uint64_t start = number(head + 4, 4, big);
    if (start < 24 || start > size) return (container_sound){0};
    container_sound s = sound_at(fd, start, number(head + 8, 4, big), size);
    s.behind = 0; /* an AU file may carry anything behind its sound */
    return s;
}

container_sound container_inspect(int fd)
{
    unsigned char head[12];
    struct stat about;
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) || !read_at(fd, head, 12, 0)) return (container_sound){0};
    uint64_t size = (uint64_t)about.st_size;
    if (memcmp(head, "RIFF", 4) == 0 || memcmp(head, "RF64", 4) == 0) return walk_chunks(fd, size, "data", false);
    if (memcmp(head, "RIFX", 4) == 0) return walk_chunks(fd, size, "data", true);
    if (memcmp(head, "FORM", 4) == 0) return walk_chunks(fd, size, "SSND", true);
    if (memcmp(head, "caff", 4) == 0) return walk_caf(fd, size);
    if (memcmp(head, "riff", 4) == 0) return walk_w64(fd, size);
    if (memcmp(head, ".snd", 4) == 0) return au_sound(fd, head, size, true);
    if (memcmp(head, "dns.", 4) == 0) return au_sound(fd, head, size, false);
    return (container_sound){0};
}
