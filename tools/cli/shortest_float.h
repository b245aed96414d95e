/** Numbers as the shortest text that comes back as the same float. */
#ifndef EMOTRACK_TOOLS_CLI_SHORTEST_FLOAT_H
#define EMOTRACK_TOOLS_CLI_SHORTEST_FLOAT_H

#ifdef __cplusplus
extern "C" {
#endif

enum { SHORTEST_FLOAT_MOST = 16 /* characters */ };

/** @param to  room for SHORTEST_FLOAT_MOST characters; no end of text is written   @return behind the last */
char *shortest_float(char *to, float value);

#ifdef __cplusplus
}
#endif

#endif
