/** emotrack export: a model's networks for other programs. */
#include <stdlib.h>

#include "base/error.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "commands.h"
#include "model/onnx.h"

static et_status export_onnx(const char *name, const char *path, et_error *error)
{
    et_model *model;
    output *file;
    unsigned char *bytes = NULL;
    size_t size = 0;
    et_status status = et_model_create(&model, name, error);
    if (status != ET_OK) return status;
    status = model_to_onnx(model, &bytes, &size, error);
    et_model_destroy(model);
    if (status != ET_OK) return status;
    status = output_open(&file, path, false, error);
    if (status == ET_OK) {
        fwrite(bytes, 1, size, output_stream(file));
        status = output_close(file, error);
    }
    free(bytes);
    return status;
}

int command_export(int argc, char **argv)
{
    const char *onnx = NULL;
    int operands = 0;
    const option options[] = {{"onnx", OPTION_TEXT, &onnx, "FILE", "the ONNX graph to write (- for standard output)"},
                              {NULL}};
    const option_page page = {"export",
                              "MODEL",
                              "a model's networks for other programs",
                              "emotrack export music --onnx music.onnx",
                              options,
                              "MODEL is a file or the name of a bundled model. The graph's input `rows` is [windows, "
                              "frames, columns], functionals as\n"
                              "emotrack features has them, oldest first; its output `answers` is [windows, responses]. The "
                              "memory that stands between\n"
                              "sound and rows is no part of it. ONNX Runtime gives the program's answers to 1e-4."};
    int code = options_parse(&page, argc, argv, &operands);
    if (code != OPTIONS_GO) return code;
    if (operands != 1) return options_wrong(&page, "one MODEL, please");
    if (!onnx) return options_wrong(&page, "--onnx FILE says where the graph goes");
    et_error error;
    if (export_onnx(argv[0], onnx, &error) == ET_OK) return EXIT_DONE;
    say("%s", error.message);
    return EXIT_FAILED;
}
