/** The commands, each in its file command_NAME.c. A command gets what follows its name and gives the program's exit code. */
#ifndef EMOTRACK_TOOLS_COMMANDS_H
#define EMOTRACK_TOOLS_COMMANDS_H

typedef struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} command;

int command_annotate(int argc, char **argv);
int command_devices(int argc, char **argv);
int command_evaluate(int argc, char **argv);
int command_export(int argc, char **argv);
int command_features(int argc, char **argv);
int command_info(int argc, char **argv);
int command_live(int argc, char **argv);
int command_tag(int argc, char **argv);
int command_train(int argc, char **argv);

#endif
