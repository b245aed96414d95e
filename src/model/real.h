/** The number that networks compute with: float. The reference layers are also compiled with double, by the test that holds
 *  their gradients against PyTorch's in float64. */
#ifndef EMOTRACK_MODEL_REAL_H
#define EMOTRACK_MODEL_REAL_H

#ifdef EMOTRACK_REAL_DOUBLE
typedef double real;
#else
typedef float real;
#endif

#endif
