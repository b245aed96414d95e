/** A model's networks as an ONNX graph (onnx.ai, opset 13), which ONNX Runtime and others run.
 *
 *  Input `rows`: floats [windows, K, columns_in], raw rows, oldest first. Output `answers`: [windows, responses] in [-1, 1], member
 *  by member, valence before arousal. The same answers as network_windows to 1e-4. Neither the memory between sound and rows
 *  nor the ear that makes some of the columns is part of the graph. Metadata: targets, columns, license, card. */
#ifndef EMOTRACK_MODEL_ONNX_H
#define EMOTRACK_MODEL_ONNX_H

#include <stddef.h>

#include "emotrack.h"

/** @param bytes  receives the file's bytes; the caller frees
 *  @return ET_OK; ET_ERROR_MEMORY; ET_ERROR_LIMIT: more than protocol buffers hold (2 GB); ET_ERROR_UNSUPPORTED: a layer that
 *          has no translation */
et_status model_to_onnx(const et_model *model, unsigned char **bytes, size_t *size, et_error *error);

#endif
