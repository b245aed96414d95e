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

void warning_grouped(warning_list *all, warning_kind kind, const char *path, int line, const char *format, ...)
{
    if (!all) return;
    warning_group *g = &all->group[kind];
    if (g->count++) return;
    g->line = line;
    snprintf(g->path, sizeof g->path, "%s", path);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(g->first, sizeof g->first, format, arguments);
    va_end(arguments);
}

void warning_groups_end(warning_list *all)
{
    static const char *const outcome[WARNING_KINDS] = {
        [WARNING_LABEL_OUTSIDE] = "left out; --label-range LOW:HIGH names the range that the labels have",
        [WARNING_NOT_A_NUMBER] = "left out",
        [WARNING_NO_VALENCE] = "only their arousal is used",
        [WARNING_NO_AROUSAL] = "left out",
        [WARNING_LABEL_TWICE] = "their mean is taken",
        [WARNING_NO_SOUND] = "left out",
        [WARNING_NO_LABELS] = "left out"};
    for (int k = 0; all && k < WARNING_KINDS; k++) {
        warning_group *g = &all->group[k];
        char others[64] = "";
        if (g->count == 0) continue;
        if (g->count > 1) snprintf(others, sizeof others, ", and %d more like it", g->count - 1);
        warning_found(all, g->path, g->line, "%s%s; %s", g->first, others, outcome[k]);
        all->count += g->count - 1;
        g->count = 0;
    }
}
