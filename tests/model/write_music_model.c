/* Writes the model of music_model.h to a file, for tests of the program. */
#include "music_model.h"

int main(int argc, char **argv)
{
    et_error error;
    if (argc != 2) return 2;
    et_model *model = music_model(2);
    snprintf(model->name, sizeof model->name, "test");
    et_status status = model_save(model, argv[1], &error);
    if (status != ET_OK) fprintf(stderr, "%s\n", error.message);
    model_destroy(model);
    return status != ET_OK;
}
