/** The learned ear's layers over a stream of frames. Frames come in batches and are numbered from 0; with F frames known,
 *  the front of frames before F - 64 and the middle of frames before F - 73 are final. On request the newest are computed
 *  too, as if the sound ended with frame F - 1: zeros beyond, as before frame 0. Bits of a final frame do not depend on the
 *  batches. */
#ifndef EMOTRACK_FEATURES_EAR_NETWORK_H
#define EMOTRACK_FEATURES_EAR_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "features/ear_layers.h"

enum { EAR_FRONT_LAG = 64, EAR_MIDDLE_LAG = 73, EAR_HEARD = EAR_MIDDLE_LAYERS * EAR_MIDDLE };

typedef struct ear_network ear_network;

/** @param weights  must outlive the network   @param most  frames of a batch
 *  @return NULL if memory is out */
ear_network *ear_network_create(const ear_weights *weights, int most);
void ear_network_destroy(ear_network *n);
void ear_network_reset(ear_network *n);

/** Takes the next frames. Allocates nothing.
 *  @param x       logarithm of mel bands, `frames` rows of 96   @param frames  1 .. most
 *  @param ending  computes the newest frames as well, as if the sound ended here; more may follow */
void ear_network_push(ear_network *n, const float *x, int frames, bool ending);

/** Frames known. */
int64_t ear_network_frames(const ear_network *n);

/** First frame whose middle the last batch computed: frames from here to F - 74 became final with it, those from F - 73 to
 *  F - 1 are as if the sound ended (if that was asked for). */
int64_t ear_network_first(const ear_network *n);

/** @param frame  first .. F - 1 (F - 74 if the newest were not computed)
 *  @param out    64 columns of each of the three middle layers */
void ear_network_middle(const ear_network *n, int64_t frame, float out[EAR_HEARD]);

/** @param frame  first .. F - 1 (F - 65)   @param out  561 columns as published: timbre 204, 204; rhythm 51, 51, 51 */
void ear_network_front(const ear_network *n, int64_t frame, float out[EAR_FRONT]);

#endif
