/** The commands, each in its file command_NAME.c. A command gets what follows its name and gives the program's exit code. */
#ifndef EMOTRACK_TOOLS_COMMANDS_H
#define EMOTRACK_TOOLS_COMMANDS_H

#endif
