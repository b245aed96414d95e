/** Fits the preprocessing of a network: which columns, their logarithm, scaling and clip, and the projection. */
#ifndef EMOTRACK_RECIPE_PREPROCESSING_H
#define EMOTRACK_RECIPE_PREPROCESSING_H

#include "model/network.h"

typedef enum scaling_kind { SCALING_Z_SCORE = 0, SCALING_MIN_MAX } scaling_kind;

/** Chooses columns and fits the scaling. SCALING_Z_SCORE: columns that are never negative become log(x + o), o a tenth of
 *  the column's median; then mean 0, deviation 1 over the rows; then clipped at `clip` deviations. SCALING_MIN_MAX: least
 *  becomes 0, largest 1, as the reference research code has it.
 *  @param net     gets columns.index and scaling.*; its relative layer (if any) acts first
 *  @param chosen  `columns` numbers of the network's configuration, ascending, 0 .. columns_in - 1
 *  @param row     rows x columns_in
 *  @return ET_OK; ET_ERROR_ARGUMENT (fewer than 2 rows), ET_ERROR_FORMAT (a column never changes: named), ET_ERROR_MEMORY */
et_status preprocessing_fit_scaling(network *net, const int *chosen, const float *row, int rows, scaling_kind scaling,
                                    float clip, et_error *error);

/** Fits the projection to scaled rows. @param components  the network's features
 *  @param scaled  rows x columns, as network_scaled gives them */
et_status preprocessing_fit_projection(network *net, const float *scaled, int rows, double *explained, et_error *error);

/** The projection alone. @param scaled  rows x `columns`   @param features  receives rows x F */
void preprocessing_project(const network *net, const float *scaled, int rows, float *features);

/** Copies the tensors of preprocessing that both networks have, in the same size, from one to the other. */
void preprocessing_copy(network *to, const network *from);

/** Columns that can serve: known in every data set and, when taken relative to the mean RMS energy, neither that energy nor
 *  the mean of its delta.
 *  @param known   ROW_COLUMNS flags
 *  @param out     receives up to ROW_COLUMNS columns   @return how many */
int preprocessing_usable_columns(const bool *known, bool relative, int *out);

/** Of these columns those that differ from row to row: some of the ear's never do.
 *  @param chosen  `count` columns; keeps those   @param row  rows x columns_in   @return how many */
int preprocessing_moving_columns(int *chosen, int count, const float *row, int rows, int columns_in);

#endif
