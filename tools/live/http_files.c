#include "live/http_files.h"

#include <string.h>

#include "page_bytes.h"

const http_file *http_file_find(const char *path)
{
    static const http_file files[] = {
        {"/", "text/html", live_html, sizeof live_html, true},
        {"/live.js", "text/javascript", live_js, sizeof live_js, false},
        {"/live.css", "text/css", live_css, sizeof live_css, false},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (strcmp(files[i].path, path) == 0) return &files[i];
    return NULL;
}
