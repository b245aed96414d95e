/** The layers of a network as nodes of an ONNX graph. */
#ifndef EMOTRACK_MODEL_ONNX_LAYERS_H
#define EMOTRACK_MODEL_ONNX_LAYERS_H

#include "model/network_internal.h"
#include "model/onnx_graph.h"

/** Adds a network to a graph. @param answers  receives its answers, [windows, R]
 *  @return ET_OK; ET_ERROR_MEMORY; ET_ERROR_UNSUPPORTED: a layer that has no translation, named */
et_status onnx_network(onnx_graph *g, const network *net, onnx_value *answers, et_error *error);

#endif
