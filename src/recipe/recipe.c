#include "recipe/recipe.h"

/** As the bundled music model is trained. */
static void music_recipe(pipeline_options *o)
{
    o->network.window = 8, o->network.channels = 3, o->network.hidden = 32;
    o->network.dropout_head = 0, o->network.dropout_branch = 0.01f;
    o->batch = 192;
    o->memory = (memory_constants){.time_constant_s = 20, .change_window_s = 4, .threshold = 1.5, .silence_reset_s = 2};
    o->fit = (fit_options){.epochs = 60,
                           .schedule = SCHEDULE_ONE_CYCLE,
                           .rate = 0.003,
                           .threads = 1,
                           .optimiser = {.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .decay = 0.01, .clip = 1}};
}

/** As the reference research code trains. */
static void seed_recipe(pipeline_options *o)
{
    o->taught = false, o->families = WITH_DESCRIPTORS;
    o->network.relative = false, o->network.lag = 1, o->network.attention_last = true;
    o->projection = PROJECTION_FOREST, o->clip = 0;
    o->scaling = SCALING_MIN_MAX, o->on_frames = o->scale_labels = o->split_frames = true;
    o->batch = 168;
    o->fit = (fit_options){
        .epochs = 40,
        .schedule = SCHEDULE_SEED,
        .rate = 0.004,
        .threads = 1,
        .patience = 40,
        .validations = 2,
        .optimiser = {
            .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .decay = 1e-4, .l2 = true, .clip = 1, .clip_each_tensor = true}};
}

bool pipeline_defaults(pipeline_options *o, recipe_kind recipe, const char *name)
{
    *o = (pipeline_options){.recipe = recipe,
                            .projection = PROJECTION_PCA,
                            .components = 200,
                            .variance = 0.998,
                            .forest_threshold = 0.0015,
                            .clip = 2.5f,
                            .families = WITH_ALL,
                            .taught = true,
                            .teacher = teacher_defaults,
                            .distillation = distillation_defaults,
                            .members = 1,
                            .pitch_lag_frames = 10,
                            .seed = 1};
    if (!network_defaults(&o->network, name)) return false;
    if (recipe == RECIPE_SEED)
        seed_recipe(o);
    else
        music_recipe(o);
    return true;
}
