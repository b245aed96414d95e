/** Mean and population standard deviation of the 130 contours over the last second (100 rows): the 260 columns of DEAM.
 *  Every row is summed afresh in double, two passes in index order, so there is nothing that could drift; a row on the 0.5 s
 *  grid and a running row that ends at the same frame are the same bits. */
#ifndef EMOTRACK_FEATURES_FUNCTIONALS_H
#define EMOTRACK_FEATURES_FUNCTIONALS_H

#include "features/descriptors.h"

enum { FUNCTIONAL_WINDOW = 100, FUNCTIONAL_HOP = 50 }; /* rows: 1.0 s and 0.5 s */

typedef struct functionals functionals;

et_status functionals_create(functionals **out, et_error *error);
void functionals_destroy(functionals *f);
void functionals_reset(functionals *f);

/** Remembers one row of descriptors. Real-time safe. */
void functionals_push(functionals *f, const float row[DESCRIPTOR_ROW]);

/** The functionals of the remembered rows (fewer than 100 at a stream's start; at least one). Real-time safe.
 *  @param out  260 columns in the order of names.h */
void functionals_get(const functionals *f, float out[FUNCTIONAL_COUNT]);

#endif
