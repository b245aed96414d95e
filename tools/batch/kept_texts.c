#include "batch/kept_texts.h"

#include <stdlib.h>
#include <string.h>

struct kept_text {
    struct kept_text *next;
    char text[];
};

const char *kept_texts_add(kept_text **texts, const char *text)
{
    size_t size = strlen(text) + 1;
    kept_text *t = malloc(sizeof *t + size);
    if (!t) return NULL;
    memcpy(t->text, text, size);
    t->next = *texts;
    *texts = t;
    return t->text;
}

void kept_texts_free(kept_text **texts)
{
    for (kept_text *t = *texts, *next; t; t = next) {
        next = t->next;
        free(t);
    }
    *texts = NULL;
}
