/** Writes the nodes and constants of an ONNX graph as protocol buffers (onnx.proto of ONNX 1.x: the few messages that a graph
 *  takes). Memory that runs out is remembered: what follows does nothing. */
#ifndef EMOTRACK_MODEL_ONNX_GRAPH_H
#define EMOTRACK_MODEL_ONNX_GRAPH_H

#include <stddef.h>

#include "emotrack.h"

/** Bytes that grow. */
typedef struct onnx_bytes {
    unsigned char *data;
    size_t size, room;
    bool failed;
} onnx_bytes;

void onnx_number(onnx_bytes *b, int field, int64_t value);
void onnx_block(onnx_bytes *b, int field, const void *data, size_t size); /**< bytes, a string or a message */
void onnx_text(onnx_bytes *b, int field, const char *text);
void onnx_head(onnx_bytes *b, int field, size_t size); /**< of a block whose bytes the caller appends */
void onnx_append(onnx_bytes *b, const void *data, size_t size);

/** What a node reads or writes: a number that stands for its name. */
typedef int onnx_value;
enum { ONNX_ROWS, ONNX_ANSWERS, ONNX_FIRST_FREE };

typedef struct onnx_graph {
    onnx_bytes nodes, tensors; /**< fields `node` and `initializer` of a GraphProto */
    onnx_value next;           /**< ONNX_FIRST_FREE at the beginning */
} onnx_graph;

void onnx_name(char name[16], onnx_value value);

enum { ONNX_LIST_MOST = 4, ONNX_ATTRIBUTES_MOST = 5 };

typedef enum onnx_kind { ONNX_END, ONNX_FLOAT, ONNX_INTEGER, ONNX_STRING, ONNX_LIST } onnx_kind;

typedef struct onnx_attribute {
    const char *name;
    onnx_kind kind; /**< ONNX_END ends an array of them */
    float real;
    int64_t integer;
    const char *text;
    int64_t list[ONNX_LIST_MOST];
    int count;
} onnx_attribute;

/** A node. @param attributes  NULL: none   @return its output; where there are several, the first: the others follow it */
onnx_value onnx_node(onnx_graph *g, const char *kind, int inputs, const onnx_value *input, const onnx_attribute *attributes,
                     int outputs);

/** The same with one or two inputs and one output. */
onnx_value onnx_one(onnx_graph *g, const char *kind, onnx_value x, const onnx_attribute *attributes);
onnx_value onnx_two(onnx_graph *g, const char *kind, onnx_value x, onnx_value y);

/** The graph's answers are these. */
void onnx_answer(onnx_graph *g, onnx_value x);

/** Constants: floats of any shape, a list of integers, a row of truth values. */
onnx_value onnx_floats(onnx_graph *g, const float *x, int rank, const int *shape);
onnx_value onnx_scalar(onnx_graph *g, float x);
onnx_value onnx_integers(onnx_graph *g, const int64_t *x, int count);
onnx_value onnx_truths(onnx_graph *g, const unsigned char *x, int count);

onnx_value onnx_reshape(onnx_graph *g, onnx_value x, int rank, const int64_t *shape);

#endif
