#include "model/onnx_graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fields of onnx.proto. */
enum { GRAPH_NODE = 1, GRAPH_TENSOR = 5 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_KIND = 4, NODE_ATTRIBUTE = 5 };
enum {
    ATTRIBUTE_NAME = 1,
    ATTRIBUTE_FLOAT = 2,
    ATTRIBUTE_INTEGER = 3,
    ATTRIBUTE_STRING = 4,
    ATTRIBUTE_LIST = 8,
    ATTRIBUTE_TYPE = 20
};
enum { TENSOR_SHAPE = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_BYTES = 9 };
enum { TYPE_FLOAT = 1, TYPE_INTEGER = 7, TYPE_TRUTH = 9 };
enum { WIRE_NUMBER, WIRE_BLOCK = 2, WIRE_FLOAT = 5 };

/* ---- protocol buffers ------------------------------------------------------------------------------------------------- */

void onnx_append(onnx_bytes *b, const void *data, size_t size)
{
    if (b->failed || size == 0) return;
    if (size > b->room - b->size) {
        size_t room = b->room + size + b->room / 2 + 256;
        unsigned char *grown = realloc(b->data, room);
        b->failed = grown == NULL;
        if (b->failed) return;
        b->data = grown;
        b->room = room;
    }
    memcpy(b->data + b->size, data, size);
    b->size += size;
}

static void append_varint(onnx_bytes *b, uint64_t value)
{
    unsigned char bytes[10];
    size_t count = 0;
    do {
        bytes[count] = (unsigned char)(value & 127);
        value >>= 7;
        if (value) bytes[count] |= 128;
        count++;
    } while (value);
    onnx_append(b, bytes, count);
}

void onnx_number(onnx_bytes *b, int field, int64_t value)
{
    append_varint(b, (uint64_t)field << 3 | WIRE_NUMBER);
    append_varint(b, (uint64_t)value);
}

static void append_float(onnx_bytes *b, int field, float value)
{
    append_varint(b, (uint64_t)field << 3 | WIRE_FLOAT);
    onnx_append(b, &value, sizeof value);
}

void onnx_head(onnx_bytes *b, int field, size_t size)
{
    append_varint(b, (uint64_t)field << 3 | WIRE_BLOCK);
    append_varint(b, size);
}

void onnx_block(onnx_bytes *b, int field, const void *data, size_t size)
{
    onnx_head(b, field, size);
    onnx_append(b, data, size);
}

void onnx_text(onnx_bytes *b, int field, const char *text)
{
    onnx_block(b, field, text, strlen(text));
}

/* A message that was written into bytes of its own. */
static void take_message(onnx_bytes *b, int field, onnx_bytes *message)
{
    b->failed |= message->failed;
    onnx_block(b, field, message->data, message->size);
    free(message->data);
}

/* ---- nodes ------------------------------------------------------------------------------------------------------------ */

void onnx_name(char name[16], onnx_value value)
{
    if (value == ONNX_ROWS)
        strcpy(name, "rows");
    else if (value == ONNX_ANSWERS)
        strcpy(name, "answers");
    else
        snprintf(name, 16, "v%d", value);
}

static void append_name(onnx_bytes *b, int field, onnx_value value)
{
    char name[16];
    onnx_name(name, value);
    onnx_text(b, field, name);
}

static void append_attribute(onnx_bytes *node, const onnx_attribute *a)
{
    static const int types[] = {[ONNX_FLOAT] = 1, [ONNX_INTEGER] = 2, [ONNX_STRING] = 3, [ONNX_LIST] = 7};
    onnx_bytes b = {0};
    onnx_text(&b, ATTRIBUTE_NAME, a->name);
    if (a->kind == ONNX_FLOAT) append_float(&b, ATTRIBUTE_FLOAT, a->real);
    if (a->kind == ONNX_INTEGER) onnx_number(&b, ATTRIBUTE_INTEGER, a->integer);
    if (a->kind == ONNX_STRING) onnx_text(&b, ATTRIBUTE_STRING, a->text);
    for (int i = 0; a->kind == ONNX_LIST && i < a->count; i++) onnx_number(&b, ATTRIBUTE_LIST, a->list[i]);
    onnx_number(&b, ATTRIBUTE_TYPE, types[a->kind]);
    take_message(node, NODE_ATTRIBUTE, &b);
}

static void append_node(onnx_graph *g, const char *kind, int inputs, const onnx_value *input,
                        const onnx_attribute *attributes, int outputs, onnx_value first)
{
    onnx_bytes b = {0};
    for (int i = 0; i < inputs; i++) append_name(&b, NODE_INPUT, input[i]);
    for (int i = 0; i < outputs; i++) append_name(&b, NODE_OUTPUT, first + i);
    onnx_text(&b, NODE_KIND, kind);
    for (const onnx_attribute *a = attributes; a && a->kind != ONNX_END; a++) append_attribute(&b, a);
    take_message(&g->nodes, GRAPH_NODE, &b);
}

onnx_value onnx_node(onnx_graph *g, const char *kind, int inputs, const onnx_value *input, const onnx_attribute *attributes,
                     int outputs)
{
    onnx_value first = g->next;
    g->next += outputs;
    append_node(g, kind, inputs, input, attributes, outputs, first);
    return first;
}

onnx_value onnx_one(onnx_graph *g, const char *kind, onnx_value x, const onnx_attribute *attributes)
{
    return onnx_node(g, kind, 1, &x, attributes, 1);
}

onnx_value onnx_two(onnx_graph *g, const char *kind, onnx_value x, onnx_value y)
{
    return onnx_node(g, kind, 2, (const onnx_value[]){x, y}, NULL, 1);
}

void onnx_answer(onnx_graph *g, onnx_value x)
{
    append_node(g, "Identity", 1, &x, NULL, 1, ONNX_ANSWERS);
}

/* ---- constants -------------------------------------------------------------------------------------------------------- */

static onnx_value append_tensor(onnx_graph *g, int type, const void *data, size_t item, int rank, const int *shape)
{
    onnx_bytes b = {0};
    size_t count = 1;
    for (int i = 0; i < rank; i++) {
        onnx_number(&b, TENSOR_SHAPE, shape[i]);
        count *= (size_t)shape[i];
    }
    onnx_number(&b, TENSOR_TYPE, type);
    append_name(&b, TENSOR_NAME, g->next);
    onnx_block(&b, TENSOR_BYTES, data, count * item);
    take_message(&g->tensors, GRAPH_TENSOR, &b);
    return g->next++;
}

onnx_value onnx_floats(onnx_graph *g, const float *x, int rank, const int *shape)
{
    return append_tensor(g, TYPE_FLOAT, x, sizeof *x, rank, shape);
}

onnx_value onnx_scalar(onnx_graph *g, float x)
{
    return onnx_floats(g, &x, 1, (const int[]){1});
}

onnx_value onnx_integers(onnx_graph *g, const int64_t *x, int count)
{
    return append_tensor(g, TYPE_INTEGER, x, sizeof *x, 1, &count);
}

onnx_value onnx_truths(onnx_graph *g, const unsigned char *x, int count)
{
    return append_tensor(g, TYPE_TRUTH, x, 1, 1, &count);
}

onnx_value onnx_reshape(onnx_graph *g, onnx_value x, int rank, const int64_t *shape)
{
    return onnx_two(g, "Reshape", x, onnx_integers(g, shape, rank));
}
