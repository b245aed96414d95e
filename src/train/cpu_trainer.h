/** Steps of training on the CPU: network_trainer, loss and optimiser behind the table of model/backend.h. */
#ifndef EMOTRACK_TRAIN_CPU_TRAINER_H
#define EMOTRACK_TRAIN_CPU_TRAINER_H

#include "model/backend.h"

extern const trainer_backend cpu_trainers;

#endif
