/** What the page of `live --http` may choose from, and nothing else: the inputs that are there, the models that are bundled or
 *  were named on the command line. */
#ifndef EMOTRACK_TOOLS_LIVE_CHOICES_H
#define EMOTRACK_TOOLS_LIVE_CHOICES_H

#include "live/source.h"

enum { CHOICES_MOST = 48 };

typedef struct choices {
    char *name[CHOICES_MOST];
    int count;
} choices;

/** The file that is played, if one is, and the inputs; the first of a name stands for all of it. */
void choices_inputs(choices *c, const live_source_options *options);

/** The model of the options, then the bundled ones that can be read. */
void choices_models(choices *c, const live_source_options *options);

/** @return the choice's own string, or NULL if `name` is none */
const char *choices_find(const choices *c, const char *name);

void choices_free(choices *c);

#endif
