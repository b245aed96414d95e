/** Every setting of a training run, described once: name, kind, range, help. From this table come the command line, the
 *  digest that decides whether a checkpoint may be resumed, what a model says of its training and the files of settings that
 *  `--config` reads and that stand beside a model.
 *
 *  A setting's value as text: a number as %.9g, a word, "true" or "false", or names of families with commas. What is not set
 *  is as the recipe has it: `recipe` and `network` come first in the table and decide the defaults of all others. */
#ifndef EMOTRACK_RECIPE_SETTINGS_H
#define EMOTRACK_RECIPE_SETTINGS_H

#include <jansson.h>

#include "recipe/recipe.h"

typedef enum setting_kind {
    SETTING_FLAG,     /**< bool */
    SETTING_UNLESS,   /**< bool, the other way: "true" makes it false */
    SETTING_INTEGER,  /**< int within low .. high */
    SETTING_SEED,     /**< uint64_t within low .. high */
    SETTING_NUMBER,   /**< double within low .. high, finite */
    SETTING_FLOAT,    /**< float, likewise */
    SETTING_CHOICE,   /**< enum: place in `words`, "pca|forest|none" */
    SETTING_EITHER,   /**< bool: the first of two words is false */
    SETTING_NETWORK,  /**< char[24]: one of network_names() */
    SETTING_FAMILIES, /**< unsigned: a set of families (features/families.h) */
} setting_kind;

typedef struct setting {
    const char *name; /**< NULL ends the table */
    setting_kind kind;
    size_t place;      /**< in pipeline_options */
    const char *words; /**< what may follow it: "a|b|c", or a name for it: "N" */
    const char *help;  /**< one line; NULL: for files of settings and those who know it */
    double low, high;
} setting;

extern const setting settings_table[];

/** Number of entries. */
int settings_count(void);

/** A run's options from texts. @param text  settings_count() entries, NULL for what is as the recipe has it
 *  @return ET_OK; ET_ERROR_ARGUMENT with the setting's name, what it takes and what was given */
et_status settings_apply(pipeline_options *o, const char *const *text, et_error *error);

/** The text of a setting's value. */
enum { SETTING_TEXT_MOST = 96 };
void setting_text(const setting *s, const pipeline_options *o, char text[SETTING_TEXT_MOST]);

/** All settings as a JSON object, in the table's order. @return NULL without memory */
json_t *settings_json(const pipeline_options *o);

/** Continues a digest over all settings. (Threads, devices and paths decide no outcome and stand elsewhere.) */
uint64_t settings_digest(uint64_t digest, const pipeline_options *o);

#endif
