#include "cli/config.h"

#include <stdio.h>
#include <string.h>

enum { NUMBER_MOST = 40 };

static const option *find(const option_page *page, const char *name)
{
    for (const option *o = page->options; o->name; o++)
        if (o->given && strcmp(o->name, name) == 0) return o;
    return NULL;
}

/** A number's text, kept among the words. NULL: it is none, or there is no memory. */
static const char *number_text(const json_t *value, json_t *words)
{
    char number[NUMBER_MOST];
    if (json_is_integer(value))
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        snprintf(number, sizeof number, "%.17g", json_real_value(value));
    else
        return NULL;
    if (json_array_append_new(words, json_string(number))) return NULL;
    return json_string_value(json_array_get(words, json_array_size(words) - 1));
}

/** One value; a flag's may be false. */
static int take(const option_page *page, const option *o, const char *path, const json_t *value, json_t *words)
{
    const char *text = json_is_string(value) ? json_string_value(value) : number_text(value, words);
    if (o->kind == OPTION_FLAG && !json_is_boolean(value))
        return options_wrong(page, "%.400s: \"%s\" is true or false", path, o->name);
    if (o->kind != OPTION_FLAG && !text) return options_wrong(page, "%.400s: \"%s\" takes %s", path, o->name, o->argument);
    if (o->kind != OPTION_FLAG) return options_set(page, o, text);
    *(bool *)o->value = json_is_true(value);
    return OPTIONS_GO;
}

static int take_member(const option_page *page, const char *path, const char *name, const json_t *value, json_t *words)
{
    const option *o = find(page, name);
    int code = OPTIONS_GO;
    if (!o) return options_wrong(page, "%.400s: there is no setting \"%.80s\"", path, name);
    if (*o->given) return OPTIONS_GO;
    if (json_is_array(value) && o->kind != OPTION_LIST)
        return options_wrong(page, "%.400s: \"%s\" takes one value", path, o->name);
    if (!json_is_array(value)) code = take(page, o, path, value, words);
    for (size_t i = 0; code == OPTIONS_GO && i < json_array_size(value); i++)
        code = take(page, o, path, json_array_get(value, i), words);
    *o->given = true;
    return code;
}

int config_read(const option_page *page, const char *path, json_t **held)
{
    json_error_t why;
    json_t *file = json_load_file(path, JSON_REJECT_DUPLICATES, &why), *value;
    const char *name;
    *held = json_array();
    if (!file && why.line > 0) return options_wrong(page, "%.400s:%d: %s", path, why.line, why.text);
    if (!file) return options_wrong(page, "%s", why.text);
    if (json_array_append_new(*held, file)) return options_wrong(page, "%.400s: out of memory", path);
    if (!json_is_object(file)) return options_wrong(page, "%.400s: a JSON object was expected: {\"rate\": 0.003}", path);
    json_object_foreach(file, name, value)
    {
        int code = take_member(page, path, name, value, *held);
        if (code != OPTIONS_GO) return code;
    }
    return OPTIONS_GO;
}

static json_t *value_of(const option *o)
{
    const option_list *list = o->value;
    const char *word = o->argument;
    json_t *all;
    switch (o->kind) {
    case OPTION_FLAG: return json_boolean(*(const bool *)o->value);
    case OPTION_INTEGER: return json_integer(*(const int *)o->value);
    case OPTION_NUMBER: return json_real(*(const double *)o->value);
    case OPTION_TEXT: return *(const char *const *)o->value ? json_string(*(const char *const *)o->value) : NULL;
    case OPTION_CHOICE:
        for (int i = 0; i < *(const int *)o->value; i++) word += strcspn(word, "|") + 1;
        return json_stringn(word, strcspn(word, "|"));
    case OPTION_LIST:
        if (!list->count || !(all = json_array())) return NULL;
        for (int i = 0; i < list->count; i++) json_array_append_new(all, json_string(list->item[i]));
        return all;
    }
    return NULL;
}

json_t *config_values(const option *options, int count)
{
    json_t *all = json_object();
    for (int i = 0; all && i < count; i++) {
        json_t *value = options[i].given ? value_of(&options[i]) : NULL;
        if (value) json_object_set_new(all, options[i].name, value);
    }
    return all;
}
