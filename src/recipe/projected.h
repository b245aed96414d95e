/** Answers for frames that have the front layers behind them already, as training batches have. */
#ifndef EMOTRACK_RECIPE_PROJECTED_H
#define EMOTRACK_RECIPE_PROJECTED_H

#include "model/network.h"

typedef struct projected projected;

/** @param net        must outlive it; parameters that change meanwhile need a network_refresh
 *  @param most_rows  longest sequence
 *  @return ET_OK; ET_ERROR_MEMORY */
et_status projected_create(projected **out, const network *net, int most_rows, et_error *error);
void projected_destroy(projected *p);

/** Answers at some rows of a sequence; what came before its first row is that row again.
 *  @param rows  row_count x F   @param end  `count` rows at which windows end   @param out  count x R */
void projected_answer(projected *p, const float *rows, int row_count, const int *end, int count, float *out);

#endif
