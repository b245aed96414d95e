#include "model/onnx.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/model_json.h"
#include "model/onnx_layers.h"

enum { IR_VERSION = 7, OPSET = 13, TYPE_FLOAT = 1 };
enum { MODEL_IR = 1, MODEL_PRODUCER = 2, MODEL_PRODUCER_VERSION = 3, MODEL_GRAPH = 7, MODEL_OPSET = 8, MODEL_NOTE = 14 };
enum { GRAPH_NAME = 2, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };

static const size_t SIZE_MOST = (size_t)1 << 31;

static void take(onnx_bytes *to, int field, onnx_bytes *message)
{
    to->failed |= message->failed;
    onnx_block(to, field, message->data, message->size);
    free(message->data);
    *message = (onnx_bytes){0};
}

/* A ValueInfoProto: a name, floats, a shape whose first size is called `windows`. */
static void append_value(onnx_bytes *graph, int field, onnx_value value, int rank, const int *dims)
{
    enum { NAME = 1, TYPE = 2, TENSOR = 1, ITEM = 1, SHAPE = 2, DIMENSION = 1, SIZE = 1, SYMBOL = 2 };
    onnx_bytes info = {0}, type = {0}, tensor = {0}, sizes = {0}, one = {0};
    char name[16];
    onnx_name(name, value);
    for (int i = 0; i <= rank; i++) {
        if (i == 0)
            onnx_text(&one, SYMBOL, "windows");
        else
            onnx_number(&one, SIZE, dims[i - 1]);
        take(&sizes, DIMENSION, &one);
    }
    onnx_number(&tensor, ITEM, TYPE_FLOAT);
    take(&tensor, SHAPE, &sizes);
    take(&type, TENSOR, &tensor);
    onnx_text(&info, NAME, name);
    take(&info, TYPE, &type);
    take(graph, field, &info);
}

static et_status append_members(onnx_graph *g, const et_model *model, int *responses, et_error *error)
{
    static const onnx_attribute joined[] = {{"axis", ONNX_INTEGER, .integer = 1}, {0}};
    onnx_value answers[MODEL_MEMBERS_MOST];
    *responses = 0;
    for (int i = 0; i < model->members; i++) {
        et_status status = onnx_network(g, model->member[i], &answers[i], error);
        if (status != ET_OK) return status;
        *responses += network_configuration(model->member[i])->targets;
    }
    onnx_answer(g, onnx_node(g, "Concat", model->members, answers, joined, 1));
    return ET_OK;
}

static void append_notes(onnx_bytes *file, const et_model *model)
{
    enum { KEY = 1, VALUE = 2 };
    static const char *const keys[] = {"targets", "columns", "license", "card"};
    json_t *metadata = json_of_metadata(model);
    file->failed |= metadata == NULL;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *text = json_string_value(json_object_get(metadata, keys[i]));
        onnx_bytes note = {0};
        if (!text) continue;
        onnx_text(&note, KEY, keys[i]);
        onnx_text(&note, VALUE, text);
        take(file, MODEL_NOTE, &note);
    }
    json_decref(metadata);
}

/* The graph is nodes, tensors and `about`, which are never copied into bytes of their own. */
static void write_file(onnx_bytes *file, const onnx_graph *g, const onnx_bytes *about, const et_model *model)
{
    enum { VERSION = 2 };
    onnx_bytes opset = {0};
    onnx_number(file, MODEL_IR, IR_VERSION);
    onnx_text(file, MODEL_PRODUCER, "emotrack");
    onnx_text(file, MODEL_PRODUCER_VERSION, EMOTRACK_VERSION);
    onnx_head(file, MODEL_GRAPH, g->nodes.size + about->size + g->tensors.size);
    onnx_append(file, g->nodes.data, g->nodes.size);
    onnx_append(file, about->data, about->size);
    onnx_append(file, g->tensors.data, g->tensors.size);
    onnx_number(&opset, VERSION, OPSET);
    take(file, MODEL_OPSET, &opset);
    append_notes(file, model);
}

et_status model_to_onnx(const et_model *model, unsigned char **bytes, size_t *size, et_error *error)
{
    onnx_graph g = {.next = ONNX_FIRST_FREE};
    onnx_bytes about = {0}, file = {0};
    const network_config *first = network_configuration(model->member[0]);
    int responses;
    et_status status = append_members(&g, model, &responses, error);
    if (status == ET_OK) {
        onnx_text(&about, GRAPH_NAME, model->name[0] ? model->name : "emotrack");
        append_value(&about, GRAPH_INPUT, ONNX_ROWS, 2, (const int[]){first->window, first->columns_in});
        append_value(&about, GRAPH_OUTPUT, ONNX_ANSWERS, 1, &responses);
        write_file(&file, &g, &about, model);
        if (file.failed || about.failed || g.nodes.failed || g.tensors.failed)
            status = error_set(error, ET_ERROR_MEMORY, "%s: no memory for its ONNX graph", model->name);
        else if (file.size >= SIZE_MOST)
            status = error_set(error, ET_ERROR_LIMIT, "%s: an ONNX file holds 2 GB at most, and this would have %zu MB",
                               model->name, file.size >> 20);
    }
    free(g.nodes.data);
    free(g.tensors.data);
    free(about.data);
    if (status != ET_OK) {
        free(file.data);
        return status;
    }
    *bytes = file.data;
    *size = file.size;
    return ET_OK;
}
