#include "data/warnings.h"

#include <stdarg.h>
#include <stdio.h>

void warning_found(warning_list *all, const char *path, int line, const char *format, ...)
{
    if (!all) return;
    all->count++;
    if (!all->tell) return;
    char what[512], text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    if (line > 0)
        snprintf(text, sizeof text, "%s:%d: %s", path, line, what);
    else
        snprintf(text, sizeof text, "%s: %s", path, what);
    all->tell(all->user, text);
}
