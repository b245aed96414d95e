/** emotrack COMMAND [OPTIONS] [FILES] */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "cli/help.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "commands.h"
#include "emotrack.h"

static const command commands[] = {
    {"annotate", command_annotate, "sound files to emotion curves"},
    {"devices", command_devices, "inputs that can be listened to, and GPUs"},
    {"evaluate", command_evaluate, "a model on labelled songs"},
    {"export", command_export, "a model's networks for other programs"},
    {"features", command_features, "sound files to acoustic descriptors"},
    {"info", command_info, "what a model is, or this program"},
    {"live", command_live, "a microphone to emotions, as a picture or as rows"},
    {"tag", command_tag, "valence and arousal into sound files' own tags"},
    {"train", command_train, "labelled songs to a model"},
    {NULL, NULL, NULL},
};

enum { COMMANDS = sizeof commands / sizeof *commands - 1 };

static int no_such_command(const char *word)
{
    const char *names[COMMANDS + 1];
    for (int i = 0; i < COMMANDS; i++) names[i] = commands[i].name;
    names[COMMANDS] = NULL;
    char asked[80];
    const char *nearest = options_nearest(word, names);
    text_shown(asked, sizeof asked, word);
    if (nearest)
        fprintf(stderr, "emotrack: there is no command '%s'; did you mean '%s'?\n", asked, nearest);
    else
        fprintf(stderr, "emotrack: there is no command '%s'\n", asked);
    fprintf(stderr, "See: emotrack --help\n");
    return EXIT_USAGE;
}

/* A standard stream that was closed gets a descriptor that fails when it is used; else the next file opened takes its place.
 */
static void fill_closed_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0) return;
}

/* What was printed must have arrived. */
static int finish(int code)
{
    output *printed;
    et_error error;
    if (code != EXIT_DONE || output_open(&printed, NULL, false, &error) != ET_OK) return code;
    if (output_close(printed, &error) == ET_OK) return EXIT_DONE;
    return say_failure(&error);
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        help_print_program(stderr, commands, COMMANDS, NULL);
        return EXIT_USAGE;
    }
    const char *word = argv[1];
    bool help = strcmp(word, "help") == 0;
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || (help && argc == 2)) {
        help_print_program(stdout, commands, COMMANDS, NULL);
        return EXIT_DONE;
    }
    if (strncmp(word, "--help=", 7) == 0)
        return help_print_program(stdout, commands, COMMANDS, word + 7) ? EXIT_DONE : no_such_command(word);
    if (strcmp(word, "--version") == 0) {
        printf("emotrack %s\n", et_version());
        return EXIT_DONE;
    }
    interrupt_install();
    char *ask_for_help[] = {"--help", NULL};
    if (help) word = argv[2];
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(word, commands[i].name) == 0)
            return help ? commands[i].run(1, ask_for_help) : commands[i].run(argc - 2, argv + 2);
    return no_such_command(word);
}

int main(int argc, char **argv)
{
    fill_closed_streams();
    int code = finish(run(argc, argv));
    return code == EXIT_INTERRUPTED ? interrupted_code() : code;
}
