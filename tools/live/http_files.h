/** The page's files, part of the program: made from tools/live/page by cmake/embed.cmake. */
#ifndef EMOTRACK_TOOLS_LIVE_HTTP_FILES_H
#define EMOTRACK_TOOLS_LIVE_HTTP_FILES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct http_file {
    const char *path, *type;
    const unsigned char *bytes;
    size_t size;
    bool is_page;
} http_file;

/** @return NULL if there is none */
const http_file *http_file_find(const char *path);

#endif
