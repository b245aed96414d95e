/** What stands around the answers of `emotrack live`, for the picture on the terminal and for the page. */
#ifndef EMOTRACK_TOOLS_LIVE_FACTS_H
#define EMOTRACK_TOOLS_LIVE_FACTS_H

#include "live/choices.h"
#include "live/view.h"

/** What only the page shows. */
typedef struct page_facts {
    const choices *inputs, *models;
    const char *model_choice; /* of the models, what was chosen */
    double context_s;         /* of a full answer */
    const double *mark_s;     /* the latest marks */
    int marks;
    bool gone; /* the device */
} page_facts;

/** A JSON object, to be freed. @return NULL if memory ran out */
char *facts_json(const live_facts *facts, const page_facts *page);

#endif
