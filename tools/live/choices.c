#include "live/choices.h"

#include <stdlib.h>
#include <string.h>

static void add(choices *c, const char *name)
{
    if (name == NULL || c->count == CHOICES_MOST || choices_find(c, name) != NULL) return;
    char *copy = strdup(name);
    if (copy != NULL) c->name[c->count++] = copy;
}

void choices_inputs(choices *c, const live_source_options *options)
{
    capture_list *list = NULL;
    add(c, options->play);
    if (capture_list_create(&list, NULL) != ET_OK) return;
    for (size_t i = 0; i < capture_list_count(list); i++) add(c, capture_list_get(list, i)->name);
    capture_list_destroy(list);
}

void choices_models(choices *c, const live_source_options *options)
{
    static const char *const bundled[] = {"music", "speech"};
    const char *first = options->model != NULL ? options->model : getenv("EMOTRACK_MODEL");
    if (first != NULL && *first != '\0') add(c, first);
    for (size_t i = 0; i < sizeof bundled / sizeof *bundled; i++) {
        et_model *model = NULL;
        if (et_model_create(&model, bundled[i], NULL) == ET_OK) add(c, bundled[i]);
        et_model_destroy(model);
    }
}

const char *choices_find(const choices *c, const char *name)
{
    for (int i = 0; i < c->count; i++)
        if (strcmp(c->name[i], name) == 0) return c->name[i];
    return NULL;
}

void choices_free(choices *c)
{
    for (int i = 0; i < c->count; i++) free(c->name[i]);
    *c = (choices){0};
}
