#include "recipe/settings.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"

int settings_count(void)
{
    int n = 0;
    while (settings_table[n].name) n++;
    return n;
}

/* ---- text to value -------------------------------------------------------------------------------------------------- */

/** Place of a word among "a|b|c", or -1. */
static int place_of(const char *words, const char *text)
{
    size_t length = strlen(text);
    for (int place = 0; *words; place++) {
        size_t end = strcspn(words, "|");
        if (end == length && strncmp(words, text, length) == 0) return place;
        words += end + (words[end] == '|');
    }
    return -1;
}

/** The word at a place; `size` bytes of `out`. */
static void word_at(const char *words, int place, char *out, size_t size)
{
    while (place-- > 0) words += strcspn(words, "|") + 1;
    snprintf(out, size, "%.*s", (int)strcspn(words, "|"), words);
}

static et_status wrong(const setting *s, const char *text, et_error *error)
{
    if (s->kind == SETTING_INTEGER || s->kind == SETTING_SEED)
        return error_set(error, ET_ERROR_ARGUMENT, "--%s takes a whole number from %.10g to %.10g, not '%.80s'", s->name,
                         s->low, s->high, text);
    if (s->kind == SETTING_NUMBER || s->kind == SETTING_FLOAT)
        return error_set(error, ET_ERROR_ARGUMENT, "--%s takes a number from %.10g to %.10g, not '%.80s'", s->name, s->low,
                         s->high, text);
    if (s->kind == SETTING_FAMILIES)
        return error_set(error, ET_ERROR_ARGUMENT, "--%s takes %s, several with commas, or all, not '%.80s'", s->name,
                         "descriptors, ear, harmony", text);
    if (s->kind == SETTING_NETWORK) {
        char known[256] = "";
        for (const char *const *name = network_names(); *name; name++) {
            size_t used = strlen(known);
            snprintf(known + used, sizeof known - used, " %s", *name);
        }
        return error_set(error, ET_ERROR_ARGUMENT, "there is no network '%.80s'; known:%s", text, known);
    }
    const char *words = s->kind == SETTING_FLAG || s->kind == SETTING_UNLESS ? "true|false" : s->words;
    return error_set(error, ET_ERROR_ARGUMENT, "--%s is one of %s, not '%.80s'", s->name, words, text);
}

static bool set_number(const setting *s, void *value, const char *text)
{
    char *end;
    errno = 0;
    double x = strtod(text, &end);
    bool whole = s->kind == SETTING_INTEGER || s->kind == SETTING_SEED;
    if (!*text || *end || !isfinite(x) || x < s->low || x > s->high || (whole && x != floor(x))) return false;
    switch (s->kind) {
    case SETTING_INTEGER: *(int *)value = (int)x; break;
    case SETTING_SEED: *(uint64_t *)value = (uint64_t)x; break;
    case SETTING_FLOAT: *(float *)value = (float)x; break;
    default: *(double *)value = x; break;
    }
    return true;
}

static bool set_word(const setting *s, void *value, const char *text)
{
    bool flag = s->kind == SETTING_FLAG || s->kind == SETTING_UNLESS;
    int place = place_of(flag ? "false|true" : s->words, text);
    if (place < 0) return false;
    switch (s->kind) {
    case SETTING_UNLESS: *(bool *)value = place == 0; break;
    case SETTING_FLAG:
    case SETTING_EITHER: *(bool *)value = place == 1; break;
    default: memcpy(value, &place, sizeof place); break; /* an enum */
    }
    return true;
}

static bool set_network(char name[24], const char *text)
{
    for (const char *const *known = network_names(); *known; known++)
        if (strcmp(*known, text) == 0) {
            snprintf(name, 24, "%s", text);
            return true;
        }
    return false;
}

static et_status set_value(const setting *s, pipeline_options *o, const char *text, et_error *error)
{
    void *value = (char *)o + s->place;
    bool good = false;
    switch (s->kind) {
    case SETTING_INTEGER:
    case SETTING_SEED:
    case SETTING_NUMBER:
    case SETTING_FLOAT: good = set_number(s, value, text); break;
    case SETTING_FLAG:
    case SETTING_UNLESS:
    case SETTING_CHOICE:
    case SETTING_EITHER: good = set_word(s, value, text); break;
    case SETTING_NETWORK: good = set_network(value, text); break;
    case SETTING_FAMILIES: good = (*(unsigned *)value = families_of(text)) != 0; break;
    }
    return good ? ET_OK : wrong(s, text, error);
}

et_status settings_apply(pipeline_options *o, const char *const *text, et_error *error)
{
    enum { RECIPE, NETWORK }; /* the table's first two */
    pipeline_options chosen = {.network = {.network = "dselfattention"}};
    et_status status = ET_OK;
    for (int i = RECIPE; i <= NETWORK && !status; i++)
        if (text[i]) status = set_value(&settings_table[i], &chosen, text[i], error);
    if (status) return status;
    pipeline_defaults(o, chosen.recipe, chosen.network.network);
    for (int i = NETWORK + 1; settings_table[i].name && !status; i++)
        if (text[i]) status = set_value(&settings_table[i], o, text[i], error);
    return status;
}

/* ---- value to text -------------------------------------------------------------------------------------------------- */

void setting_text(const setting *s, const pipeline_options *o, char text[SETTING_TEXT_MOST])
{
    const void *value = (const char *)o + s->place;
    int place;
    switch (s->kind) {
    case SETTING_FLAG: snprintf(text, SETTING_TEXT_MOST, "%s", *(const bool *)value ? "true" : "false"); break;
    case SETTING_UNLESS: snprintf(text, SETTING_TEXT_MOST, "%s", *(const bool *)value ? "false" : "true"); break;
    case SETTING_INTEGER: snprintf(text, SETTING_TEXT_MOST, "%d", *(const int *)value); break;
    case SETTING_SEED: snprintf(text, SETTING_TEXT_MOST, "%llu", (unsigned long long)*(const uint64_t *)value); break;
    case SETTING_NUMBER: snprintf(text, SETTING_TEXT_MOST, "%.9g", *(const double *)value); break;
    case SETTING_FLOAT: snprintf(text, SETTING_TEXT_MOST, "%.6g", (double)*(const float *)value); break;
    case SETTING_EITHER: word_at(s->words, *(const bool *)value, text, SETTING_TEXT_MOST); break;
    case SETTING_CHOICE:
        memcpy(&place, value, sizeof place);
        word_at(s->words, place, text, SETTING_TEXT_MOST);
        break;
    case SETTING_NETWORK: snprintf(text, SETTING_TEXT_MOST, "%s", (const char *)value); break;
    case SETTING_FAMILIES: families_text(*(const unsigned *)value, text); break;
    }
}

static json_t *setting_json(const setting *s, const char *text)
{
    switch (s->kind) {
    case SETTING_FLAG:
    case SETTING_UNLESS: return json_boolean(strcmp(text, "true") == 0);
    case SETTING_INTEGER:
    case SETTING_SEED: return json_integer(strtoll(text, NULL, 10));
    case SETTING_NUMBER:
    case SETTING_FLOAT: return json_real(strtod(text, NULL));
    default: return json_string(text);
    }
}

json_t *settings_json(const pipeline_options *o)
{
    json_t *all = json_object();
    for (const setting *s = settings_table; all && s->name; s++) {
        char text[SETTING_TEXT_MOST];
        setting_text(s, o, text);
        if (json_object_set_new(all, s->name, setting_json(s, text)) == 0) continue;
        json_decref(all);
        return NULL;
    }
    return all;
}

uint64_t settings_digest(uint64_t digest, const pipeline_options *o)
{
    for (const setting *s = settings_table; s->name; s++) {
        char text[SETTING_TEXT_MOST];
        setting_text(s, o, text);
        digest = digest_bytes(digest, s->name, strlen(s->name) + 1);
        digest = digest_bytes(digest, text, strlen(text) + 1);
    }
    return digest;
}
