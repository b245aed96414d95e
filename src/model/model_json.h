/** Metadata of a model file, to and from JSON. Reading checks type and range of everything and names what is wrong. */
#ifndef EMOTRACK_MODEL_MODEL_JSON_H
#define EMOTRACK_MODEL_MODEL_JSON_H

#include "model/model_file.h"

/** An object with every field of the configuration but its name. NULL: no memory. */
json_t *json_of_config(const network_config *config);

/** @param path  for messages   @return ET_OK; ET_ERROR_FORMAT */
et_status config_of_json(network_config *config, const char *name, const json_t *json, const char *path, et_error *error);

json_t *json_of_memory(const memory_constants *constants);
et_status memory_of_json(memory_constants *constants, const json_t *json, const char *path, et_error *error);

/** Name of a column of the rows that a network reads: a functional's, or one of families.h. */
void column_name(const network_config *config, int column, char *name, size_t size);

/** model_create with a configuration for each member (a pair's networks may differ in their convolutions), for a file: fails
 *  with ET_ERROR_TRUNCATED before memory is taken for more parameters than the file has. */
et_status model_create_within(et_model **out, const network_config *configs, int members, size_t most_parameters,
                              et_error *error);

/** All of __metadata__, values as the texts of the file. NULL: no memory. */
json_t *json_of_metadata(const et_model *model);

/** Fields of __metadata__ that the model itself stands for, and that `et_model.metadata` may not hold. */
bool metadata_is_reserved(const char *key);

#endif
