/* Writes the model of music_model.h to a file, for tests of the program; with a further argument one that knows its usual errors
 * and where its answers stand. */
#include "music_model.h"

static void know(et_model *model)
{
    model->has_errors = true;
    for (int i = 0; i < MODEL_ERRORS; i++) {
        model->errors[i][0] = .3f - .02f * (float)i;
        model->errors[i][1] = .2f - .01f * (float)i;
    }
    json_object_set_new(model->metadata, "percentiles",
                        json_pack("{s[fff]s[fff]}", "valence", -.5, 0., .5, "arousal", -1., 0., 1.));
}

int main(int argc, char **argv)
{
    et_error error;
    if (argc != 2 && argc != 3) return 2;
    et_model *model = music_model(2);
    snprintf(model->name, sizeof model->name, "test");
    if (argc == 3) know(model);
    et_status status = model_save(model, argv[1], &error);
    if (status != ET_OK) fprintf(stderr, "%s\n", error.message);
    model_destroy(model);
    return status != ET_OK;
}
