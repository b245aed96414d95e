#include "cli/text.h"

#include <string.h>

void text_write_csv(FILE *stream, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, stream);
        return;
    }
    fputc('"', stream);
    for (; *text; text++) {
        if (*text == '"') fputc('"', stream);
        fputc(*text, stream);
    }
    fputc('"', stream);
}

/* Length of the well-formed UTF-8 character at `s` (RFC 3629: no overlong forms, no surrogates), 0 if it is none. */
static int utf8_length(const unsigned char *s)
{
    if (s[0] < 0x80) return 1;
    int length = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (s[0] < 0xC2 || s[0] > 0xF4) return 0;
    for (int i = 1; i < length; i++)
        if ((s[i] & 0xC0) != 0x80) return 0;
    unsigned second = s[1];
    if ((s[0] == 0xE0 && second < 0xA0) || (s[0] == 0xED && second > 0x9F)) return 0;
    if ((s[0] == 0xF0 && second < 0x90) || (s[0] == 0xF4 && second > 0x8F)) return 0;
    return length;
}

/* Bytes at `s` that stand in JSON as they are. */
static size_t plain_length(const unsigned char *s)
{
    size_t at = 0;
    for (int length; s[at] >= 0x20 && s[at] != '"' && s[at] != '\\' && (length = utf8_length(s + at)) > 0;)
        at += (size_t)length;
    return at;
}

void text_write_json(FILE *stream, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    fputc('"', stream);
    for (;;) {
        size_t plain = plain_length(s);
        fwrite(s, 1, plain, stream);
        s += plain;
        if (*s == '\0') break;
        if (*s == '"' || *s == '\\')
            fprintf(stream, "\\%c", *s);
        else if (*s < 0x20)
            fprintf(stream, "\\u%04x", *s);
        else
            fputs("\\ufffd", stream);
        s++;
    }
    fputc('"', stream);
}

bool text_is_utf8(const char *text)
{
    for (const unsigned char *s = (const unsigned char *)text; *s;) {
        int length = utf8_length(s);
        if (length == 0) return false;
        s += length;
    }
    return true;
}

void text_write_percent(FILE *stream, const char *text)
{
    for (const unsigned char *s = (const unsigned char *)text; *s; s++)
        fprintf(stream, *s > ' ' && *s < 0x7f && !strchr("%\"\\", *s) ? "%c" : "%%%02X", *s);
}

void text_write_json_path(FILE *stream, const char *key, const char *path)
{
    fprintf(stream, "\"%s\":", key);
    text_write_json(stream, path);
    if (text_is_utf8(path)) return;
    fprintf(stream, ",\"%s_bytes\":\"", key);
    text_write_percent(stream, path);
    fputc('"', stream);
}

static int hexadecimal(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void text_from_percent(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        int high = *from == '%' ? hexadecimal(from[1]) : -1, low = high >= 0 ? hexadecimal(from[2]) : -1;
        *to++ = low >= 0 && (high | low) ? (char)(high << 4 | low) : *from;
        if (low >= 0 && (high | low)) from += 2;
    }
    *to = '\0';
}

/* The next character of a text as it may be shown: at most four bytes. @return bytes taken */
static int shown(char out[5], const unsigned char *s, const char *kept)
{
    int length = utf8_length(s);
    bool control = length == 1 ? (*s < 0x20 || *s == 0x7f) && !strchr(kept, *s) : length == 2 && *s == 0xC2 && s[1] < 0xA0;
    if (length > 0 && !control)
        snprintf(out, 5, "%.*s", length, (const char *)s);
    else
        snprintf(out, 5, "\\x%02x", length == 2 ? s[1] : *s);
    return length > 0 ? length : 1;
}

void text_write_shown(FILE *stream, const char *text, const char *kept)
{
    char character[5];
    for (const unsigned char *s = (const unsigned char *)text; *s;) {
        s += shown(character, s, kept);
        fputs(character, stream);
    }
}

char *text_shown(char *out, size_t room, const char *text)
{
    char character[5];
    size_t used = 0;
    for (const unsigned char *s = (const unsigned char *)text; *s;) {
        s += shown(character, s, "");
        size_t more = strlen(character);
        if (used + more >= room) break;
        memcpy(out + used, character, more);
        used += more;
    }
    out[used] = '\0';
    return out;
}
